"""Which model tells the impacts on a classifier: itself, itself with frozen first steps, or a stand-in for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from sklearn.pipeline import Pipeline

from amlsec.data import Batch
from amlsec.defenses.screens.case import Trial
from amlsec.defenses.screens.stand_in import stand_in
from amlsec.impact.checks import labelled
from amlsec.impact.contract import Question
from amlsec.impact.frozen import frozen
from amlsec.impact.measure import by_algebra
from amlsec.impact.refit import hangs_on_seed

_WORTH = 100  # calibration rows worth training for, one by one


class Answering(NamedTuple):
    """A model that can answer for all rows.

    Attributes
    ----------
    model : from base rows to the unfitted classifier
    most : calibration rows that it can answer for; None is all of them
    why : what to say of it in each reason, from a semicolon on
    """

    model: Callable[[Batch], Any]
    most: int | None = None
    why: str = ""


class Effort(NamedTuple):
    """Trainings that one judgement takes where there is no algebra: so many for each offered and calibration row."""

    each: int
    offered: int
    calibration: int

    @property
    def fits(self) -> int:
        """All of them."""
        return self.each * (self.offered + self.calibration)

    def affordable(self, trainings: int) -> int:
        """Calibration rows that so many trainings are enough for; 0 where too few to be worth it."""
        rows = trainings // self.each - self.offered - 1
        return min(rows, self.calibration) if rows >= min(_WORTH, self.calibration) else 0


def answering(estimator: Any, trial: Trial, effort: Effort, trainings: int) -> Answering:
    """The classifier itself where it is known by algebra or `trainings` are enough; None is the stand-in.

    Else a pipeline whose last step is known once the first ones are fitted on the base alone, else the stand-in.
    """
    if estimator is None:
        return Answering(stand_in)
    if _has_algebra(estimator, trial):
        return Answering(lambda _: estimator)
    if affordable := effort.affordable(trainings):
        return Answering(lambda _: estimator, affordable, _luck(estimator, trial))
    because = f"as {type(estimator).__name__} would take {effort.fits:,} fits"
    if _has_algebra_frozen(estimator, trial):
        return Answering(partial(frozen, estimator), why=f"; impacts with its first steps frozen, {because}")
    return Answering(stand_in, why=f"; impacts on a naive Bayes stand-in, {because}")


def _has_algebra(estimator: Any, trial: Trial) -> bool:
    base, quiz = (labelled(rows) for rows in trial)
    return by_algebra(estimator, Question(base, quiz, quiz)) is not None


def _has_algebra_frozen(estimator: Any, trial: Trial) -> bool:
    several = isinstance(estimator, Pipeline) and len(estimator.steps) > 1
    return several and _has_algebra(frozen(estimator, trial.base), trial)


def _luck(estimator: Any, trial: Trial) -> str:
    name = type(estimator).__name__
    lucky = hangs_on_seed(estimator, labelled(trial.base), trial.quiz.X)
    return f"; what one row does to {name} is partly the luck of its seed: judge groups" if lucky else ""
