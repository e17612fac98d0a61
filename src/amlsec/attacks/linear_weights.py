"""What a linear model's weights are to one another, by verdicts alone, and the cheapest pass that follows from them."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks.halving import crossings, halvings
from amlsec.attacks.lockstep import Question, Search, wins
from amlsec.attacks.table_steps import Row, Task
from amlsec.data import Rows

FACTOR = 1.004
"""To what factor each distance is measured; two of them, and the rounding of the edge, stay within 1 %."""
LEVELS = 6
"""How many distances from the edge, each a quarter of the last, are tried to see a weight at all."""
_EDGE = 40


@dataclass(frozen=True, slots=True, eq=False)
class _Pair:
    """Two rows that differ in one column: the one is stopped, the other passes."""

    stopped: Row
    passed: Row
    column: int

    def at(self, value: float) -> Row:
        row = self.stopped.copy()
        row[self.column] = value
        return row


def most_queries(width: int) -> int:
    """The most queries of `by_weights` on a table of so many columns, once a passing row is known.

    The witness, the edge, for each column a look from both sides at each level and one line, and the last line: linear
    in the columns, logarithmic in the precision.

    >>> most_queries(10), most_queries(20)
    (297, 538)
    """
    witness = int(np.ceil(np.log2(max(width, 2))))
    return witness + _EDGE + width * (2 * LEVELS + halvings(FACTOR)) + halvings(FACTOR) + 1


def by_weights(task: Task, passed: Row) -> Search:
    """The cheapest pass of a linear model, from one row that passes."""
    low, high = (task.within(np.full((1, len(task.x)), end), np.inf)[0] for end in (-np.inf, np.inf))
    pair = yield from _edge(task, (yield from _witness(task, passed)))
    worth = yield from _weights(task, pair, low, high)
    target = np.where(worth > 0, high, np.where(worth < 0, low, task.x))
    order = np.argsort(-np.abs(worth), kind="stable")
    total = task.cost(target[None])
    if total[0] > 0 and (yield wins(target[None]))[0]:
        here, there = task.x[None], target[None]
        yield from crossings(lambda cost: task.space.spend(here, there, order, cost), total, FACTOR, won=True)


def _witness(task: Task, passed: Row) -> Generator[Question, Any, _Pair]:
    """Where the verdict turns on the way from the row to the passing one, column after column; those that flow last."""
    grid = task.space.grid
    columns = np.flatnonzero(passed != task.x)
    columns = columns[np.argsort(grid[columns] == 0, kind="stable")]

    def way(many: int) -> Row:
        row = task.x.copy()
        row[columns[:many]] = passed[columns[:many]]
        return row

    low, high = 0, len(columns)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if (yield wins(way(middle)[None]))[0] else (middle, high)
    return _Pair(way(low), way(high), int(columns[low]))


def _edge(task: Task, pair: _Pair) -> Generator[Question, Any, _Pair]:
    """The same two rows, brought together to where the verdict turns."""
    stopped, passed = pair.stopped, pair.passed
    for _ in range(_EDGE):
        middle = pair.at((stopped[pair.column] + passed[pair.column]) / 2)
        middle = task.within(middle[None], np.inf)[0]
        if (middle == stopped).all() or (middle == passed).all():
            break
        won = (yield wins(middle[None]))[0]
        stopped, passed = (stopped, middle) if won else (middle, passed)
    return _Pair(stopped, passed, pair.column)


def _weights(task: Task, edge: _Pair, low: Row, high: Row) -> Generator[Question, Any, Row]:
    """What a unit of cost does to the margin in each column, up to one factor: above 0 where going up lowers it.

    0 for a column that does too little, or that cannot be moved. From a row just stopped a column either reaches a pass
    on its longer side or, from one as near that just passes, a stop; how far away that lies measures its weight.
    """
    worth = np.zeros(len(task.x))
    for level in range(LEVELS):
        gap, pair = _apart(task, edge, (low, high), 0.25**level)
        for from_stopped, start in ((True, pair.stopped), (False, pair.passed)):
            up = high - start >= start - low
            room = np.where(up, high - start, start - low)
            columns = np.flatnonzero((worth == 0) & (room > 0))
            lines = _Lines(task, start, columns, np.where(up, 1.0, -1.0)[columns])
            turned = ((yield wins(lines.rows(room[columns]))) == from_stopped) if len(columns) else np.zeros(0, dtype=bool)
            lines, columns = lines.some(turned), columns[turned]
            if len(columns):
                reach = yield from crossings(lines.rows, room[columns], FACTOR, won=from_stopped)
                sign = lines.way * (1 if from_stopped else -1)
                worth[columns] = sign * gap / (reach * task.space.rate[columns])
    return worth


@dataclass(frozen=True, slots=True, eq=False)
class _Lines:
    """Ways from one row along single columns (m,), up or down."""

    task: Task
    start: Row
    columns: NDArray[np.intp]
    way: NDArray[np.float64]

    def rows(self, far: NDArray[np.float64]) -> Rows:
        rows = np.repeat(self.start[None], len(self.columns), axis=0)
        rows[np.arange(len(self.columns)), self.columns] += self.way * far
        return self.task.within(rows, np.inf)

    def some(self, these: NDArray[np.bool_]) -> _Lines:
        return _Lines(self.task, self.start, self.columns[these], self.way[these])


def _apart(task: Task, edge: _Pair, ends: tuple[Row, Row], share: float) -> tuple[float, _Pair]:
    """A stopped and a passing row, both that share of the room from the edge, and how far that is."""
    j, back, on = edge.column, edge.stopped[edge.column], edge.passed[edge.column]
    way, grid = np.sign(on - back), task.space.grid[edge.column]
    behind, ahead = (back - ends[0][j], ends[1][j] - on) if way > 0 else (ends[1][j] - back, on - ends[0][j])
    moved = share * min(behind, ahead)
    moved = np.floor(moved / grid) * grid if grid else moved
    return moved + abs(on - back) / 2, _Pair(edge.at(back - way * moved), edge.at(on + way * moved), j)
