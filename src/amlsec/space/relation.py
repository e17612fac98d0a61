"""Linear relations between the columns of a table: totals, parts, what never exceeds what."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Rows
from amlsec.errors import InvalidInput
from amlsec.space.column import Column, Kind

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Relation:
    """The sum of weight x column lies between two bounds, in every row that the attacker makes.

    `total = a + b` has the weights a: 1, b: 1, total: -1 and both bounds 0; `low <= high` the weights low: 1, high: -1 and
    `at_most` 0. A ratio of two columns is not linear, and no relation.

    Attributes
    ----------
    name : for a reader
    weights : of two columns or more that hold numbers, finite and not 0
    at_least, at_most : the bounds; one of them at least is finite

    Raises InvalidInput where these rules are broken.

    >>> Relation("parts", {"a": 1, "b": 1, "total": -1}, 0, 0).is_equality
    True
    """

    name: str
    weights: Mapping[str, float]
    at_least: float = -math.inf
    at_most: float = math.inf

    def __post_init__(self) -> None:
        if len(self.weights) < 2 or not all(math.isfinite(weight) and weight for weight in self.weights.values()):
            rule = "must give two columns at least a finite weight other than 0"
            raise InvalidInput(f"weights of relation {self.name}", dict(self.weights), rule)
        bounds = self.at_least, self.at_most
        if not (
            bounds[0] <= bounds[1] and any(map(math.isfinite, bounds)) and bounds[0] < math.inf and bounds[1] > -math.inf
        ):
            raise InvalidInput(f"bounds of relation {self.name}", bounds, "must be in order, and one of them finite")

    @property
    def is_equality(self) -> bool:
        """Whether the sum has one value."""
        return self.at_least == self.at_most


@dataclass(frozen=True, slots=True, eq=False)
class Relations:
    """All relations of a table, as one matrix; a row that breaks one already may keep what it has, but not go further.

    Attributes
    ----------
    weights : of each column in each relation (m, d)
    at_least, at_most : bounds of the sums (m,)
    rounding : differences of the sums (m,) that are none
    """

    weights: Floats
    at_least: Floats
    at_most: Floats
    rounding: Floats

    def bounds(self, X: Rows) -> tuple[Floats, Floats]:
        """The least and the largest sums (n, m) that changes of these rows may have."""
        sums = X @ self.weights.T
        return np.minimum(self.at_least, sums), np.maximum(self.at_most, sums)

    def excess(self, changed: Rows, bounds: tuple[Floats, Floats]) -> Floats:
        """How far each sum (n, m) is above its bounds, negative below; 0 within them, and within rounding of them."""
        sums, size = changed @ self.weights.T, np.abs(changed) @ np.abs(self.weights.T)
        over: Floats = sums - np.clip(sums, *bounds)
        return np.where(np.abs(over) > self.rounding + 1e-12 * size, over, 0.0)

    def hold(self, X: Rows, changed: Rows) -> NDArray[np.bool_]:
        """Where (n,) every relation holds after the change."""
        kept: NDArray[np.bool_] = (self.excess(changed, self.bounds(X)) == 0).all(axis=1)
        return kept


def compiled(columns: Sequence[Column], relations: Sequence[Relation]) -> Relations:
    """The relations of these columns; raises InvalidInput where one names another column, or one that holds no number."""
    places = {column.name: j for j, column in enumerate(columns) if column.kind != Kind.CATEGORY}
    weights = np.zeros((len(relations), len(columns)))
    for row, relation in zip(weights, relations, strict=True):
        for name, weight in relation.weights.items():
            if name not in places:
                rule = f"must be one of the columns of numbers that stand in no group: {', '.join(places)}"
                raise InvalidInput(f"a column of relation {relation.name}", name, rule)
            row[places[name]] = weight
    least, most = (np.array([getattr(r, end) for r in relations], dtype=np.float64) for end in ("at_least", "at_most"))
    sizes = np.abs(weights) @ np.array([column.scale for column in columns], dtype=np.float64)
    return Relations(weights, least, most, 1e-9 * np.minimum(1.0, sizes))
