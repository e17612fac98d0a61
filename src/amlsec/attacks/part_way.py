"""Rows part of the way from one row to another, as the space prices the way."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Rows
from amlsec.space.contract import Space


def part_way(space: Space, starts: Rows, goals: Rows, share: float | NDArray[np.float64]) -> Rows:
    """Each start, moved by this share in [0, 1] (or (n,)) of what the way to its goal costs.

    A goal that the space does not allow from the start is first pulled back into it, so a text whose words cannot be
    removed gains the goal's words, and a column that can only grow never shrinks.

    >>> from amlsec.space.tabular import Column, Kind, TabularSpace
    >>> space = TabularSpace([Column("links", Kind.INTEGER, 0, 9), Column("rate", Kind.NUMERIC, 0, 1)])
    >>> part_way(space, np.array([[0.0, 0.0]]), np.array([[8.0, 1.0]]), 0.5)
    array([[4. , 0.5]])
    """
    allowed = space.project(starts, goals, np.inf)
    costs = np.broadcast_to(share, len(starts)) * space.cost(starts, allowed)
    moved = starts.copy()
    for i, cost in enumerate(costs):
        one = slice(i, i + 1)
        moved[one] = space.project(starts[one], allowed[one], float(cost))
    return moved
