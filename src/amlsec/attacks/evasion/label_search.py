"""AML-E04: changes a table row until the model lets it pass, led by verdicts alone."""

from __future__ import annotations

import numpy as np

from amlsec.attacks.lockstep import search
from amlsec.attacks.table_labels import by_labels
from amlsec.attacks.table_steps import Task
from amlsec.budget import EvasionBudget
from amlsec.catalogue import evasion
from amlsec.data import Rows
from amlsec.oracle import Oracle
from amlsec.space.contract import Space
from amlsec.space.tabular import tabular
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation


@evasion(
    code="AML-E04",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY, Specificity.TARGETED),
    access=Access.LABELS,
    knowledge=Knowledge.FEATURES,
    spaces=("tabular",),
    references=("nelson2012query", "brendel2018decision"),
    standards=Standards(("AML.T0043.001", "AML.T0040", "AML.T0015"), ("NISTAML.025",), ("ML01",)),
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
    return search(oracle, X, lambda x, own: by_labels(Task(x, table, budget, own)), space=space, budget=budget, rng=rng)
