"""The game of canaries: what a model, alone or behind a defense, gives away of rows planted in its training data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.canaries.register import CanaryRegister
from amlsec.catalogue import Card
from amlsec.data import Rows
from amlsec.evaluation.exposure import exposures
from amlsec.evaluation.ground import Ground
from amlsec.layered.stack import Stack
from amlsec.oracle import Model
from amlsec.sessions import OneSender, session
from amlsec.tables.load import Table
from amlsec.threat import Access, Influence, Specificity, ThreatModel, Violation

CELL = ThreatModel(Influence.EXPLORATORY, Violation.PRIVACY, Specificity.TARGETED)


@dataclass(frozen=True, slots=True, eq=False)
class Questions:
    """What is asked about canaries.

    Attributes
    ----------
    register : the canaries, which stand among the ground's training rows as far as they are planted
    table : columns, categories and labels of the data, and those rows of it that are no alternatives
    queries : how many alternatives of each recipe are asked about
    access : the most that is seen of the model
    """

    register: CanaryRegister
    table: Table
    queries: int
    access: Access


def canary_game(ground: Ground, defense: Card | Stack | None, asked: Questions) -> dict[str, dict[str, Any]]:
    """The exposure of each canary, by name, as plain data.

    One sender asks about all rows in a random order, so that a guard that wearies of him wearies of canaries and
    alternatives alike.
    """
    met = _Met(ground.clean_model(defense))
    found = exposures(met, asked.register, asked.table, queries=asked.queries, access=asked.access)
    return {name: asdict(each) for name, each in found.items()}


class _Met:
    """A model as one sender meets it who asks in a random order."""

    def __init__(self, model: Model) -> None:
        self.session, self.rng = OneSender(session(model)), np.random.default_rng(0)

    def labels(self, X: Rows, /) -> NDArray[np.int64]:
        order = self.rng.permutation(len(X))
        return self.session.labels(X[order], order)[np.argsort(order)]

    def scores(self, X: Rows, /) -> NDArray[np.float64]:
        order = self.rng.permutation(len(X))
        return self.session.scores(X[order], order)[np.argsort(order)]
