"""What every layer says of each row, in columns, and what follows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amlsec.evidence import Decision
from amlsec.layered.rule import Rule

_DID = {Decision.ACCEPT: "lets it pass", Decision.QUARANTINE: "asks a person", Decision.REJECT: "stops it"}
_DONE = {Decision.ACCEPT: "passes", Decision.QUARANTINE: "goes to a person", Decision.REJECT: "is stopped"}


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """The decisions on n rows.

    Attributes
    ----------
    rule : how they become one
    said : the Decision of each layer on each row (n,)
    decision : the Decision on each row (n,)

    >>> rule = Rule("model") & Rule("guard")
    >>> Decided.of(rule, {"model": np.array([0]), "guard": np.array([1])}).why()
    ['goes to a person: guard asks a person, model lets it pass']
    """

    rule: Rule
    said: dict[str, NDArray[np.int8]]
    decision: NDArray[np.int8]

    @classmethod
    def of(cls, rule: Rule, said: dict[str, NDArray[np.int8]]) -> Decided:
        """What follows from what the layers say."""
        return cls(rule, said, rule.decide(said))

    def why(self) -> list[str]:
        """One sentence for each row: what becomes of it, and what each layer says, the strictest first."""
        return [self._sentence(i) for i in range(len(self.decision))]

    def _sentence(self, row: int) -> str:
        by_strictness = sorted(self.said, key=lambda name: -self.said[name][row])
        layers = ", ".join(f"{name} {_DID[Decision(self.said[name][row])]}" for name in by_strictness)
        return f"{_DONE[Decision(self.decision[row])]}: {layers}"
