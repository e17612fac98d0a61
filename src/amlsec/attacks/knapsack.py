"""The cheapest way to lower a weighted sum of a row's columns by a given amount, whole numbers and categories included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint

from amlsec.attacks import programme
from amlsec.space.tabular import Kind, TabularSpace

Floats = NDArray[np.float64]
_NEARLY_WHOLE = 1e-9
_NEXT_TO_NOTHING = 1e-6
"""Units of less than this share of what is paid in all are bought in part, then rounded up."""
_NODES = 20_000
"""How many branches the search for whole numbers may open before the best found so far is taken."""


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """What can be bought of the way of each column to where it helps most.

    Attributes
    ----------
    column : of each piece (p,); the pieces of one column stand in the order in which they must be bought
    size : how far one unit of a piece moves its column, with its sign
    gain : how much one unit lowers the sum, above 0
    price : what one unit costs, above 0
    count : how many units there are
    whole : whether only whole units can be bought
    """

    column: NDArray[np.intp]
    size: Floats
    gain: Floats
    price: Floats
    count: Floats
    whole: NDArray[np.bool_]


def pieces(space: TabularSpace, x: Floats, weights: Floats) -> Pieces:
    """The pieces of the ways on which the sum `weights @ x` falls, in the space.

    A column that flows is one piece; so is a category, to its best code; on a grid the first and the last step may be
    shorter than those between.
    """
    columns = np.flatnonzero(weights)
    way = -np.sign(weights[columns])
    ends = space.project(x[None], np.where(weights > 0, -np.inf, np.inf)[None], np.inf)
    span, price = np.abs(ends[0] - x)[columns], space.by_column(x[None], ends)[0, columns]
    grid = np.where(_jumps(space), 0.0, space.grid)[columns]
    first, steps, last = _steps(x[columns] * way, span, grid)
    size = np.stack([first, np.where(grid > 0, grid, span), last])
    count = np.stack([first > 0, np.where(grid > 0, steps, span > 0), last > 0])
    at, kind = np.nonzero(count.T)
    size, count = size[kind, at], count[kind, at].astype(np.float64)
    gain = size * np.abs(weights[columns])[at]
    return Pieces(columns[at], size * way[at], gain, price[at] * size / span[at], count, (space.grid[columns] > 0)[at])


def cover(bought: Pieces, need: float) -> Floats | None:
    """The cheapest amounts (p,) of the pieces whose gains reach the need; None where all together do not.

    Best gain for the price first: a fractional knapsack, which is exact where the piece bought in part may be; else a
    mixed-integer programme.

    >>> two = Pieces(np.arange(2), np.ones(2), np.array([3.0, 2.0]), np.ones(2), np.full(2, 5.0), np.array([False, True]))
    >>> cover(two, 6.0), cover(two, 16.5)
    (array([2., 0.]), array([4.83333333, 1.        ]))
    """
    total = bought.gain * bought.count
    if total.sum() < need:
        return None
    order = np.argsort(-bought.gain / bought.price, kind="stable")
    amounts = np.zeros(len(total))
    amounts[order] = np.clip((need - total[order].cumsum() + total[order]) / total[order], 0, 1) * bought.count[order]
    part = bought.whole & (np.abs(amounts - amounts.round()) > _NEARLY_WHOLE)
    return _whole(bought, need, amounts) if part.any() else np.where(bought.whole, amounts.round(), amounts)


def _whole(bought: Pieces, need: float, relaxed: Floats) -> Floats:
    """The cheapest amounts with whole units where only these can be bought.

    The relaxed amounts tell what it costs at least, and rounded up at most: no piece is bought beyond that, and units
    that cost next to nothing are bought in part and then rounded up.
    """
    fair = np.where(bought.whole, np.ceil(relaxed - _NEARLY_WHOLE), relaxed)
    least, most = float(bought.price @ relaxed), float(bought.price @ fair)
    whole = bought.whole & (bought.price > _NEXT_TO_NOTHING * least)
    unit = np.where(whole, 1.0, least / bought.price)
    solved = programme.solved(
        bought.price * unit / least,
        integrality=whole,
        bounds=Bounds(0, np.minimum(bought.count, np.ceil(most / bought.price)) / unit),
        constraints=[LinearConstraint((bought.gain * unit)[None] / need, 1, np.inf), *_in_order(bought, unit)],
        options={"mip_rel_gap": 1e-7, "node_limit": _NODES},
    )
    if solved.x is None:
        return fair
    found = np.where(whole, solved.x.round(), solved.x * unit)
    bounded: Floats = np.clip(np.where(bought.whole, np.ceil(found - _NEARLY_WHOLE), found), 0, bought.count)
    return bounded


def _in_order(bought: Pieces, unit: Floats) -> list[LinearConstraint]:
    """Of a column, no part of a piece before all of the one before it."""
    later = np.flatnonzero(np.diff(bought.column) == 0) + 1
    if not len(later):
        return []
    rule = np.zeros((len(later), len(bought.column)))
    rule[np.arange(len(later)), later] = (unit / bought.count)[later]
    rule[np.arange(len(later)), later - 1] = -(unit / bought.count)[later - 1]
    return [LinearConstraint(rule, -np.inf, 0)]


def _steps(start: Floats, span: Floats, grid: Floats) -> tuple[Floats, Floats, Floats]:
    """The first, shorter step to the grid, how many whole ones follow, and the last, shorter one; no grid, no steps."""
    unit = np.where(grid > 0, grid, 1.0)
    off = np.mod(-start, unit)
    off = np.where((off < _NEARLY_WHOLE * unit) | (unit - off < _NEARLY_WHOLE * unit), 0.0, off)
    first = np.where(grid > 0, np.minimum(off, span), 0.0)
    steps = np.floor((span - first) / unit + _NEARLY_WHOLE)
    last = np.where(grid > 0, span - first - steps * unit, 0.0)
    return first, steps, np.where(last > _NEARLY_WHOLE * unit, last, 0.0)


def _jumps(space: TabularSpace) -> NDArray[np.bool_]:
    """Which columns change as a whole, at one price."""
    return np.array([column.kind == Kind.CATEGORY for column in space.columns], dtype=bool)
