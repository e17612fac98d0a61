"""Trainings in which a target is now in and now out, and what a membership attack reads from their models."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

from amlsec.budget import QueryBudget
from amlsec.catalogue import Card
from amlsec.data import Batch, Rows
from amlsec.evaluation.games import stopped
from amlsec.evaluation.systems import system
from amlsec.frame import finite
from amlsec.impact.refit import log_odds, seeded, unseeded
from amlsec.layered.stack import Stack
from amlsec.oracle import Model, Oracle
from amlsec.scene import System
from amlsec.sessions import OneSender, session
from amlsec.shadow import Shadow

Floats = NDArray[np.float64]
Positions = NDArray[np.intp]
Mask = NDArray[np.bool_]

MOST = 120
"""In so many trainings at most targets are now in and now out."""


def turns(count: int, answers: int, rng: np.random.Generator) -> Mask:
    """Which of so many targets is trained on in which training (trainings, count), for about so many answers in all.

    In each training it is a third of them, one at least.

    >>> turns(300, 700, np.random.default_rng(0)).sum(axis=1).tolist()
    [100, 100, 100]
    """
    trainings = min(math.ceil(answers / count), MOST)
    places = rng.random((trainings, count)).argsort(axis=1)
    inside: Mask = places < max(1, round(count / 3))
    return inside


def single(rows: Batch) -> Positions:
    """Positions of the rows whose content stands there once: those that are out when they are left out.

    >>> single(Batch(np.array([[2.0], [1.0], [2.0]]), np.array([0, 1, 0])))
    array([1])
    """
    _, first, count = np.unique(rows.content(), return_index=True, return_counts=True)
    return np.sort(first[count == 1])


@dataclass(eq=False)
class Trainings:
    """A session in which each row is asked of the model of its own training, which is trained for that question.

    Attributes
    ----------
    train : a training's number -> its model, and the positions (k,) of the poison among the rows it was offered
    of : which training each row asked about belongs to (n,)
    test : clean rows
    right : the share of these on which each training's model is right, in the order of the questions
    stopped : what a screen did not accept in the first training, as `Outcome.stopped`
    """

    train: Callable[[int], tuple[Model, Positions]]
    of: Positions
    test: Batch
    right: list[float] = field(default_factory=list)
    stopped: dict[str, tuple[int, int]] = field(default_factory=dict)

    def labels(self, X: Rows, of: Positions, /) -> NDArray[np.int64]:
        return self._each(X, of, "labels").astype(np.int64)

    def scores(self, X: Rows, of: Positions, /) -> Floats:
        return self._each(X, of, "scores")

    def _each(self, X: Rows, of: Positions, what: str) -> Floats:
        answers = np.zeros(len(X))
        for training in np.unique(self.of[of]).tolist():
            here = np.flatnonzero(self.of[of] == training)
            answers[here] = getattr(OneSender(session(self._trained(training))), what)(X[here], of[here])
        return answers

    def _trained(self, training: int) -> Model:
        model, poison_at = self.train(training)
        self.right.append(float((model.labels(self.test.X) == self.test.y).mean()))
        self.stopped = self.stopped or stopped(model, poison_at)
        return model


def fresh(defense: Card | Stack | None, offers: Mapping[str, Any], seed: int) -> System:
    """What trains, from a seed of this training's own: a model's luck, and a private one's noise, come once only."""
    estimator = seeded(unseeded(offers["estimator"]), seed)
    return system(defense, {**offers, "estimator": estimator, "random_state": seed})


class Expected(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """What trains the model, its defense included, as a classifier that shadow models can be copies of.

    Parameters
    ----------
    defense, offers : what stands before the classifier, and what it is built from, as `systems.system`
    trusted : rows in the place of those known to be good
    random_state : the seed; None is 0
    """

    def __init__(
        self, defense: Card | Stack | None, offers: Mapping[str, Any], trusted: Batch, random_state: int | None = None
    ) -> None:
        self.defense = defense
        self.offers = offers
        self.trusted = trusted
        self.random_state = random_state

    def fit(self, X: Rows, y: NDArray[np.int64], /) -> Self:
        self.model_ = fresh(self.defense, self.offers, self.random_state or 0).train(Batch(X, y), self.trusted)
        self.classes_ = np.array([0, 1])
        return self

    def predict(self, X: Rows, /) -> NDArray[np.int64]:
        return self.model_.labels(X)

    def decision_function(self, X: Rows, /) -> Floats:
        """Log-odds (n,) of scores that are probabilities, other scores as they are."""
        scores = self.model_.scores(X)
        return log_odds(scores) if ((scores >= 0) & (scores <= 1)).all() else scores


def read(reader: Card, targets: Batch, trainings: Trainings, shadow: Shadow, rng: np.random.Generator) -> Floats:
    """The reader's guesses (trainings, targets), one question about each target in each training.

    All trainings hold the same poison, so one set of shadow models serves them all. Raises AttackError unless it gives one
    finite guess for each.
    """
    rows = targets.rows(np.resize(np.arange(len(targets)), len(trainings.of)))
    oracle = Oracle(cast(Any, trainings), access=reader.access, rows=len(rows), queries=1, met=trainings)
    known = shadow.limited_to(reader.knowledge)
    guesses = reader.run(oracle, rows, shadow=known, budget=QueryBudget(1), rng=rng)
    return finite(reader, guesses, (len(rows),)).reshape(-1, len(targets))
