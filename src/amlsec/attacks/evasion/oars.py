"""AML-E37: searches with queries just unlike enough for a guard that remembers them."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np

from amlsec.attacks.lockstep import Question, Search, search, wins
from amlsec.attacks.table_labels import by_labels
from amlsec.attacks.table_moves import moved
from amlsec.attacks.table_steps import Row, Task
from amlsec.budget import EvasionBudget
from amlsec.catalogue import evasion
from amlsec.data import Rows
from amlsec.oracle import Oracle
from amlsec.space.contract import Space
from amlsec.space.tabular import tabular
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation

_SIZES = 2.0 ** np.arange(-8, 1)
"""How far the moved columns are moved, in units of cost."""
_VARIANTS, _LATE = 14, 4
_AT_ONCE = 2
_ENOUGH = 100
"""Questions after the first win: a guard that remembers more of them may no longer let the won row pass."""


@evasion(
    code="AML-E37",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY, Specificity.TARGETED),
    access=Access.LABELS,
    knowledge=Knowledge.FEATURES,
    spaces=("tabular",),
    references=("feng2023stateful",),
    standards=Standards(("AML.T0043.001", "AML.T0040", "AML.T0015"), ("NISTAML.025",), ("ML01",)),
)
def oars(oracle: Oracle, X: Rows, /, *, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Rows:
    """Learns how unlike queries must be for a guard that remembers them, then searches with queries that unlike.

    The attack of Feng et al., "Stateful defenses for machine learning models are not yet secure against black-box attacks",
    CCS 2023, for tables. A stranger's row far from the boundary passes, and variants of it go on passing until there are
    too many alike. Halving finds the least random move at which the last of 14 variants still pass. Then the search of
    `label_search` is run with every row it asks about moved by that much, mostly in columns where moves are cheap; where
    that does not win, the move is learned again, and at least doubled. Soon after its first win it falls silent: what a
    guard has seen since then it may hold against the won row.

    The moves are paid for, so that this finds no cheaper changes than `label_search` does where nobody remembers.

    Takes rows (n, d) that do not pass; returns them, each with the cheapest change found within the budget, or as it was.
    Raises InvalidInput where the space is not a table's.

    >>> from amlsec.space.tabular import Column, Kind, TabularSpace
    >>> class Stump:
    ...     def labels(self, X): return (X[:, 0] > 2).astype(np.int64)
    ...     def scores(self, X): return X[:, 0]
    >>> space = TabularSpace([Column("links", Kind.NUMERIC, 0, 9), Column("age", Kind.NUMERIC, 0, 9)])
    >>> oracle = Oracle(Stump(), access=Access.LABELS, rows=1, queries=300)
    >>> changed = oars(oracle, np.array([[7.0, 5]]), space=space, budget=EvasionBudget(6, 300), rng=np.random.default_rng(0))
    >>> bool(changed[0, 0] <= 2)
    True
    """
    table = tabular(space)
    return search(oracle, X, lambda x, own: _spaced(Task(x, table, budget, own)), space=space, budget=budget, rng=rng)


def _spaced(task: Task) -> Search:
    """What move queries must make, learned from a row that passes; a search with such moves; again until it has won.

    A guard that has seen more asks for larger moves: each time the move at least doubles.
    """
    won, size = not len(task.space.changeable), 0.0
    while not won:
        start = yield from _stranger(task)
        size = min(max(2 * size, (yield from _least_size(task, start))), _SIZES[-1])
        paid = task.cost(moved(task, np.repeat(task.x[None], _VARIANTS, axis=0), size)).mean()
        still = by_labels(task.limited_to(max(task.budget.cost - paid, 0.0)), starts=1)
        won = yield from _moving(task, still, size)


def _moving(task: Task, search: Search, size: float) -> Generator[Question, Any, bool]:
    """The same search, every row it asks about moved, and whether it has won; some questions after that it falls silent.

    The row in hand, it is told, does not pass however it is moved.
    """
    passed, after = None, 0
    while after < _ENOUGH:
        try:
            rows = search.send(passed).rows
        except StopIteration:
            break
        tried = moved(task, rows, size)
        passed = yield wins(tried)
        after += len(rows) if after or (passed & (task.cost(tried) <= task.budget.cost)).any() else 0
        passed = passed & (rows != task.x).any(axis=1)
    return after > 0


def _stranger(task: Task) -> Generator[Question, Any, Row]:
    """A random row that passes."""
    while True:
        rows = task.space.anywhere(task.like(np.empty((_AT_ONCE, len(task.x)))), task.rng)
        passed = yield wins(rows)
        if passed.any():
            found: Row = rows[passed.argmax()]
            return found


def _least_size(task: Task, start: Row) -> Generator[Question, Any, float]:
    """The least size of move at which late variants of the row pass as early ones do; the largest where none does."""
    low, high = -1, len(_SIZES) - 1
    while high - low > 1:
        middle = (low + high) // 2
        passed = yield wins(moved(task, np.repeat(start[None], _VARIANTS, axis=0), _SIZES[middle]))
        if passed[-_LATE:].mean() >= passed[:_LATE].mean() / 2 and passed[-_LATE:].any():
            high = middle
        else:
            low = middle
    return float(_SIZES[high])
