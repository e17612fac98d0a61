"""What attacks that compute a change, rather than search for it, share: the change must win before it is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.budget import EvasionBudget
from amlsec.data import BENIGN, Rows
from amlsec.oracle import Model
from amlsec.space.contract import Space

SLACKS = (0.0, 1e-12, 1e-9, 1e-7, 1e-5, 1e-3)
"""How far beyond the edge of a verdict to aim, as a share of the figures at hand: as little as rounding allows."""

Solve = Callable[[Any, float], Any | None]
"""The cheapest change of one row that passes with this slack, be it none at all; None where there is none."""


def verified(model: Model, X: Rows, solve: Solve, *, space: Space, budget: EvasionBudget, wanted: int = BENIGN) -> Rows:
    """Each row's solution with the least slack that the model judges as wanted within the cost; else the row as it is.

    A row without a solution for one slack, or with one over the cost, has no better one for a larger slack.
    """
    changed = X.copy()
    left = np.arange(len(X)) if budget.cost else np.arange(0)
    for slack in SLACKS:
        if not len(left):
            break
        left, rows = _solved(X, left, solve, slack)
        found = space.project(X[left], rows, np.inf).astype(X.dtype)
        paid = space.cost(X[left], found) <= budget.cost
        won = paid & (model.labels(found) == wanted)
        changed[left[won]] = found[won]
        left = left[paid & ~won]
    return changed


def cheaper_change(X: Rows, one: Rows, other: Rows, space: Space) -> Rows:
    """Of two results for each row the cheaper change; no change is no win."""
    costs = [np.where((rows != X).any(axis=1), space.cost(X, rows), np.inf) for rows in (one, other)]
    better: Rows = np.where((costs[1] < costs[0])[:, None], other, one)
    return better


def _solved(X: Rows, places: NDArray[np.intp], solve: Solve, slack: float) -> tuple[NDArray[np.intp], Rows]:
    """Which of the rows at these places have a solution, and those."""
    known = {i: row for i in places.tolist() if (row := solve(X[i], slack)) is not None}
    solved = X[list(known)].astype(np.result_type(X.dtype, np.float64) if X.dtype != object else object)
    for k, row in enumerate(known.values()):
        solved[k] = row
    return np.array(list(known), dtype=np.intp), solved
