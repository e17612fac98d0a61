"""Calibrated loss: a row counts by how much surer the model is of it than models that never saw it are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_expit

from amlsec.attacks import halves
from amlsec.attacks.log_odds import asked_once
from amlsec.budget import QueryBudget
from amlsec.catalogue import membership
from amlsec.data import Batch
from amlsec.oracle import Oracle
from amlsec.shadow import Shadow
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation


@membership(
    code="AML-R05",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.PRIVACY, Specificity.INDISCRIMINATE),
    access=Access.SCORES,
    knowledge=Knowledge.MODEL,
    references=("watson2022importance",),
    standards=Standards(("AML.T0024.000",), ("NISTAML.033",), ("ML04",)),
)
def calibrated_loss(
    oracle: Oracle,
    rows: Batch,
    /,
    *,
    shadow: Shadow,
    budget: QueryBudget,
    rng: np.random.Generator,
    models: int = 4,
) -> NDArray[np.float64]:
    """Guess which rows were trained on: those whose loss is less than rows as hard usually cost.

    Difficulty calibration of Watson et al. (2022), equation 3: a row's guess (n,) is the mean loss that `models` models
    give it that were trained on random halves of the shadow's rows, less the model's own. Each row costs one query. The
    learner is the shadow's; where that is None, logistic regression. Where the shadow has fewer than two rows of a label
    a guess is minus the loss. Without a query every guess is 0.

    Raises InvalidInput where `models` is below 2.

    >>> from sklearn.dummy import DummyClassifier
    >>> from amlsec.oracle import fitted
    >>> from amlsec.space.tabular import infer
    >>> own = Batch(np.arange(8.0)[:, None], np.arange(8) % 2)
    >>> sure = fitted(DummyClassifier().fit(own.X[:5], [1, 1, 1, 1, 0]))
    >>> oracle, asked = Oracle(sure, access=Access.SCORES, rows=2, queries=1), own.rows([0, 1])
    >>> shadow, rng = Shadow(own, infer(own.X, ["a"]), DummyClassifier()), np.random.default_rng(0)
    >>> guesses = calibrated_loss(oracle, asked, shadow=shadow, budget=QueryBudget(1), rng=rng)
    >>> guesses.round(2)  # log(0.2 / 0.5), log(0.8 / 0.5)
    array([-0.92,  0.47])
    """
    halves.check_models(models)
    if budget.queries == 0 or not len(rows):
        return np.zeros(len(rows))
    seen, pool = asked_once(oracle, rows), halves.beside(shadow, rows)
    usual = 0.0 if pool is None else log_expit(halves.told(pool, models, rng).outside).mean(axis=0)
    return np.asarray(log_expit(seen) - usual)
