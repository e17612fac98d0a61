"""How far rows can go down a forest within a cost, by moves of one column: quick, many rows at once, no exact answer."""

from __future__ import annotations

import numpy as np

from amlsec.data import Rows
from amlsec.space.tabular import TabularSpace
from amlsec.whitebox.cells import Cells, Floats, Ints, prices, slotted

_TINY = 1e-9


def lowered(of: Cells, X: Rows, space: TabularSpace, cost: float, steps: int) -> Rows:
    """Rows (n, d) changed within the cost so that the forest's margin is low: the best bargains, one column a step.

    A bargain is the loss of margin for the price; what is left of the cost limits the next one (the symbolic coordinate
    search of Kantchelian, Tygar and Joseph 2016, with prices).

    >>> from amlsec.space.tabular import Column, Kind
    >>> from amlsec.whitebox.cells import cells
    >>> from amlsec.whitebox.forest import numeric, planted
    >>> stump = planted([numeric([0, 0, 0], [1.5, 0, 0], [1, 1, 2], [2, 1, 2], [0.0, -1.0, 1.0])], 0.0)
    >>> lowered(cells(stump, 1), np.array([[2.0], [9.0]]), TabularSpace([Column("links", Kind.INTEGER, 0, 9)]), 3.0, 1)
    array([[1.],
           [9.]])
    """
    if not (cost and len(X)):
        return X.copy()
    paid = prices(of, slotted(of, space), X)
    at, costs, values = (np.stack([getattr(one, name) for one in paid]) for name in ("own", "costs", "values"))
    for _ in range(steps):
        at, moved = _stepped(of, at, costs, cost)
        if not moved:
            break
    reached: Rows = np.take_along_axis(values, at, axis=1)
    return reached


def scattered(of: Cells, X: Rows, found: Rows, space: TabularSpace, cost: float, rng: np.random.Generator) -> Rows:
    """Other rows of the same cells that changes `found` led to: each changed value drawn evenly from what its cell allows.

    Where that costs too much, it is taken back; where the margin is lost by it, the change stays as it was found.
    """
    if not len(X):
        return found
    at = np.stack([of.located(row) for row in found])
    ends = np.where(found < X, of.low[at], of.high[at])
    far = TabularSpace.project(space, X, np.where(found != X, ends, X), np.inf)
    drawn = space.project(X, found + (far - found) * rng.random(X.shape), cost)
    margins = of.margins(np.stack([of.located(row) for row in drawn]))
    kept: Rows = np.where((margins <= of.margins(at) + _TINY)[:, None], drawn, found)
    return kept


def _stepped(of: Cells, at: Ints, costs: Floats, most: float) -> tuple[Ints, bool]:
    """The slots (n, d) after each row's best bargain, and whether any row moved."""
    now = np.take_along_axis(costs, at, axis=1)
    extra = costs - now[:, of.column]
    profiles = of.profiles(at)
    gain = np.take_along_axis(profiles, at[:, :1], axis=1) - profiles
    able = (now.sum(axis=1, keepdims=True) + extra <= most) & (gain > _TINY)
    worth = np.where(able, gain / np.maximum(extra, _TINY), -np.inf)
    slot = worth.argmax(axis=1)
    rows = np.flatnonzero(able.any(axis=1))
    after = at.copy()
    after[rows, of.column[slot[rows]]] = slot[rows]
    return after, bool(len(rows))
