"""AML-E49: trains models of its own on the verdicts it gets, attacks those, and tries what deceives them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks.lockstep import Search, search, wins
from amlsec.attacks.substitutes import LineThrough, Trees
from amlsec.attacks.table_labels import by_labels, random_rows
from amlsec.attacks.table_steps import Row, Task, cheapen, thinned
from amlsec.budget import EvasionBudget
from amlsec.catalogue import evasion
from amlsec.data import Rows
from amlsec.oracle import Oracle
from amlsec.space.contract import Space
from amlsec.space.tabular import tabular
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation

_TURNS = 8
_TRIES = 16
"""At most so many a row and turn: substitutes learn more from new crossings than from more points around the old ones."""


@evasion(
    code="AML-E49",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY, Specificity.TARGETED),
    access=Access.LABELS,
    knowledge=Knowledge.FEATURES,
    spaces=("tabular",),
    references=("papernot2017practical",),
    standards=Standards(("AML.T0005.001", "AML.T0043.002", "AML.T0015"), ("NISTAML.025",), ("ML01",)),
)
def substitute_transfer(
    oracle: Oracle, X: Rows, /, *, space: Space, budget: EvasionBudget, rng: np.random.Generator
) -> Rows:
    """Trains substitutes on the verdicts about all rows, attacks them, and tries on the model what deceives them.

    Papernot et al., "Practical black-box attacks against machine learning", ASIACCS 2017, with what a table needs: the
    substitutes are a logistic regression, crossed by its cheapest way, and a random forest, whose leaves are searched;
    the rows that each round asks about, and learns from, are those crossings and points on the way to the best pass so
    far, in place of steps along the Jacobian's sign. Up to half of the queries go into rounds of that, all rows learning
    from one another's; the rest makes each row's pass cheaper by verdicts alone, or looks for a first one.

    Takes rows (n, d) that do not pass; returns them, each with the cheapest change found within the budget, or as it
    was. Raises InvalidInput where the space is not a table's.

    >>> from amlsec.space.tabular import Column, Kind, TabularSpace
    >>> class Stump:
    ...     def labels(self, X): return (X[:, 0] > 2).astype(np.int64)
    ...     def scores(self, X): return X[:, 0]
    >>> space = TabularSpace([Column("links", Kind.INTEGER, 0, 9), Column("age", Kind.NUMERIC, 0, 1)])
    >>> oracle = Oracle(Stump(), access=Access.LABELS, rows=1, queries=200)
    >>> X, rng = np.array([[7.0, 0.5]]), np.random.default_rng(0)
    >>> substitute_transfer(oracle, X, space=space, budget=EvasionBudget(9, 200), rng=rng)
    array([[2. , 0.5]])
    """
    table = tabular(space)
    tasks = [Task(x, table, budget, own) for x, own in zip(X, rng.spawn(len(X)), strict=True)]
    asked = _Asked(oracle, tasks)
    turns = min(_TURNS, max(4, budget.queries // 100))
    many = min(budget.queries // (2 * turns), _TRIES)
    if budget.cost and many and len(X) and len(table.changeable):
        for turn in range(turns):
            asked.about(asked.tries(many, rng) if turn else [random_rows(task, np.inf)[:many] for task in tasks])
    at = iter(asked.best)
    return search(
        oracle, X, lambda x, own: _cheapened(Task(x, table, budget, own), next(at)), space=space, budget=budget, rng=rng
    )


def _cheapened(task: Task, best: Row | None) -> Search:
    if best is None:
        yield from by_labels(task)
    elif (yield wins(best[None]))[0]:
        yield from cheapen(task, (yield from thinned(task, best)))
        yield from by_labels(task)


@dataclass(slots=True, eq=False)
class _Asked:
    """What was asked for all rows, and each one's cheapest pass so far."""

    oracle: Oracle
    tasks: list[Task]
    rows: list[Rows] = field(init=False)
    stopped: list[NDArray[np.bool_]] = field(init=False)
    best: list[Row | None] = field(init=False)

    def __post_init__(self) -> None:
        self.rows = [task.x[None] for task in self.tasks]
        self.stopped = [np.ones(1, dtype=bool) for _ in self.tasks]
        self.best = [None] * len(self.tasks)

    def about(self, tries: list[Rows]) -> None:
        """Ask about these rows, each list in place of its own row, and remember."""
        of = np.repeat(np.arange(len(tries)), [len(rows) for rows in tries])
        joined = np.concatenate(tries)
        stopped = self.oracle.labels(joined, of=of) != self.oracle.wanted
        self.rows.append(joined)
        self.stopped.append(stopped)
        for i, task in enumerate(self.tasks):
            self.best[i] = _cheapest(task, self.best[i], joined[(of == i) & ~stopped])

    def tries(self, many: int, rng: np.random.Generator) -> list[Rows]:
        """For each row at most so many tries: ways across the substitutes, and points towards the best pass."""
        rows, stopped = np.concatenate(self.rows), np.concatenate(self.stopped)
        ways: list[list[Rows]] = [[] for _ in self.tasks]
        if 0 < stopped.sum() < len(stopped):
            space, X = self.tasks[0].space, np.stack([task.x for task in self.tasks])
            for substitute in (Trees(space, rows, stopped, rng), LineThrough(space, rows, stopped)):
                for own, found in zip(ways, substitute.ways(X, max(1, many // 3)), strict=True):
                    own.append(found)
        return [self._completed(i, found, many) for i, found in enumerate(ways)]

    def _completed(self, i: int, ways: list[Rows], many: int) -> Rows:
        task, best = self.tasks[i], self.best[i]
        fill = random_rows(task, np.inf) if best is None else np.stack(list(_towards(task, best, many)))
        return np.concatenate([*ways, fill])[:many]


def _towards(task: Task, best: Row, many: int) -> Iterator[Row]:
    """Some of the changes of the best pass, each as it is, in part, or not at all."""
    for _ in range(many):
        share = task.rng.choice([0.0, 0.5, 1.0], len(best), p=[0.3, 0.2, 0.5])
        yield task.within((task.x + share * (best - task.x))[None], np.inf)[0]


def _cheapest(task: Task, best: Row | None, passed: Rows) -> Row | None:
    rows = passed if best is None else np.concatenate([passed, best[None]])
    return rows[task.cost(rows).argmin()] if len(rows) else None
