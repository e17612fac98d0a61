"""AML-E27: halves the cost on every axis at once until the cheapest pass is known to within 1 %."""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks.halving import SMALLEST, halvings
from amlsec.attacks.lockstep import Question, Search, search, wins
from amlsec.attacks.table_labels import passing
from amlsec.attacks.table_steps import Row, Task
from amlsec.budget import EvasionBudget
from amlsec.catalogue import evasion
from amlsec.data import Rows
from amlsec.oracle import Oracle
from amlsec.space.contract import Space
from amlsec.space.tabular import tabular
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation

FACTOR = 1.01
"""How far the result may be from the least cost."""
Ways = NDArray[np.float64]


@evasion(
    code="AML-E27",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY, Specificity.TARGETED),
    access=Access.LABELS,
    knowledge=Knowledge.FEATURES,
    spaces=("tabular",),
    references=("nelson2012query",),
    standards=Standards(("AML.T0043.001", "AML.T0040", "AML.T0015"), ("NISTAML.025",), ("ML01",)),
)
def multi_line_search(oracle: Oracle, X: Rows, /, *, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Rows:
    """Searches both ways along every column at once for the least cost at which one of them passes.

    The K-step multi-line search of Nelson et al., "Query strategies for evading convex-inducing classifiers", JMLR 13, 2012.
    Where what is stopped is convex, the columns flow and their bounds lie farther than the result, it costs at most 1 % over
    the least, or a millionth of the first passing row; `most_queries` is its bound. The line to that row, drawn from the
    space or one of its examples, is one more way, for where no column alone passes. The search by random walks for a convex
    set of passing rows is left out.

    Takes rows (n, d) that do not pass; returns them, each with the cheapest pass seen within the budget, or as it was.
    Raises InvalidInput where the space is not a table's.

    >>> from amlsec.space.tabular import Column, Kind, TabularSpace
    >>> class Ball:
    ...     def labels(self, X): return ((X**2).sum(axis=1) < 4).astype(np.int64)
    ...     def scores(self, X): return 4 - (X**2).sum(axis=1)
    >>> space = TabularSpace([Column("links", Kind.NUMERIC, -9, 9), Column("age", Kind.NUMERIC, -9, 9)])
    >>> oracle, rng = Oracle(Ball(), access=Access.LABELS, rows=1, queries=200), np.random.default_rng(0)
    >>> multi_line_search(oracle, np.array([[0.5, 0.0]]), space=space, budget=EvasionBudget(9, 200), rng=rng).round(1)
    array([[2., 0.]])
    """
    table = tabular(space)
    return search(oracle, X, lambda x, own: _searched(Task(x, table, budget, own)), space=space, budget=budget, rng=rng)


def most_queries(ways: int) -> int:
    """The most queries along so many ways, once a passing row is known: O(L + sqrt(L) ways), L halvings in all.

    Each round takes K = ceil(sqrt(L)) halvings on one way. Where then no way passes at the cost still stopped, it has
    asked about all, and K halvings are done: at most ceil(L / K) such rounds. Else every way seen stopped there drops
    out, the first one among them: at most ways - 1 such rounds, which in blocks of doubling size ask about at most one
    way more than drop out.

    >>> most_queries(20), most_queries(40)
    (204, 404)
    """
    total = halvings(FACTOR)
    steps = math.ceil(math.sqrt(total))
    return math.ceil(total / steps) * (steps + ways - 1) + (ways - 1) * (steps + 1) + 2 * ways


def _searched(task: Task) -> Search:
    lines = (yield from passing(task, np.inf, axes=False)) if len(task.space.changeable) else task.x[None][:0]
    if not len(lines) or not task.cost(lines).min():
        return
    nearest: Row = lines[task.cost(lines).argmin()]
    high = float(task.cost(nearest[None])[0])
    low, ways, steps = high * SMALLEST, _ways(task, nearest, high), math.ceil(math.sqrt(halvings(FACTOR)))
    while high > low * FACTOR and len(ways):
        stopped, high = yield from _halved(task, ways[0], low, high, steps)
        if stopped == low:
            continue
        ways, passed = yield from _looked(task, ways, stopped)
        low, high = (low, stopped) if passed else (stopped, high)


def _ways(task: Task, nearest: Row, cost: float) -> Ways:
    """What a unit of cost moves (w, d): both ways along every column that can go there, and towards the passing row."""
    ends = [task.within(np.full((1, len(task.x)), end), np.inf)[0] for end in (-np.inf, np.inf)]
    along = [np.diag(np.sign(end - task.x) / task.space.rate) for end in ends]
    axes = np.concatenate(along)
    return np.concatenate([((nearest - task.x) / cost)[None], axes[(axes != 0).any(axis=1)]])


def _halved(task: Task, way: Row, low: float, high: float, steps: int) -> Generator[Question, Any, tuple[float, float]]:
    """After so many halvings along one way: the dearest point on it seen stopped, and the cheapest seen passing."""
    for _ in range(steps):
        middle = math.sqrt(low * high)
        won = (yield wins(_points(task, way[None], middle)))[0]
        low, high = (low, middle) if won else (middle, high)
    return low, high


def _looked(task: Task, ways: Ways, cost: float) -> Generator[Question, Any, tuple[Ways, bool]]:
    """The ways that may pass for less than this cost, the one that passes first, and whether one passes.

    The first way is known to be stopped there; the others are asked about in blocks of 1, 2, 4, ... until one passes.
    """
    asked, size = 1, 1
    while asked < len(ways):
        won = yield wins(_points(task, ways[asked : asked + size], cost))
        if won.any():
            return np.concatenate([ways[asked : asked + size][won], ways[asked + size :]]), True
        asked, size = asked + size, 2 * size
    return ways, False


def _points(task: Task, ways: Ways, cost: float) -> Rows:
    return task.within(task.x + cost * ways, cost)
