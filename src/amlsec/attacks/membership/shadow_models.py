"""Shadow models: for each label an attack model learns what models say of rows that they were and were not trained on."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks import halves
from amlsec.attacks.log_odds import asked_once
from amlsec.budget import QueryBudget
from amlsec.catalogue import membership
from amlsec.data import Batch
from amlsec.oracle import Oracle
from amlsec.shadow import Shadow
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation

Floats = NDArray[np.float64]


@membership(
    code="AML-R06",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.PRIVACY, Specificity.INDISCRIMINATE),
    access=Access.SCORES,
    knowledge=Knowledge.MODEL,
    references=("shokri2017membership",),
    standards=Standards(("AML.T0024.000",), ("NISTAML.033",), ("ML04",)),
)
def shadow_models(
    oracle: Oracle,
    rows: Batch,
    /,
    *,
    shadow: Shadow,
    budget: QueryBudget,
    rng: np.random.Generator,
    models: int = 8,
) -> Floats:
    """Guess which rows were trained on by what a second model learnt of the answers of shadow models.

    Shokri et al. (2017), section V: `models` shadow models are trained on random halves of the shadow's rows and asked
    about all of these. For each label an attack model learns from the answers which rows were in the half; a row's guess
    (n,) is its log-odds that the row was. With two labels all that a model says of a row is one number: its log-odds of
    the row's own label, of which the attack model is a logistic regression on cubic splines. Each row costs one query.

    The learner is the shadow's; where that is None, logistic regression. Where the shadow has fewer than two rows of a
    label a guess is the log-odds, the order of the loss. Without a query every guess is 0.

    Raises InvalidInput where `models` is below 2.

    >>> from sklearn.feature_extraction.text import CountVectorizer
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from amlsec.data import texts
    >>> from amlsec.oracle import fitted
    >>> from amlsec.space.text import TextSpace
    >>> mails = Batch(texts([f"word{k} word{k * k % 97}" for k in range(120)]), np.arange(120) // 3 % 2)
    >>> learner, asked = make_pipeline(CountVectorizer(), LogisticRegression(C=100)), mails.rows(slice(40))
    >>> model = fitted(learner.fit(asked.X[:20], asked.y[:20]))
    >>> oracle = Oracle(model, access=Access.SCORES, rows=40, queries=1)
    >>> shadow, rng = Shadow(mails.rows(slice(40, 120)), TextSpace([]), learner), np.random.default_rng(0)
    >>> guesses = shadow_models(oracle, asked, shadow=shadow, budget=QueryBudget(1), rng=rng)
    >>> bool(guesses[:20].mean() > guesses[20:].mean())
    True
    """
    halves.check_models(models)
    if budget.queries == 0 or not len(rows):
        return np.zeros(len(rows))
    seen, pool = asked_once(oracle, rows), halves.own(shadow)
    if pool is None:
        return seen
    said, guesses = halves.trained(pool, models, rng), np.empty(len(rows))
    for label in (0, 1):
        inside, outside = (part[:, shadow.rows.y == label] for part in said)
        guesses[rows.y == label] = _learnt(inside[~np.isnan(inside)], outside[~np.isnan(outside)], seen[rows.y == label])
    return guesses


def _learnt(inside: Floats, outside: Floats, seen: Floats) -> Floats:
    """The log-odds (n,) that log-odds (n,) are those of a row inside."""
    told = np.concatenate([inside, outside])
    if not len(seen) or np.ptp(told) == 0:
        return np.zeros(len(seen))
    y = np.repeat([1, 0], [len(inside), len(outside)])
    return np.asarray(_attack_model().fit(told[:, None], y).decision_function(seen[:, None]))


def _attack_model() -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import SplineTransformer

    return make_pipeline(SplineTransformer(n_knots=8, extrapolation="linear"), LogisticRegression(max_iter=1000))
