"""A search over table rows led by verdicts alone, towards whichever is wanted."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np

from amlsec.attacks.lockstep import Question, Search, wins
from amlsec.attacks.table_steps import Row, Task, cheapen, thinned
from amlsec.data import Rows

_LINES = 24
_TRIES = 12
_STEPS = 12
_LESS = 0.95


def by_labels(task: Task, starts: int = 6) -> Search:
    """The nearest pass on lines along the axes and to random rows, made cheaper; then again from other rows.

    Every other start is looked for within the cost and below the best so far.
    """
    best = np.inf
    for turn in range(starts if len(task.space.changeable) else 0):
        limit = np.inf if turn % 2 == 0 else min(task.budget.cost, best * _LESS)
        lines = yield from passing(task, limit, turn == 0)
        if len(lines):
            near = yield from thinned(task, (yield from nearest(task, lines)))
            found = yield from cheapen(task, near)
            best = min(best, task.cost(found[None])[0])


def passing(task: Task, limit: float, axes: bool) -> Generator[Question, Any, Rows]:
    """Rows of at most this cost that pass; none where no start was found.

    The space's examples are asked about where the first random rows do not pass.
    """
    targets = _axis_ends(task) if axes and not task.few else random_rows(task, limit)
    for turn in range(_TRIES):
        passed: Rows = targets[(yield wins(targets))]
        if len(passed):
            return passed
        targets = random_rows(task, limit) if turn or not len(task.space.examples) else _examples(task, limit)
    return targets[:0]


def _axis_ends(task: Task) -> Rows:
    """Random rows, and the row with one column at its lowest or highest."""
    columns = np.repeat(task.space.changeable, 2)
    ends = np.repeat(task.x[None], len(columns), axis=0)
    ends[np.arange(len(columns)), columns] = np.tile([-np.inf, np.inf], len(columns) // 2)
    ends = task.within(ends, np.inf)
    return np.concatenate([ends[(ends != task.x).any(axis=1)], random_rows(task, np.inf)])


def _examples(task: Task, limit: float) -> Rows:
    """Rows that are known to be benign, as near to them as the cost leads."""
    return task.within(task.rng.permutation(task.space.examples)[:_LINES], limit)


def random_rows(task: Task, limit: float) -> Rows:
    """Rows of the space within the cost, some with few columns changed, some with all; every other one towards a corner.

    Where queries are few, every fourth is made of usual values alone: nothing else passes as often.
    """
    many = max(1, min(_LINES, task.budget.queries // 4))
    rows = task.space.sample(np.repeat(task.x[None], many, axis=0), limit, task.rng)
    ends = task.rng.choice([-np.inf, np.inf], rows.shape)
    if task.few:
        rows[1::4] = task.space.anywhere(np.repeat(task.x[None], len(rows[1::4]), axis=0), task.rng)
    rows[::2] = np.where(rows != task.x, ends, rows)[::2]
    return task.within(rows, limit)


def nearest(task: Task, lines: Rows) -> Generator[Question, Any, Row]:
    """The cheapest pass on any of the lines from the row to these passing rows: all lines halved at the same cost."""
    best: Row = lines[task.cost(lines).argmin()]
    low, high = 0.0, float(task.cost(best[None])[0])
    for _ in range(min(_STEPS, 4 + task.budget.queries // 25)):
        points = task.within(lines, (low + high) / 2)
        passed = yield wins(points)
        if passed.any():
            lines, reached = lines[passed], points[passed]
            best = reached[task.cost(reached).argmin()]
            high = float(task.cost(best[None])[0])
        else:
            low = (low + high) / 2
    return best
