"""AML-E43: makes a row look like one that is known to be benign."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np

from amlsec.attacks.lockstep import Question, Search, search, wins
from amlsec.attacks.table_labels import nearest
from amlsec.attacks.table_steps import Task, cheapen, thinned
from amlsec.budget import EvasionBudget
from amlsec.catalogue import evasion
from amlsec.data import Rows
from amlsec.oracle import Oracle
from amlsec.space.contract import Space
from amlsec.space.tabular import tabular
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation

_STAND_INS = 30
_DEVELOPED = 4


@evasion(
    code="AML-E43",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY, Specificity.TARGETED),
    access=Access.LABELS,
    knowledge=Knowledge.FEATURES,
    spaces=("tabular",),
    references=("srndic2014practical",),
    standards=Standards(("AML.T0043.001", "AML.T0040", "AML.T0015"), ("NISTAML.025",), ("ML01",)),
)
def mimicry(oracle: Oracle, X: Rows, /, *, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Rows:
    """Takes over from benign rows all that the space lets the row take over, and keeps the cheapest disguise that passes.

    Šrndić and Laskov, "Practical evasion of a learning-based classifier", IEEE S&P 2014, mimicry: each malicious document is
    given the features of several benign ones, where it can have them, and the best is handed in. The models are the space's
    examples, those first that cost least to imitate; where it has none, rows of usual values stand in. Each disguise that
    passes is then worn as little as passes: part of the way, without the columns that can be spared.

    Takes rows (n, d) that do not pass; returns them, each as the cheapest disguise found within the budget, or as it was.
    Raises InvalidInput where the space is not a table's.

    >>> from amlsec.space.tabular import Column, Kind, May, TabularSpace
    >>> class Stump:
    ...     def labels(self, X): return (X[:, 0] < 4).astype(np.int64)
    ...     def scores(self, X): return -X[:, 0]
    >>> columns = [Column("pages", Kind.INTEGER, 0, 99, may=May.UP), Column("scripts", Kind.INTEGER, 0, 9, may=May.UP)]
    >>> space = TabularSpace(columns, examples=np.array([[30.0, 0.0], [12.0, 1.0]]))
    >>> oracle, budget = Oracle(Stump(), access=Access.LABELS, rows=1, queries=99), EvasionBudget(20, 99)
    >>> mimicry(oracle, np.array([[1.0, 3.0]]), space=space, budget=budget, rng=np.random.default_rng(0))
    array([[4., 3.]])
    """
    table = tabular(space)
    return search(oracle, X, lambda x, own: _disguised(Task(x, table, budget, own)), space=space, budget=budget, rng=rng)


def _disguised(task: Task) -> Search:
    passed = yield from _passing(task)
    if not len(passed):
        return
    best = yield from thinned(task, (yield from nearest(task, passed)))
    for row in passed[np.argsort(task.cost(passed), kind="stable")][:_DEVELOPED]:
        best = min(best, (yield from thinned(task, row)), key=lambda worn: task.cost(worn[None])[0])
    yield from cheapen(task, best)


def _passing(task: Task) -> Generator[Question, Any, Rows]:
    """Disguises that pass: whole ones at any cost, and as much of them as the budget pays."""
    models = task.within(_models(task), np.inf)
    models = models[np.argsort(task.cost(models), kind="stable")][: max(1, task.budget.queries // 4)]
    worn = task.within(models, task.budget.cost)
    rows = np.unique(np.concatenate([worn, models]), axis=0)
    rows = rows[(rows != task.x).any(axis=1)]
    passed: Rows = rows[(yield wins(rows))] if len(rows) else rows
    return passed


def _models(task: Task) -> Rows:
    if len(task.space.examples):
        return task.space.examples
    return task.space.anywhere(np.repeat(task.x[None], _STAND_INS, axis=0), task.rng)
