"""A model as a rival sees it: counted, cut off at its queries, and the best of all that it asked about is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from _evasion_cells import Cell
from numpy.typing import NDArray

from amlsec.data import BENIGN, Rows
from amlsec.oracle import Oracle
from amlsec.threat import Access

REACH = 10.0
"""A rival's box: this much cost to either side in every column, which it sees as [0, 1] with its row at the middle."""
Floats = NDArray[np.float64]


class Spent(Exception):
    """The rival's queries are used up."""


@dataclass(frozen=True, eq=False)
class View:
    """One attacked row (d,), or several (n, d), where a rival sees them: equal steps cost the same in every column.

    Rows asked about are pulled into the space where `inside`, else into the box of the columns' bounds only.
    """

    cell: Cell
    x: Rows
    inside: bool

    def rows(self, u: Floats) -> Rows:
        """Rows (n, d) at coordinates (n, d) in [0, 1]."""
        moved = self.x + (np.asarray(u, dtype=np.float64) - 0.5) * 2 * REACH / self.cell.space.rate
        return self.pulled(moved) if self.inside else np.clip(moved, *self.box)

    def coordinates(self, rows: Rows) -> Floats:
        """Where rows lie for the rival; beyond its box they are cut off."""
        u: Floats = (rows - self.x) * self.cell.space.rate / (2 * REACH) + 0.5
        return np.clip(u, 0, 1)

    def pulled(self, rows: Rows) -> Rows:
        return self.cell.space.project(np.broadcast_to(self.x, rows.shape), rows, np.inf)

    @cached_property
    def box(self) -> tuple[Floats, Floats]:
        low, high = (np.array([getattr(column, end) for column in self.cell.space.columns]) for end in ("low", "high"))
        return np.minimum(low, self.x), np.maximum(high, self.x)

    def cheapest(self, rows: Rows) -> tuple[float, float]:
        """The cheapest win among rows asked about: in the space, and as asked.

        What was asked outside the space is pulled into it first, and asked about once more at no charge to the rival.
        """
        same = np.broadcast_to(self.x, rows.shape)
        free = self._least(rows, self.cell.space.by_column(same, rows).sum(axis=1))
        inside = rows if self.inside else self.pulled(rows)
        return self._least(inside, self.cell.space.cost(same, inside)), free

    def _least(self, rows: Rows, cost: Floats) -> float:
        won = self.cell.model.labels(rows) == BENIGN
        return float(np.fmin.reduce(cost[won], initial=np.inf))  # rivals ask about rows of NaN, too


@dataclass(slots=True, eq=False)
class Watched:
    """A view whose questions are counted; raises Spent at the end of the queries, the last of them answered and kept."""

    view: View
    queries: int
    asked: list[Rows] = field(default_factory=list)
    spent: int = 0
    _oracle: Oracle = field(init=False)

    def __post_init__(self) -> None:
        self._oracle = Oracle(self.view.cell.model, access=Access.SCORES, rows=1, queries=self.queries)

    def labels(self, u: Floats) -> NDArray[np.int64]:
        """Verdicts (n,)."""
        return self._answered(u, self._oracle.labels)

    def scores(self, u: Floats) -> Floats:
        """Evidence of malice (n,)."""
        return self._answered(u, self._oracle.scores)

    def _answered(self, u: Floats, answer: Callable[..., Any]) -> Any:
        rows = self.view.rows(u)
        granted = rows[: self.queries - self.spent]
        self.asked.append(granted)
        self.spent += len(granted)
        answers = answer(granted, of=np.zeros(len(granted), dtype=np.intp))
        if len(granted) < len(rows):
            raise Spent
        return answers

    @property
    def best(self) -> tuple[float, float]:
        """The cheapest win in the space, and as asked."""
        return self.view.cheapest(np.concatenate(self.asked)) if self.asked else (np.inf, np.inf)
