"""AML-E03: changes a table row until the model lets it pass, led by scores."""

from __future__ import annotations

import numpy as np

from amlsec.attacks.lockstep import search
from amlsec.attacks.table_scores import by_scores
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
    code="AML-E03",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY, Specificity.TARGETED),
    access=Access.SCORES,
    knowledge=Knowledge.FEATURES,
    spaces=("tabular",),
    references=("lowd2005adversarial", "biggio2013evasion"),
    standards=Standards(("AML.T0043.001", "AML.T0040", "AML.T0015"), ("NISTAML.025",), ("ML01",)),
)
def score_search(oracle: Oracle, X: Rows, /, *, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Rows:
    """Changes the columns of a table row that cost least for what they do to the score, until the row passes.

    A coordinate search for any model: probes of equal cost rank the columns, the best are followed towards their bounds
    and towards usual values, and a win is made cheaper by verdicts alone. On a linear score it ends at the cheapest
    change; the line searches by column are those of Lowd and Meek, "Adversarial learning", KDD 2005, section 4.

    Takes rows (n, d) that do not pass; returns them, each with the cheapest change found within the budget, or as it
    was. Raises InvalidInput where the space is not a table's.

    >>> from amlsec.space.tabular import Column, Kind, TabularSpace
    >>> class Stump:
    ...     def labels(self, X): return (X[:, 0] > 2).astype(np.int64)
    ...     def scores(self, X): return X[:, 0]
    >>> space = TabularSpace([Column("links", Kind.INTEGER, 0, 9), Column("age", Kind.NUMERIC, 0, 1)])
    >>> oracle = Oracle(Stump(), access=Access.SCORES, rows=1, queries=200)
    >>> score_search(oracle, np.array([[7.0, 0.5]]), space=space, budget=EvasionBudget(9, 200), rng=np.random.default_rng(0))
    array([[2. , 0.5]])
    """
    table = tabular(space)
    return search(oracle, X, lambda x, own: by_scores(Task(x, table, budget, own)), space=space, budget=budget, rng=rng)
