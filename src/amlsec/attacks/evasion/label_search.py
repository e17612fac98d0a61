"""AML-E04: changes a table row until the model lets it pass, led by verdicts alone."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np

from amlsec.attacks.lockstep import Question, Search, search, wins
from amlsec.attacks.table_steps import Row, Task, cheapen
from amlsec.budget import EvasionBudget
from amlsec.catalogue import evasion
from amlsec.data import Rows
from amlsec.oracle import Oracle
from amlsec.space.contract import Space
from amlsec.space.tabular import tabular
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation

_LINES = 24
_STARTS = 40
_RESTARTS = 4
_STEPS = 12


@evasion(
    code="AML-E04",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY, Specificity.TARGETED),
    access=Access.LABELS,
    knowledge=Knowledge.FEATURES,
    spaces=("tabular",),
    references=("nelson2012query", "brendel2018decision"),
)
def label_search(oracle: Oracle, X: Rows, /, *, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Rows:
    """Starts from any row that passes and walks along the boundary back towards the row in hand, by verdicts alone.

    The start is the multi-line search of Nelson et al., "Query strategies for evading convex-inducing classifiers",
    JMLR 13, 2012, algorithm 1, along the axes and towards random rows of the space; the walk trades one column's change
    for another's, as Brendel et al., "Decision-based adversarial attacks", ICLR 2018, do with steps along the boundary.

    Takes rows (n, d) that do not pass; returns them, each with the cheapest change found within the budget, or as it
    was where no passing row was met. Raises InvalidInput where the space is not a table's.

    >>> from amlsec.space.tabular import Column, Kind, TabularSpace
    >>> class Stump:
    ...     def labels(self, X): return (X[:, 0] > 2).astype(np.int64)
    ...     def scores(self, X): return X[:, 0]
    >>> space = TabularSpace([Column("links", Kind.INTEGER, 0, 9), Column("age", Kind.NUMERIC, 0, 1)])
    >>> oracle = Oracle(Stump(), access=Access.LABELS, rows=1, queries=200)
    >>> label_search(oracle, np.array([[7.0, 0.5]]), space=space, budget=EvasionBudget(9, 200), rng=np.random.default_rng(0))
    array([[2. , 0.5]])
    """
    table = tabular(space)
    return search(oracle, X, lambda x, own: _by_labels(Task(x, table, budget, own)), space=space, budget=budget, rng=rng)


def _by_labels(task: Task) -> Search:
    for turn in range(_RESTARTS if len(task.space.changeable) else 0):
        lines = yield from _passing(task, axes=turn == 0)
        if not len(lines):
            return
        nearest = yield from _nearest(task, lines)
        yield from cheapen(task, nearest)


def _passing(task: Task, axes: bool) -> Generator[Question, Any, Rows]:
    """Rows that pass, at any cost; none where a start was not found."""
    targets = _axis_ends(task) if axes and task.budget.queries >= 8 * len(task.x) else _random_rows(task)
    for _ in range(_STARTS):
        passed: Rows = targets[(yield wins(targets))]
        if len(passed):
            return passed
        targets = _random_rows(task)
    return targets[:0]


def _axis_ends(task: Task) -> Rows:
    """Random rows, and the row with one column at its lowest or highest."""
    columns = np.repeat(task.space.changeable, 2)
    ends = np.repeat(task.x[None], len(columns), axis=0)
    ends[np.arange(len(columns)), columns] = np.tile([-np.inf, np.inf], len(columns) // 2)
    ends = task.within(ends, np.inf)
    return np.concatenate([ends[(ends != task.x).any(axis=1)], _random_rows(task)])


def _random_rows(task: Task) -> Rows:
    """Rows of the space, some with few columns changed, some with all; every other one in a corner."""
    many = max(1, min(_LINES, task.budget.queries // 4))
    rows = task.space.sample(np.repeat(task.x[None], many, axis=0), np.inf, task.rng)
    ends = task.rng.choice([-np.inf, np.inf], rows.shape)
    rows[::2] = np.where(rows != task.x, ends, rows)[::2]
    return task.within(rows, np.inf)


def _nearest(task: Task, lines: Rows) -> Generator[Question, Any, Row]:
    """The cheapest pass on any of the lines from the row to these passing rows: all lines halved at the same cost."""
    best: Row = lines[task.cost(lines).argmin()]
    low, high = 0.0, float(task.cost(best[None])[0])
    for _ in range(_STEPS):
        points = task.within(lines, (low + high) / 2)
        passed = yield wins(points)
        if passed.any():
            lines, reached = lines[passed], points[passed]
            best = reached[task.cost(reached).argmin()]
            high = float(task.cost(best[None])[0])
        else:
            low = (low + high) / 2
    return best
