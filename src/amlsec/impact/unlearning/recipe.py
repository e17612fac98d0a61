"""How a type of estimator is fitted from sums over its training rows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import singledispatch
from typing import Any

import numpy as np
from scipy.sparse import issparse

from amlsec.errors import InvalidInput
from amlsec.impact.contract import CLASSES, Floats, Labelled

Totals = Mapping[str, Floats]


class Recipe(ABC):
    """What to add up over rows, and how to fit the estimator from it.

    The totals also hold "rows" (2,), how many of each label; the rows are measured from an origin (d,), near which they
    lie, against cancellation.
    """

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    def origin(self, rows: Labelled) -> Floats:
        """Where to measure from, given the first rows: 0 unless overridden."""
        return np.zeros(rows.X.shape[1])

    @abstractmethod
    def measure(self, rows: Labelled, origin: Floats) -> dict[str, Floats]:
        """The sums over these rows."""

    @abstractmethod
    def nonnegative(self, totals: Totals) -> tuple[Floats, Floats]:
        """What no rows can make negative, and how large the numbers are that it is worked out from."""

    @abstractmethod
    def fitted(self, totals: Totals, origin: Floats) -> Any:
        """The estimator as `fit` leaves it; both labels have weight."""


@singledispatch
def recipe(estimator: Any) -> Recipe:
    """The recipe for this estimator, by its exact type; register one for another type as for any singledispatch.

    Raises InvalidInput for a type without one, or settings under which sums do not suffice.
    """
    raise InvalidInput(
        "estimator", type(estimator).__name__, "must be of a type that sums suffice for: see `recipe.registry`"
    )


def by_label(rows: Labelled) -> Floats:
    """The weight (2, n) of each row in the sum over its label."""
    return np.asarray((rows.y == np.array(CLASSES)[:, None]) * rows.weights)


def product(one: Any, two: Any) -> Floats:
    """A dense product, of sparse or dense."""
    result = one @ two
    return np.asarray(result.toarray() if issparse(result) else result, dtype=np.float64)


def needs(estimator: Any, **allowed: tuple[Any, ...]) -> None:
    """Raises InvalidInput where a parameter has none of its allowed values."""
    for name, values in allowed.items():
        value = getattr(estimator, name)
        if not any(value is one or (isinstance(one, str) and value == one) for one in values):
            raise InvalidInput(f"estimator.{name}", value, f"must be one of {values} for sums to suffice")


def dense(estimator: Any, rows: Labelled) -> None:
    """Raises InvalidInput where rows are sparse, which the estimator's `fit` does not take."""
    if issparse(rows.X):
        raise InvalidInput("rows.X", "sparse", f"must be dense: {type(estimator).__name__} takes no sparse rows")


def unweighted(estimator: Any, rows: Labelled) -> None:
    """Raises InvalidInput where rows have weights, which the estimator's `fit` does not take."""
    if rows.weight is not None:
        raise InvalidInput("rows.weight", rows.weight, f"must be None: {type(estimator).__name__} takes no weights")
