"""Weighted inference: what the known columns say of a hidden value, weighed with what the model says."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks.hidden_values import likeliest, one_by_one
from amlsec.budget import QueryBudget
from amlsec.catalogue import inference
from amlsec.data import Batch, Rows
from amlsec.imputation import Levels, chances, known_of
from amlsec.oracle import Oracle
from amlsec.shadow import Shadow
from amlsec.space.tabular import tabular
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation


@inference(
    code="AML-R21",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.PRIVACY, Specificity.TARGETED),
    access=Access.SCORES,
    knowledge=Knowledge.FEATURES,
    references=("jayaraman2022attribute", "fredrikson2014privacy"),
    standards=Standards(("AML.T0024",), ("NISTAML.032",), ("ML03",)),
)
def weighted_inference(
    oracle: Oracle,
    rows: Batch,
    hidden: NDArray[np.intp],
    /,
    *,
    shadow: Shadow,
    budget: QueryBudget,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Guess hidden values: how likely the known columns make each, times the chance of the row's label with it.

    By Bayes' theorem the chance of a value given a row's known columns and label; the first factor is learnt from the
    shadow's rows without their labels (`amlsec.imputation.chances`), the second is the model's score. Where the shadow's
    rows say all there is to say, nothing better can be done with answers to one row alone: in the manner of the weighted
    attacks of Jayaraman and Evans (2022), who hold every such attack against imputation. Each value of each hidden
    column costs a query a row, see `amlsec.attacks.hidden_values`; without a query each guess is the commonest value.

    Raises InvalidInput where the space is not a table's.

    >>> from amlsec.space.tabular import infer
    >>> class Model:
    ...     def scores(self, X): return 0.5 + 0.4 * X[:, 1]
    >>> rng = np.random.default_rng(0)
    >>> X = rng.integers(0, 2, (60, 1)).astype(float)
    >>> own = Batch(np.hstack([X, X]), rng.integers(0, 2, 60))  # the known column says it all
    >>> asked = Batch(np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([1, 1]))
    >>> shadow = Shadow(own, infer(own.X, ["member", "smoker"]))
    >>> oracle = Oracle(Model(), access=Access.SCORES, rows=2, queries=2)
    >>> weighted_inference(oracle, asked, np.array([1]), shadow=shadow, budget=QueryBudget(2), rng=rng)
    array([[0.],
           [1.]])
    """
    named = tabular(shadow.space).columns
    columns, own = known_of(named, shadow.rows, hidden, label=False)
    asked = known_of(named, rows, hidden, label=False)[1]

    def read(X: Rows, j: int, tried: Levels) -> NDArray[np.float64]:
        prior = chances(columns, own, shadow.rows.X[:, j], asked, tried)
        return likeliest(oracle, rows.y, X, j, tried, prior)

    return one_by_one(rows.X, hidden, shadow, budget.queries, read)
