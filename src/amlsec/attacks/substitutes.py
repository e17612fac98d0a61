"""Models an attacker trains himself on the verdicts he was given, and the ways through them that he then tries."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from amlsec.attacks.tree_search import Quest, cheap
from amlsec.data import Rows
from amlsec.space.tabular import TabularSpace
from amlsec.whitebox.cells import Prices, cells, prices, slotted
from amlsec.whitebox.forest import Forest
from amlsec.whitebox.look import read

Floats = NDArray[np.float64]
Verdicts = NDArray[np.bool_]

_DEPTHS = (1.0, 1.5, 0.7, 2.2, 0.4, 3.5)
"""How far to go, in times of what the linear substitute says is enough."""
_EDGES = (0.0, -0.15, -0.3)
"""How far beyond the edge of the forest's vote to aim."""
_FURTHER = (1.0, 1.1)
"""How far to go, in times of the way that the forest says is enough: its thresholds are only near the model's."""
_FAR = 5.0
"""Differences are seen up to this cost, lest a few far values decide the weights."""
_MOST = 1e9
"""More than any change costs, and finite: what the space forbids costs infinity."""
_TREES, _LEAVES, _ROUNDS = 30, 24, 0


class LineThrough:
    """A logistic regression on columns in units of cost.

    >>> from amlsec.space.tabular import Column, Kind
    >>> space = TabularSpace([Column("a", Kind.NUMERIC, 0, 9), Column("b", Kind.NUMERIC, 0, 9)])
    >>> rows = np.array([[8.0, 1.0], [7.0, 2.0], [2.0, 1.0], [1.0, 3.0]])
    >>> LineThrough(space, rows, np.array([True, True, False, False])).ways(rows[:1], 2)[0].shape
    (2, 2)
    """

    def __init__(self, space: TabularSpace, rows: Rows, stopped: Verdicts) -> None:
        self.space, self.center = space, np.median(rows, axis=0)
        self.rule = LogisticRegression(class_weight="balanced", max_iter=300).fit(self._seen(rows), stopped)

    def ways(self, X: Rows, many: int) -> list[Rows]:
        """For each row (d,), some rows on its cheapest way across, of growing and shrinking length."""
        weights = self.rule.coef_[0]
        order = np.argsort(-np.abs(weights), kind="stable")
        targets = self.space.project(X, np.broadcast_to(np.where(weights > 0, -np.inf, np.inf), X.shape), np.inf)
        saved = np.abs((targets - X) * self.space.rate * weights)
        costs, need = self.space.by_column(X, targets), self.rule.decision_function(self._seen(X))
        enough = _enough(saved[:, order], costs[:, order], need)
        depths = np.array(_DEPTHS[:many])
        return [self._along(x, target, order, cost * depths) for x, target, cost in zip(X, targets, enough, strict=True)]

    def _along(self, x: Floats, target: Floats, order: NDArray[np.intp], costs: Floats) -> Rows:
        here, there = (np.repeat(row[None], len(costs), axis=0) for row in (x, target))
        return self.space.spend(here, there, order, costs)

    def _seen(self, rows: Rows) -> Floats:
        seen: Floats = np.clip((rows - self.center) * self.space.rate, -_FAR, _FAR)
        return seen


def _enough(saved: Floats, costs: Floats, need: Floats) -> Floats:
    """What it costs (n,) to save what is needed, column after column (n, d); all of it where that is not enough."""
    before = saved.cumsum(axis=1) - saved
    share = np.clip((need[:, None] - before) / np.maximum(saved, 1e-300), 0, 1)
    found: Floats = (share * costs).sum(axis=1)
    return np.maximum(found, 1e-3)


class Trees:
    """A small random forest, whose leaves are then searched."""

    def __init__(self, space: TabularSpace, rows: Rows, stopped: Verdicts, rng: np.random.Generator) -> None:
        self.space, self.rng = space, rng
        seed = int(rng.integers(2**31))
        fitted = RandomForestClassifier(_TREES, max_leaf_nodes=_LEAVES, class_weight="balanced", random_state=seed)
        self.cells = cells(read(fitted.fit(rows, stopped.astype(np.int64)), Forest), rows.shape[1])

    def ways(self, X: Rows, many: int) -> list[Rows]:
        """For each row (d,), the cheapest rows found that the forest lets pass, ever more clearly, and a little beyond."""
        priced = prices(self.cells, slotted(self.cells, self.space), X)
        return [self._beyond(x, np.array([*self._passed(own, many)]))[:many] for x, own in zip(X, priced, strict=True)]

    def _beyond(self, x: Floats, passed: Rows) -> Rows:
        moved = [x + share * (row - x) for row in passed for share in _FURTHER]
        rows = np.array(moved).reshape(-1, len(x))
        return self.space.project(np.broadcast_to(x, rows.shape), rows, np.inf)

    def _passed(self, priced: Prices, many: int) -> Iterator[Floats]:
        for edge in _EDGES[:many]:
            slots = cheap(Quest(self.cells, priced, edge, _MOST), self.rng, _ROUNDS)
            if slots is not None:
                yield priced.row(slots)
