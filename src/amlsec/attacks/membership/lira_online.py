"""LiRA, online: what the model says of a row is held against models that saw the row and models that did not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks import halves
from amlsec.attacks.likelihood_ratio import likelier
from amlsec.attacks.log_odds import asked_once
from amlsec.budget import QueryBudget
from amlsec.catalogue import membership
from amlsec.data import Batch
from amlsec.oracle import Oracle
from amlsec.shadow import Shadow
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation


@membership(
    code="AML-R03",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.PRIVACY, Specificity.INDISCRIMINATE),
    access=Access.SCORES,
    knowledge=Knowledge.MODEL,
    references=("carlini2022membership", "smyth2004linear"),
    standards=Standards(("AML.T0024.000",), ("NISTAML.033",), ("ML04",)),
)
def lira_online(
    oracle: Oracle,
    rows: Batch,
    /,
    *,
    shadow: Shadow,
    budget: QueryBudget,
    rng: np.random.Generator,
    models: int = 16,
) -> NDArray[np.float64]:
    """Guess which rows were trained on by shadow models that are trained on the rows asked about as well.

    The online likelihood ratio attack of Carlini et al. (2022), algorithm 1: each of `models` shadow models is trained on
    a random half of the contents of the shadow's rows and the rows asked about, each two on both halves. A row's guess
    (n,) is how much likelier the model's log-odds of its own label are under the law of models that saw it than under
    that of models that did not. It asks one query a row, trains on at least as many rows as it asks about, and serves all
    of them by the same models; it finds most where the model was trained on about half of all of them.

    The paper has one variance for all rows below 64 models. Here each row has its own from two models on, made steady by
    what is usual (Smyth 2004), or one for all, whichever finds more of what the shadow models were trained on.

    For naive Bayes, k nearest neighbours, ridge and logistic regression and linear discriminants each model also tells
    what it would say of the rows outside its half had it seen them, without training: 4 models then find nearly as much as
    16.

    The learner is the shadow's; where that is None, logistic regression. Where there are fewer than two contents of a
    label a guess is the log-odds, the order of the loss. Equal rows, as where several models are asked, are
    trained on once. Without a query every guess is 0.

    Raises InvalidInput where `models` is below 2.

    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from amlsec.oracle import Classifier
    >>> from amlsec.space.tabular import infer
    >>> rng = np.random.default_rng(0)
    >>> own, others = (Batch(rng.normal(size=(60, 2)), rng.integers(0, 2, 60)) for _ in range(2))
    >>> model = Classifier(KNeighborsClassifier(3).fit(own.X, own.y))
    >>> oracle = Oracle(model, access=Access.SCORES, rows=120, queries=1)
    >>> shadow = Shadow(own.rows([]), infer(own.X, ["a", "b"]), KNeighborsClassifier(3))
    >>> guesses = lira_online(oracle, own + others, shadow=shadow, budget=QueryBudget(1), rng=rng)
    >>> bool(guesses[:60].mean() > guesses[60:].mean())
    True
    """
    halves.check_models(models)
    if budget.queries == 0 or not len(rows):
        return np.zeros(len(rows))
    seen, pool = asked_once(oracle, rows), halves.among(shadow, rows)
    return seen if pool is None else likelier(seen, halves.told(pool, models, rng))
