"""Tables with linear relations between columns: a total follows its parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Rows
from amlsec.space.column import Column
from amlsec.space.relation import Relation, compiled
from amlsec.space.repair import Reach, mended
from amlsec.space.tabular import TabularSpace

Floats = NDArray[np.float64]
_HALVINGS = 8


class RelatedSpace(TabularSpace):
    """A table whose columns are bound by linear relations; see `space.contract.Space`.

    A change that would break a relation is mended by the columns that it left alone. A row that breaks one already may
    stay as it is; a change must not make it worse.

    Raises InvalidInput where a relation names a column that is not of the table or holds no number.

    >>> from amlsec.space.column import Kind
    >>> columns = [Column(name, Kind.INTEGER, 0, 99) for name in ("a", "b", "total")]
    >>> space = RelatedSpace(columns, [Relation("parts", {"a": 1, "b": 1, "total": -1}, 0, 0)])
    >>> X = np.array([[1.0, 2.0, 3.0]])
    >>> space.cost(X, np.array([[5.0, 2.0, 3.0]])), space.cost(X, np.array([[5.0, 2.0, 7.0]]))
    (array([inf]), array([8.]))
    >>> space.project(X, np.array([[1.0, 2.0, 9.0]]), np.inf), space.project(X, np.array([[1.0, 2.0, 9.0]]), 5.0)
    (array([[7., 2., 9.]]), array([[3., 2., 5.]]))
    """

    def __init__(self, columns: Sequence[Column], relations: Sequence[Relation], *, examples: Rows | None = None) -> None:
        super().__init__(columns, examples=examples)
        self.relations = tuple(relations)
        self._related = compiled(columns, self.relations)

    def cost(self, X: Rows, changed: Rows, /) -> Floats:
        return np.where(self._related.hold(X, changed), super().cost(X, changed), np.inf)

    def project(self, X: Rows, changed: Rows, cost: float | Floats, /) -> Rows:
        """What is within the cost and breaks no relation stays; else the change is scaled down until, mended, it is."""
        inside = self._allowed(X, changed)
        limit = np.broadcast_to(np.asarray(cost, dtype=np.float64), len(X))
        out = np.flatnonzero(~self._affords(X, inside, limit))
        own, far = X[out], inside[out]
        inside[out] = self._within(own, limit[out], lambda at, most: TabularSpace.project(self, own[at], far[at], most))
        return inside

    def spend(self, X: Rows, target: Rows, order: NDArray[np.intp], cost: float | Floats, /) -> Rows:
        """The way to a target, column after column as far as the cost goes, mended at its end."""
        limit = np.broadcast_to(np.asarray(cost, dtype=np.float64), len(X))
        return self._within(X, limit, lambda at, most: TabularSpace.spend(self, X[at], target[at], order, most))

    def anywhere(self, X: Rows, rng: np.random.Generator, /) -> Rows:
        """Every column drawn afresh, then mended."""
        return self.project(X, super().anywhere(X, rng), np.inf)

    def sample(self, X: Rows, cost: float, rng: np.random.Generator, /) -> Rows:
        """Few columns or many, drawn afresh, pulled back to a part of the cost, mended."""
        return self.project(X, super().sample(X, cost, rng), cost)

    def _within(self, X: Rows, limit: Floats, way: Callable[[NDArray[np.intp], Floats], Rows]) -> Rows:
        """The farthest of the mended rows on a way that the limits (n,) afford; `way` gives some rows for such costs.

        Mending can cost more than it was given, so what is spent before it is halved in.
        """
        every = np.arange(len(X))
        found = self._mended(X, way(every, limit))
        over = np.flatnonzero(~self._affords(X, found, limit))
        low, high = np.zeros(len(over)), self.by_column(X[over], way(over, limit[over])).sum(axis=1)
        found[over] = X[over]
        for _ in range(_HALVINGS if len(over) else 0):
            middle = (low + high) / 2
            tried = self._mended(X[over], way(over, middle))
            good = self._affords(X[over], tried, limit[over])
            found[over[good]] = tried[good]
            low, high = np.where(good, middle, low), np.where(good, high, middle)
        return found

    def _affords(self, X: Rows, changed: Rows, limit: Floats) -> NDArray[np.bool_]:
        paid = self.cost(X, changed)
        enough: NDArray[np.bool_] = np.isfinite(paid) & (paid <= limit + 1e-9 * np.maximum(1.0, limit))
        return enough

    def _mended(self, X: Rows, changed: Rows) -> Rows:
        return mended(X, changed, self._related, Reach(*self._limits(X), self.grid, self.rate))
