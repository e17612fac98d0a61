"""AML-E55: makes everything that one sender sends look malicious, by one addition to all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks.common_change import Maker, Parts, maker
from amlsec.budget import EvasionBudget
from amlsec.catalogue import evasion
from amlsec.data import MALICIOUS, Rows
from amlsec.oracle import Oracle
from amlsec.space.contract import Space
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation


@evasion(
    code="AML-E55",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.AVAILABILITY, Specificity.TARGETED),
    access=Access.SCORES,
    knowledge=Knowledge.FEATURES,
    references=("barreno2010security", "moosavidezfooli2017universal"),
)
def smear(oracle: Oracle, X: Rows, /, *, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Rows:
    """Finds one addition under which the rows of one sender raise alarms: words he is quoted with, volume on his flow.

    A universal perturbation (Moosavi-Dezfooli et al., CVPR 2017) towards an alarm: the victim's rows are all changed in the
    same way, as someone can who quotes him, answers him or shares his line, and not row by row. What a change can be made of
    is ranked by the mean score it gives to all rows; of the best parts as few are taken as raise the most alarms, and those
    that can be spared are left out.

    Takes the victim's rows (n, d) or texts (n,), which pass; returns those that raise an alarm under the change, the others
    as they were. A row costs a query for each change that is tried.

    >>> from amlsec.data import texts
    >>> from amlsec.space.text import TextSpace
    >>> class Filter:
    ...     def labels(self, X): return np.array([int("casino" in row) for row in X])
    ...     def scores(self, X): return self.labels(X).astype(float)
    >>> oracle = Oracle(Filter(), access=Access.SCORES, rows=2, queries=20, wanted=1)
    >>> space, rng = TextSpace(["meeting"], bad_words=["free", "casino"]), np.random.default_rng(0)
    >>> smear(oracle, texts(["see you", "at ten"]), space=space, budget=EvasionBudget(1, 20), rng=rng)
    array(['see you casino', 'at ten casino'], dtype=object)
    """
    if not (budget.cost and budget.queries and len(X)):
        return X
    victims = _Victims(oracle, X, maker(space, budget))
    parts = victims.ranked(victims.maker.parts(oracle.wanted, max(1, budget.queries // 2)))
    chosen = victims.pruned(victims.fewest(parts))
    raised = victims.alarms(chosen) if chosen else np.zeros(len(X), dtype=bool)
    changed = victims.maker.made(X, chosen)
    keep = raised if changed.ndim == 1 else raised[:, None]
    return np.where(keep, changed, X)


@dataclass(frozen=True, slots=True, eq=False)
class _Victims:
    """The rows of one sender, all asked about together; with no queries left, no change raises an alarm."""

    oracle: Oracle
    X: Rows
    maker: Maker

    @property
    def left(self) -> int:
        """How many more changes can be tried."""
        return int(self.oracle.left(self._all).min())

    @property
    def _all(self) -> NDArray[np.intp]:
        return np.arange(len(self.X))

    def alarms(self, parts: Sequence[Any]) -> NDArray[np.bool_]:
        """Which rows (n,) get the wanted verdict under the change made of these parts."""
        if self.left < 1:
            return np.zeros(len(self.X), dtype=bool)
        alarms: NDArray[np.bool_] = self.oracle.labels(self.maker.made(self.X, parts), of=self._all) == self.oracle.wanted
        return alarms

    def ranked(self, parts: Parts) -> Parts:
        """The parts, those first that alone give the rows the strongest mean evidence for the wanted verdict."""
        sign = 1.0 if self.oracle.wanted == MALICIOUS else -1.0
        means = [sign * self.oracle.scores(self.maker.made(self.X, [part]), of=self._all).mean() for part in parts]
        return tuple(parts[k] for k in np.argsort([-mean for mean in means], kind="stable"))

    def fewest(self, parts: Parts) -> Parts:
        """The shortest beginning of the list that raises as many alarms as any tried; none where none raises one."""
        sizes = np.unique([*(2 ** np.arange(int(np.log2(max(len(parts), 1))) + 1)), len(parts)])
        raised = np.array([self.alarms(parts[:size]).sum() for size in sizes])
        first = int(raised.argmax())
        low, high = (int(sizes[first - 1]) if first else 0), int(sizes[first])
        return self._narrowed(parts, low, high, raised[first]) if raised[first] else ()

    def _narrowed(self, parts: Parts, low: int, high: int, most: int) -> Parts:
        """The shortest beginning, longer than `low` and up to `high` parts, found by halving to raise so many alarms."""
        while high - low > 1 and self.left > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.alarms(parts[:middle]).sum() >= most else (middle, high)
        return parts[:high]

    def pruned(self, parts: Parts) -> Parts:
        """The parts without those that can be spared, the weakest tried first."""
        most = self.alarms(parts).sum() if parts else 0
        for part in reversed(parts):
            rest = tuple(other for other in parts if other is not part)
            if rest and self.left > 1 and self.alarms(rest).sum() >= most:
                parts = rest
        return parts
