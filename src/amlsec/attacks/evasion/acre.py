"""AML-E26: learns of a linear model what a cheapest evasion needs, by verdicts alone."""

from __future__ import annotations

import numpy as np

from amlsec.attacks.linear_weights import by_weights
from amlsec.attacks.lockstep import Search, search
from amlsec.attacks.table_labels import passing
from amlsec.attacks.table_steps import Task
from amlsec.attacks.two_for_one import exchanged, other_values
from amlsec.budget import EvasionBudget
from amlsec.catalogue import evasion
from amlsec.data import Rows
from amlsec.oracle import Oracle
from amlsec.space.contract import Space
from amlsec.space.tabular import tabular
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation


@evasion(
    code="AML-E26",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY, Specificity.TARGETED),
    access=Access.LABELS,
    knowledge=Knowledge.FEATURES,
    spaces=("tabular",),
    references=("lowd2005adversarial",),
    standards=Standards(("AML.T0043.001", "AML.T0040", "AML.T0015"), ("NISTAML.025",), ("ML01",)),
)
def acre(oracle: Oracle, X: Rows, /, *, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Rows:
    """Reverse-engineers just enough of a linear model to pass it at nearly the least cost.

    ACRE learning of Lowd and Meek, "Adversarial learning", KDD 2005: one row that passes is enough, here drawn from the
    space, else one of its examples, its queries counted. Columns that flow: a line search a column tells the weights'
    ratios, the best for their price are moved first, and the result costs at most 1 % over the least
    (`linear_weights.most_queries` is the bound; the box bounds the columns, where the paper's line is endless). Only
    two-valued columns: at most twice the least at equal prices (`two_for_one.most_queries`). Whole numbers, and codes of
    categories as numbers, are measured to within a step. Of a model that is not linear nothing is promised.

    Takes rows (n, d) that do not pass; returns them, each with the cheapest pass seen within the budget, or as it was.
    Raises InvalidInput where the space is not a table's.

    >>> from amlsec.space.tabular import Column, Kind, TabularSpace
    >>> class Plane:
    ...     def labels(self, X): return (X @ [1.0, 3.0] > 2).astype(np.int64)
    ...     def scores(self, X): return X @ [1.0, 3.0] - 2
    >>> space = TabularSpace([Column("links", Kind.NUMERIC, 0, 9), Column("age", Kind.NUMERIC, 0, 9)])
    >>> oracle = Oracle(Plane(), access=Access.LABELS, rows=1, queries=400)
    >>> X, rng = np.array([[1.0, 3.0]]), np.random.default_rng(0)
    >>> acre(oracle, X, space=space, budget=EvasionBudget(9, 400), rng=rng).round(1)
    array([[1. , 0.3]])
    """
    table = tabular(space)
    return search(oracle, X, lambda x, own: _learned(Task(x, table, budget, own)), space=space, budget=budget, rng=rng)


def _learned(task: Task) -> Search:
    lines = (yield from passing(task, np.inf, axes=False)) if len(task.space.changeable) else task.x[None][:0]
    if not len(lines) or not task.cost(lines).min():
        return
    nearest, others = lines[task.cost(lines).argmin()], other_values(task)
    yield from by_weights(task, nearest) if others is None else exchanged(task, others, nearest)
