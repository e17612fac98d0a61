"""What is put to the test: a classifier alone, or behind one defense. All train on the same rows."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from amlsec.agreement import source_names
from amlsec.catalogue import Card, Kind
from amlsec.data import Batch, Rows
from amlsec.oracle import Classifier, Model, fitted
from amlsec.scene import System


class Plain:
    """A classifier trained on everything it is offered."""

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    def train(self, offered: Batch, trusted: Batch, /) -> Model:
        rows = offered + trusted
        return fitted(clone(self.estimator).fit(rows.X, rows.y))


class Screened:
    """A classifier trained on the offered rows that a screen accepts."""

    def __init__(self, card: Card, offers: Mapping[str, Any]) -> None:
        self.card, self.offers = card, offers

    def train(self, offered: Batch, trusted: Batch, /) -> Model:
        accepted = _accepted(self.card.build(self.offers).fit(trusted), offered)
        rows = offered.rows(accepted) + trusted
        return ScreenedModel(clone(self.offers["estimator"]).fit(rows.X, rows.y), accepted)


def _accepted(screen: Any, offered: Batch) -> NDArray[np.bool_]:
    """Where offered rows (n,) are accepted; what a screen refuses to judge, for it stands among the trusted rows, is not."""
    refused = screen.also_trusted(offered) if hasattr(screen, "also_trusted") else np.arange(0)
    accepted = np.zeros(len(offered), dtype=bool)
    judged = np.delete(np.arange(len(offered)), refused)
    accepted[judged] = screen.judge(offered.rows(judged)).accepted
    return accepted


class ScreenedModel(Classifier):
    """A classifier behind a screen, and where the offered rows were accepted (n,)."""

    def __init__(self, estimator: Any, accepted: NDArray[np.bool_]) -> None:
        super().__init__(estimator)
        self.accepted = accepted


class Hardened:
    """A learner in the classifier's place, or a detector in the detector's."""

    def __init__(self, card: Card, offers: Mapping[str, Any]) -> None:
        self.card, self.offers = card, offers

    def train(self, offered: Batch, trusted: Batch, /) -> Model:
        rows = offered + trusted
        return fitted(_fit(self.card.build(self.offers), rows))


def _fit(learner: Any, rows: Batch) -> Any:
    """Fitted, and told where each row came from where it asks."""
    if "source" in inspect.signature(learner.fit).parameters:
        return learner.fit(rows.X, rows.y, source=source_names(rows))
    return learner.fit(rows.X, rows.y)


class Guarded:
    """A classifier behind a guard: what the guard does not allow is stopped."""

    def __init__(self, card: Card, offers: Mapping[str, Any]) -> None:
        self.card, self.offers = card, offers

    def train(self, offered: Batch, trusted: Batch, /) -> Model:
        rows = offered + trusted
        return GuardedModel(self.card.build(self.offers).fit(rows.X, rows.y))


class GuardedModel:
    """A fitted guard as a Model: an escalated row does not pass, and its scores are those of what it guards."""

    def __init__(self, guard: Any) -> None:
        self.guard = guard

    def labels(self, X: Rows, /) -> NDArray[np.int64]:
        return (self.guard.decide(X) != 0).astype(np.int64) if len(X) else np.zeros(0, dtype=np.int64)

    def scores(self, X: Rows, /) -> NDArray[np.float64]:
        return Classifier(self.guard.estimator_).scores(X)


_BEHIND: dict[Kind, Callable[[Card, Mapping[str, Any]], System]] = {
    Kind.SCREEN: Screened,
    Kind.LEARNER: Hardened,
    Kind.DETECTOR: Hardened,
    Kind.GUARD: Guarded,
}


def system(defense: Card | None, offers: Mapping[str, Any]) -> System:
    """The classifier `offers["estimator"]`, alone or behind a defense built from the offers."""
    return Plain(offers["estimator"]) if defense is None else _BEHIND[defense.kind](defense, offers)
