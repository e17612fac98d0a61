"""Membership by loss: a row the model is sure about was probably trained on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_expit

from amlsec.attacks.log_odds import own_log_odds
from amlsec.budget import QueryBudget
from amlsec.catalogue import membership
from amlsec.data import Batch
from amlsec.oracle import Oracle
from amlsec.shadow import Shadow
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Specificity, ThreatModel, Violation


@membership(
    code="AML-R01",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.PRIVACY, Specificity.INDISCRIMINATE),
    access=Access.SCORES,
    references=("yeom2018privacy",),
    standards=Standards(("AML.T0024.000",), ("NISTAML.033",), ("ML04",)),
)
def membership_by_loss(
    oracle: Oracle, rows: Batch, /, *, shadow: Shadow, budget: QueryBudget, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Guess which rows were trained on: those whose own label costs the model the least.

    Each row costs one query, and its guess (n,) is minus its loss (Yeom et al. 2018, adversary 1). Scores within [0, 1]
    are taken for probabilities of malice and give the log loss, all others for margins around 0 and give the logistic
    loss; either way a guess rises with the evidence for the row's own label. Without a query every guess is 0.

    >>> from amlsec.space.tabular import infer
    >>> class Model:
    ...     def labels(self, X): return (X[:, 0] > 0.5).astype(np.int64)
    ...     def scores(self, X): return X[:, 0]
    >>> oracle = Oracle(Model(), access=Access.SCORES, rows=2, queries=1)
    >>> rows = Batch(np.array([[0.9], [0.6]]), np.array([1, 0]))
    >>> rng = np.random.default_rng(0)
    >>> shadow = Shadow(rows.rows([]), infer(rows.X, ["evidence"]))
    >>> membership_by_loss(oracle, rows, shadow=shadow, budget=QueryBudget(1), rng=rng).round(2)
    array([-0.11, -0.92])
    """
    if budget.queries == 0 or not len(rows):
        return np.zeros(len(rows))
    return np.asarray(log_expit(own_log_odds(oracle.scores(rows.X, of=np.arange(len(rows))), rows.y)))
