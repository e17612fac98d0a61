"""What a test of harm is told: rows to score, and all that is known to be good."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from amlsec.data import Batch
from amlsec.engine import HERE, Workers
from amlsec.impact.contract import Floats
from amlsec.impact.measure import Impacts, impacts, margins


class Trial(NamedTuple):
    """Trusted rows that a model is trained on, and others it is judged by."""

    base: Batch
    quiz: Batch


@dataclass(frozen=True, eq=False)
class Case:
    """Rows to score, beside trusted ones; a test gives each a number (n,), and larger is worse.

    Attributes
    ----------
    rows : calibration rows and offered ones, which a test must not tell apart
    trials : trusted rows, none of them among `rows` but by mistake of the offerer
    model : from base rows to the unfitted classifier whose changes are measured, once a row
    protected : rows that must stay right
    labeller : from trusted rows to the unfitted classifier that says which labels are right, trained once; None is `model`
    workers, random_state : of the impact engine
    """

    rows: Batch
    trials: Sequence[Trial]
    model: Callable[[Batch], Any]
    protected: Batch | None = None
    labeller: Callable[[Batch], Any] | None = None
    workers: Workers = HERE
    random_state: int = 0

    @property
    def how(self) -> dict[str, Any]:
        """What the impact engine wants to know."""
        return {"workers": self.workers, "random_state": self.random_state}

    @cached_property
    def margins(self) -> tuple[Floats, ...]:
        """How each row changes the mean margin (n, 2) of each class, once a trial."""
        return tuple(margins(model, trial.base, self.rows, trial.quiz, **self.how) for model, trial in self.asked())

    @cached_property
    def impacts(self) -> tuple[Impacts, ...]:
        """All that each row does to the quiz, once a trial: it asks the engine for itself, and costs more than margins."""
        return tuple(impacts(model, trial.base, self.rows, trial.quiz, **self.how) for model, trial in self.asked())

    def asked(self) -> Iterator[tuple[Any, Trial]]:
        """The classifier of each trial."""
        return ((self.model(trial.base), trial) for trial in self.trials)
