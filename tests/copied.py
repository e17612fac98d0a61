"""Models to be copied, and what comes of it."""

from typing import Any

import numpy as np

from amlsec.budget import QueryBudget
from amlsec.catalogue import named
from amlsec.data import Batch
from amlsec.frame import steal
from amlsec.shadow import Shadow
from amlsec.space.contract import Space


class Rounded:
    """A model whose scores are rounded to so many digits."""

    def __init__(self, model: Any, digits: int) -> None:
        self.model, self.digits = model, digits
        self.labels = model.labels

    def scores(self, X: Any) -> Any:
        return self.model.scores(X).round(self.digits)


class Counted:
    """A model that notes how many rows each call asked about."""

    def __init__(self, model: Any) -> None:
        self.model, self.calls = model, []

    def labels(self, X: Any) -> Any:
        self.calls.append(len(X))
        return self.model.labels(X)

    def scores(self, X: Any) -> Any:
        self.calls.append(len(X))
        return self.model.scores(X)


def copy(
    name: str, model: Any, own: Batch, space: Space, queries: int, learner: Any = None, seed: int = 0
) -> tuple[Any, int]:
    """What an attack steals from a model with so many questions, and how many it asked."""
    shadow, rng = Shadow(own, space, learner), np.random.default_rng(seed)
    return steal(named(name), model, shadow=shadow, budget=QueryBudget(queries), rng=rng)


def parameters(model: Any, width: int) -> Any:
    """A linear model's weights, then its intercept (width + 1,), by its evidence at 0 and at each unit vector."""
    at_0, *at_1 = model.evidence(np.vstack([np.zeros(width), np.eye(width)]))
    return np.append(np.array(at_1) - at_0, at_0)


def agreement(one: Any, two: Any, X: Any) -> float:
    """The share of rows (n, ...) with the same verdict."""
    return float((one.labels(X) == two.labels(X)).mean())
