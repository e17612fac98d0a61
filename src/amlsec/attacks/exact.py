"""What attacks that compute a change, rather than search for it, share: the change must win before it is kept."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from amlsec.budget import EvasionBudget
from amlsec.data import BENIGN, Rows
from amlsec.oracle import Model
from amlsec.space.contract import Space

SLACKS = (0.0, 1e-12, 1e-9, 1e-7, 1e-5, 1e-3)
"""How far beyond the edge of a verdict to aim, as a share of the figures at hand: as little as rounding allows."""

Solve = Callable[[Rows, float], Rows]
"""The cheapest changes of rows that pass with this slack; a row without one as it is."""


def verified(model: Model, X: Rows, solve: Solve, *, space: Space, budget: EvasionBudget, wanted: int = BENIGN) -> Rows:
    """Each row's solution with the least slack that the model judges as wanted within the cost; else the row as it is.

    A row without a solution for one slack, or with one over the cost, has no better one for a larger slack. On the very
    edge, where rounding decides, a row may seem to need none.
    """
    changed = X.copy()
    left = np.arange(len(X)) if budget.cost else np.arange(0)
    for slack in SLACKS:
        if not len(left):
            break
        found = space.project(X[left], solve(X[left], slack), np.inf)
        paid = space.cost(X[left], found) <= budget.cost
        won = paid & (model.labels(found) == wanted)
        changed[left[won]] = found[won]
        moved = (found != X[left]).reshape(len(left), -1).any(axis=1)
        left = left[(moved | (slack == 0)) & paid & ~won]
    return changed
