"""What is put to the test: a classifier alone, behind one defense, or behind several layers. All train on the same rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from amlsec.catalogue import Card, Kind
from amlsec.data import Batch
from amlsec.evaluation.guarded import GuardedModel, LayeredModel
from amlsec.layered.layered import judged, trained
from amlsec.layered.stack import Stack
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
        accepted = judged(self.card.build(self.offers).fit(trusted), offered).accepted
        rows = offered.rows(accepted) + trusted
        return ScreenedModel(clone(self.offers["estimator"]).fit(rows.X, rows.y), accepted)


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
        return fitted(trained(self.card.build(self.offers), offered + trusted))


class Guarded:
    """A classifier behind a guard: what the guard does not allow is stopped."""

    def __init__(self, card: Card, offers: Mapping[str, Any]) -> None:
        self.card, self.offers = card, offers

    def train(self, offered: Batch, trusted: Batch, /) -> Model:
        rows = offered + trusted
        return GuardedModel(self.card.build(self.offers).fit(rows.X, rows.y))


class InLayers:
    """A classifier behind several layers: what one of them stops, or would ask a person about, is stopped."""

    def __init__(self, stack: Stack, offers: Mapping[str, Any]) -> None:
        self.stack, self.offers = stack, offers

    def train(self, offered: Batch, trusted: Batch, /) -> Model:
        layered = self.stack.build(self.offers, trusted).fit(offered.X, offered.y, source=offered.source)
        return LayeredModel(layered)


_BEHIND: dict[Kind, Callable[[Card, Mapping[str, Any]], System]] = {
    Kind.SCREEN: Screened,
    Kind.LEARNER: Hardened,
    Kind.DETECTOR: Hardened,
    Kind.GUARD: Guarded,
}


def system(defense: Card | Stack | None, offers: Mapping[str, Any]) -> System:
    """The classifier `offers["estimator"]`, alone, behind a defense built from the offers, or behind layers of them."""
    if isinstance(defense, Stack):
        return InLayers(defense, offers)
    return Plain(offers["estimator"]) if defense is None else _BEHIND[defense.kind](defense, offers)
