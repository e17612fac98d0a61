"""Tables: bounds, integers, categories, columns that can only grow, columns out of the attacker's reach."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Rows
from amlsec.errors import InvalidInput
from amlsec.space.column import Column, Kind, May
from amlsec.space.contract import Space
from amlsec.space.group import Group
from amlsec.space.relation import Relation

__all__ = ["Column", "Kind", "May", "TabularSpace", "infer", "tabular"]

MOST_LEVELS = 20
_USUAL = 64
"""How many of a column's values an inferred space remembers."""


class TabularSpace:
    """A table's columns as an attacker may change them; see `space.contract.Space`.

    The cost of a change is the sum over columns of price x |difference| / scale, a category's difference being 1.

    Attributes
    ----------
    columns : of the table
    groups, relations : what binds columns together, see `space.grouped` and `space.related`; none in a plain table
    examples : a few rows (m, d) that an attacker knows to be benign, perhaps none
    rate, grid : what a unit of each column (d,) costs, and what its values are multiples of, 0 where they flow

    >>> space = TabularSpace([Column("links", Kind.INTEGER, 0, 9, may=May.UP)])
    >>> X = np.array([[3.0]])
    >>> space.cost(X, np.array([[5.0]])), space.cost(X, np.array([[2.0]]))
    (array([2.]), array([inf]))
    >>> space.project(X, np.array([[7.9]]), 2.0)
    array([[5.]])
    """

    kind = "tabular"
    unit = "scale units"

    groups: tuple[Group, ...] = ()
    relations: tuple[Relation, ...] = ()

    def __init__(self, columns: Sequence[Column], *, examples: Rows | None = None) -> None:
        self.columns = tuple(columns)
        self.examples = np.zeros((0, len(columns))) if examples is None else _known(examples, len(columns))
        self.rate = np.array([c.rate for c in columns])
        self._rounding = 1e-9 * np.minimum(1.0, np.array([c.scale for c in columns], dtype=np.float64))
        self._low = np.array([c.low for c in columns], dtype=np.float64)
        self._high = np.array([c.high for c in columns], dtype=np.float64)
        self._category = np.array([c.kind == Kind.CATEGORY for c in columns], dtype=bool)
        self.grid = np.array([c.grid for c in columns], dtype=np.float64)
        self._unit = np.where(self.grid > 0, self.grid, 1.0)
        self._up = np.array([c.may in (May.BOTH, May.UP) for c in columns], dtype=bool)
        self._down = np.array([c.may in (May.BOTH, May.DOWN) for c in columns], dtype=bool)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(column.name for column in self.columns)})"

    @property
    def changeable(self) -> NDArray[np.intp]:
        """Positions of the columns that an attacker may change."""
        return np.flatnonzero(self._up | self._down)

    @property
    def numbers(self) -> NDArray[np.bool_]:
        """Which columns (d,) are priced by distance: neither categories nor members of a one-hot group."""
        bound = {name for group in self.groups for name in group.columns}
        return np.array([c.kind != Kind.CATEGORY and c.name not in bound for c in self.columns], dtype=bool)

    def cost(self, X: Rows, changed: Rows, /) -> NDArray[np.float64]:
        allowed = np.isclose(changed, self._allowed(X, changed), rtol=1e-14, atol=self._rounding).all(axis=1)
        return np.where(allowed, self.by_column(X, changed).sum(axis=1), np.inf)

    def by_column(self, X: Rows, changed: Rows, /) -> NDArray[np.float64]:
        """What the change of each column costs (n, d), allowed or not."""
        distance = np.abs(changed - X)
        costs: NDArray[np.float64] = np.where(self._category, distance > 0, distance) * self.rate
        return costs

    def project(self, X: Rows, changed: Rows, cost: float | NDArray[np.float64], /) -> Rows:
        """Changes of category that the cost (n,) covers are kept, in column order; the rest of the change is scaled down."""
        inside = self._allowed(X, changed)
        costs = self.by_column(X, inside)
        over = costs.sum(axis=1) > cost + 1e-9 * np.maximum(1.0, cost)
        if over.any():
            limit = np.broadcast_to(cost, len(X))[over]
            inside[over] = self._part(X[over], inside[over], self._affordable(costs[over], limit))
        return inside

    def spend(self, X: Rows, target: Rows, order: NDArray[np.intp], cost: float | NDArray[np.float64], /) -> Rows:
        """The way from the rows to a target (n, d), column after column in this order, as far as the cost (n,) goes.

        >>> space = TabularSpace([Column("a", Kind.NUMERIC, 0, 9), Column("b", Kind.NUMERIC, 0, 9)])
        >>> space.spend(np.zeros((2, 2)), np.array([[4.0, 4.0]] * 2), np.array([1, 0]), np.array([3.0, 6.0]))
        array([[0., 3.], [2., 4.]])
        """
        inside = self._allowed(X, target)
        costs = self.by_column(X, inside)[:, order]
        left = np.reshape(cost, (-1, 1)) - (costs.cumsum(axis=1) - costs)
        share = np.empty_like(costs)
        share[:, order] = _covered(left, costs)
        return self._part(X, inside, share)

    def anywhere(self, X: Rows, rng: np.random.Generator, /) -> Rows:
        """Every column of each row drawn afresh: from the usual values, or evenly between the bounds."""
        drawn = np.stack([_drawn(column, len(X), rng) for column in self.columns], axis=1)
        return self._allowed(X, drawn)

    def sample(self, X: Rows, cost: float, rng: np.random.Generator, /) -> Rows:
        """Few columns or many, drawn afresh, pulled back to a part of the cost."""
        width = len(self.columns)
        many = np.exp(rng.uniform(0, np.log(width), (len(X), 1))).round()
        touched = rng.random((len(X), width)).argsort(axis=1) < many
        target = np.where(touched, self.anywhere(X, rng), X)
        part = cost * (1 - rng.random(len(X))) if cost else np.zeros(len(X))
        return self._part(X, target, self._affordable(self.by_column(X, target), part))

    def differences(self, X: Rows, changed: Rows, /) -> list[list[str]]:
        return [
            [f"{c.name}: {c.shown(a)} → {c.shown(b)}" for c, a, b in zip(self.columns, old, new, strict=True) if a != b]
            for old, new in zip(X, changed, strict=True)
        ]

    def _allowed(self, X: Rows, changed: Rows) -> Rows:
        """The nearest change that respects bounds (or the row's own value), direction and whole numbers."""
        low, high = self._limits(X)
        clipped = np.clip(changed, low, high)
        rounded: Rows = np.where(clipped != X, np.clip(self._on_grid(clipped, np.round), low, high), clipped)
        return rounded

    def _limits(self, X: Rows) -> tuple[Rows, Rows]:
        """The least and the largest value that each column of each row may take."""
        return np.where(self._down, np.minimum(self._low, X), X), np.where(self._up, np.maximum(self._high, X), X)

    def _on_grid(self, values: Rows, rounded: Callable[[Rows], Rows]) -> Rows:
        """The values rounded to multiples of each column's grid; as they are where values flow."""
        multiples: Rows = np.where(self.grid > 0, rounded(values / self._unit) * self._unit, values)
        return multiples

    def _affordable(self, costs: NDArray[np.float64], cost: float | NDArray[np.float64]) -> NDArray[np.float64]:
        """The share of each column's change that the cost (n,) covers: categories whole, the rest in proportion."""
        limit = np.broadcast_to(np.reshape(cost, (-1, 1)), (len(costs), 1))
        jumps = np.where(self._category, costs, 0.0)
        kept = self._category & (jumps.cumsum(axis=1) <= limit * (1 + 1e-12))
        left = np.maximum(limit - np.where(kept, costs, 0.0).sum(axis=1, keepdims=True), 0.0)
        moves = (costs - jumps).sum(axis=1, keepdims=True)
        share = _covered(left * (1 - 1e-12), moves)
        return np.where(self._category, kept, share)

    def _part(self, X: Rows, target: Rows, share: NDArray[np.float64]) -> Rows:
        """That share of each column's change, rounded towards the row so that it never costs more."""
        moved = np.where(share >= 1, target, np.nextafter(X + (target - X) * share, X))
        slack = np.minimum(1e-9 / self.rate, 1e-6)
        whole = np.where(target > X, self._on_grid(moved + slack, np.floor), self._on_grid(moved - slack, np.ceil))
        whole = np.where((whole - X) * (target - X) > 0, whole, X)
        stepped = np.where(
            self._category, np.where(share >= 1, target, X), np.where((self.grid > 0) & (share < 1), whole, moved)
        )
        return self._allowed(X, stepped)


def _covered(left: NDArray[np.float64], costs: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of each cost that is covered by what is left, in [0, 1]."""
    left = np.broadcast_to(np.maximum(left, 0.0), costs.shape)
    return np.divide(left, costs, out=np.ones_like(costs), where=costs > left)


def _known(examples: Rows, width: int) -> Rows:
    rows = np.asarray(examples, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] != width or not np.isfinite(rows).all():
        raise InvalidInput("examples", f"of shape {rows.shape}", f"must be finite rows (m, {width})")
    return rows


def tabular(space: Space) -> TabularSpace:
    """The space as a table's; raises InvalidInput where it is none."""
    if not isinstance(space, TabularSpace):
        raise InvalidInput("space", space.kind, "must be a TabularSpace")
    return space


def infer(X: Rows, names: Sequence[str], categories: Sequence[Sequence[str]] | None = None) -> TabularSpace:
    """The space a table suggests: bounds, scale and usual values from the data, whole numbers where all are.

    `categories` gives each column's category names, empty for numbers. Numbers that are multiples of one step, and of at
    most 20 values, each seen 5 times on average, keep to that step. The scale is the standard deviation, for a column
    of two values their distance, for a constant column 1. Raises InvalidInput where there is no row, or a number is none.

    >>> [c.kind.value for c in infer(np.array([[0.5, 3.0], [0.1, 4.0]]), ["rate", "count"]).columns]
    ['numeric', 'integer']
    """
    if not len(X):
        raise InvalidInput("X", f"of shape {X.shape}", "must hold one row at least")
    levels = categories or [()] * len(names)
    return TabularSpace([_column(X[:, j], name, tuple(levels[j])) for j, name in enumerate(names)])


def _column(values: NDArray[np.float64], name: str, categories: tuple[str, ...]) -> Column:
    whole = bool((values == np.round(values)).all())
    kind = Kind.CATEGORY if categories else Kind.INTEGER if whole else Kind.NUMERIC
    high = len(categories) - 1.0 if categories else float(values.max())
    low = 0.0 if categories else float(values.min())
    step = _step(values) if kind == Kind.NUMERIC else 0.0
    scale = 1.0 if categories else _scale(values)
    return Column(name, kind, low, high, scale, categories=categories, usual=_usual(values), step=step)


def _step(values: NDArray[np.float64]) -> float:
    """What few, often seen values are multiples of; 0 for values that flow."""
    levels = np.unique(values)
    if len(levels) < 2 or len(levels) > min(MOST_LEVELS, len(values) / 5):
        return 0.0
    step = float(np.diff(levels).min())
    with np.errstate(over="ignore"):
        multiples = levels / step
    return step if np.isfinite(multiples).all() and np.allclose(multiples, np.round(multiples), rtol=0, atol=1e-9) else 0.0


def _scale(values: NDArray[np.float64]) -> float:
    levels, peak = np.unique(values), float(np.abs(values).max())
    if len(levels) <= 2:
        return float(levels[-1] - levels[0]) or 1.0
    return float((values / peak).std()) * peak


def _usual(values: NDArray[np.float64]) -> tuple[float, ...]:
    """Evenly spaced order statistics, so that a value stands here as often as in the data."""
    places = np.linspace(0, len(values) - 1, min(_USUAL, len(values))).round().astype(int)
    return tuple(np.sort(values)[places].tolist())


def _drawn(column: Column, rows: int, rng: np.random.Generator) -> NDArray[np.float64]:
    if column.usual:
        return rng.choice(np.array(column.usual), rows)
    if column.is_fluid:
        return column.low + rng.random(rows) * (column.high - column.low)
    return np.floor(rng.uniform(column.low, column.high + 1, rows))
