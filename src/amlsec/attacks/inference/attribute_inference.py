"""Attribute inference: the hidden value that is frequent, and with which the model gives the row its known label."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks.hidden_values import by_frequency, one_by_one
from amlsec.budget import QueryBudget
from amlsec.catalogue import inference
from amlsec.data import Batch
from amlsec.oracle import Oracle
from amlsec.shadow import Shadow
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation


@inference(
    code="AML-R20",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.PRIVACY, Specificity.TARGETED),
    access=Access.SCORES,
    knowledge=Knowledge.FEATURES,
    references=("fredrikson2014privacy", "yeom2018privacy", "mehnaz2022sensitive"),
    standards=Standards(("AML.T0024",), ("NISTAML.032",), ("ML03",)),
)
def attribute_inference(
    oracle: Oracle,
    rows: Batch,
    hidden: NDArray[np.intp],
    /,
    *,
    shadow: Shadow,
    budget: QueryBudget,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Guess hidden values: how frequent each is, times the chance that the model gives the row's label with it.

    The attack of Fredrikson et al. (2014), for classifiers as Yeom et al. (2018) state it: frequencies are those of the
    shadow's rows, whatever the known columns say, and the chance is the model's score. With two labels and equal
    frequencies the guess is that of the confidence attack of Mehnaz et al. (2022). Each value of each hidden column
    costs a query a row, see `amlsec.attacks.hidden_values`; without a query each guess is the commonest value.

    Raises InvalidInput where the space is not a table's.

    >>> from amlsec.space.tabular import infer
    >>> class Model:
    ...     def scores(self, X): return 0.1 + 0.8 * X[:, 1]
    >>> rng = np.random.default_rng(0)
    >>> own = Batch(rng.integers(0, 2, (40, 2)).astype(float), rng.integers(0, 2, 40))
    >>> asked = Batch(np.zeros((2, 2)), np.array([0, 1]))
    >>> shadow = Shadow(own, infer(own.X, ["member", "smoker"]))
    >>> oracle = Oracle(Model(), access=Access.SCORES, rows=2, queries=2)
    >>> attribute_inference(oracle, asked, np.array([1]), shadow=shadow, budget=QueryBudget(2), rng=rng)
    array([[0.],
           [1.]])
    """
    return one_by_one(rows.X, hidden, shadow, budget.queries, by_frequency(oracle, rows.y))
