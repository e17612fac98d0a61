"""Tables: bounds, integers, categories, columns that can only grow, columns out of the attacker's reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Rows
from amlsec.errors import InvalidInput


class Kind(StrEnum):
    """What a column holds."""

    NUMERIC = "numeric"
    INTEGER = "integer"
    CATEGORY = "category"


class May(StrEnum):
    """Which way an attacker may change a column."""

    BOTH = "both"
    UP = "up"
    DOWN = "down"
    NOT = "not"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name : as in the table's header
    kind : numeric and integer columns are priced by distance, categories by the change as such
    low, high : the least and the largest value, in the column's unit
    scale : the distance that costs 1 (a change of category costs 1), above 0
    may : which way an attacker may change it
    price : multiplies the cost, above 0
    categories : the names behind the codes 0, 1, ...; empty for numbers
    """

    name: str
    kind: Kind
    low: float
    high: float
    scale: float = 1.0
    may: May = May.BOTH
    price: float = 1.0
    categories: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise InvalidInput(f"low of column {self.name}", self.low, f"must not exceed high, {self.high}")
        if not (self.scale > 0 and self.price > 0):
            raise InvalidInput(f"scale and price of column {self.name}", (self.scale, self.price), "must be above 0")

    def shown(self, value: float) -> str:
        """The value as a reader knows it."""
        return self.categories[int(value)] if self.categories else f"{value:.6g}"


class TabularSpace:
    """A table's columns as an attacker may change them; see `space.contract.Space`.

    The cost of a change is the sum over columns of price x |difference| / scale, a category's difference being 1.

    >>> space = TabularSpace([Column("links", Kind.INTEGER, 0, 9, may=May.UP)])
    >>> X = np.array([[3.0]])
    >>> space.cost(X, np.array([[5.0]])), space.cost(X, np.array([[2.0]]))
    (array([2.]), array([inf]))
    >>> space.project(X, np.array([[7.9]]), 2.0)
    array([[5.]])
    """

    kind = "tabular"
    unit = "scaled distance"

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = tuple(columns)
        self._low = np.array([c.low for c in columns])
        self._high = np.array([c.high for c in columns])
        self._rate = np.array([c.price / (1.0 if c.kind == Kind.CATEGORY else c.scale) for c in columns])
        self._category = np.array([c.kind == Kind.CATEGORY for c in columns])
        self._whole = np.array([c.kind != Kind.NUMERIC for c in columns])
        self._up = np.array([c.may in (May.BOTH, May.UP) for c in columns])
        self._down = np.array([c.may in (May.BOTH, May.DOWN) for c in columns])

    def cost(self, X: Rows, changed: Rows, /) -> NDArray[np.float64]:
        total = self._costs(X, changed).sum(axis=1)
        return np.where(np.isclose(changed, self._allowed(X, changed), rtol=0, atol=1e-9).all(axis=1), total, np.inf)

    def project(self, X: Rows, changed: Rows, cost: float, /) -> Rows:
        inside = self._allowed(X, changed)
        over = self._costs(X, inside).sum(axis=1) > cost + 1e-9
        inside[over] = self._shrunk(X[over], inside[over], cost)
        return inside

    def sample(self, X: Rows, cost: float, rng: np.random.Generator, /) -> Rows:
        share = rng.dirichlet(np.ones(len(self.columns)), size=len(X)) * rng.random((len(X), 1)) * cost
        step = share / self._rate * rng.choice([-1.0, 1.0], size=share.shape)
        jump = self._category & (rng.random(share.shape) < np.minimum(share / self._rate, 1))
        anywhere = rng.integers(self._low.astype(int), self._high.astype(int) + 1, size=share.shape)
        return self.project(X, np.where(self._category, np.where(jump, anywhere, X), X + step), cost)

    def differences(self, X: Rows, changed: Rows, /) -> list[list[str]]:
        return [
            [f"{c.name}: {c.shown(a)} → {c.shown(b)}" for c, a, b in zip(self.columns, old, new, strict=True) if a != b]
            for old, new in zip(X, changed, strict=True)
        ]

    def _costs(self, X: Rows, changed: Rows) -> NDArray[np.float64]:
        distance = np.abs(changed - X)
        costs: NDArray[np.float64] = np.where(self._category, distance > 0, distance) * self._rate
        return costs

    def _allowed(self, X: Rows, changed: Rows) -> Rows:
        """The nearest change that respects bounds (or the row's own value), direction and whole numbers."""
        low = np.where(self._down, np.minimum(self._low, X), X)
        high = np.where(self._up, np.maximum(self._high, X), X)
        clipped = np.clip(changed, low, high)
        rounded: Rows = np.where(self._whole & (clipped != X), np.clip(np.round(clipped), low, high), clipped)
        return rounded

    def _shrunk(self, X: Rows, changed: Rows, cost: float) -> Rows:
        """Keep the changes of category that the cost covers, in column order; scale the rest of the change down."""
        costs = self._costs(X, changed)
        jumps = np.where(self._category, costs, 0).cumsum(axis=1)
        kept = self._category & (jumps <= cost + 1e-9)
        left = cost - np.where(kept, costs, 0).sum(axis=1)
        moves = np.where(self._category, 0, costs).sum(axis=1)
        factor = np.minimum(1, left / np.where(moves > 0, moves, 1))[:, None]
        shrunk = X + (changed - X) * np.where(self._category, kept, factor)
        whole: Rows = np.where(self._whole, X + np.trunc(shrunk - X + np.sign(shrunk - X) * 1e-9), shrunk)
        return whole


def infer(X: Rows, names: Sequence[str], categories: Sequence[Sequence[str]] | None = None) -> TabularSpace:
    """The space a table suggests: bounds and scale from the values, whole numbers where all are.

    `categories` gives each column's category names, empty for numbers. The scale is the standard deviation, or 1.

    >>> [c.kind.value for c in infer(np.array([[0.5, 3.0], [0.1, 4.0]]), ["rate", "count"]).columns]
    ['numeric', 'integer']
    """
    levels = categories or [()] * len(names)
    return TabularSpace([_column(X[:, j], name, tuple(levels[j])) for j, name in enumerate(names)])


def _column(values: NDArray[np.float64], name: str, categories: tuple[str, ...]) -> Column:
    whole = bool((values == np.round(values)).all())
    kind = Kind.CATEGORY if categories else Kind.INTEGER if whole else Kind.NUMERIC
    high = len(categories) - 1.0 if categories else float(values.max())
    low = 0.0 if categories else float(values.min())
    return Column(name, kind, low, high, float(values.std()) or 1.0, categories=categories)
