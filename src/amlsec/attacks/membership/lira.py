"""LiRA, offline: a row that the model likes better than models do that never saw it was probably trained on."""

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
    code="AML-R02",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.PRIVACY, Specificity.INDISCRIMINATE),
    access=Access.SCORES,
    knowledge=Knowledge.MODEL,
    references=("carlini2022membership", "smyth2004linear"),
    standards=Standards(("AML.T0024.000",), ("NISTAML.033",), ("ML04",)),
)
def lira(
    oracle: Oracle,
    rows: Batch,
    /,
    *,
    shadow: Shadow,
    budget: QueryBudget,
    rng: np.random.Generator,
    models: int = 16,
) -> NDArray[np.float64]:
    """Guess which rows were trained on: those the model is surer of than shadow models that never saw them.

    The offline likelihood ratio attack of Carlini et al. (2022): each of `models` shadow models is trained on a random half
    of the shadow's rows, drawn label by label. A row's guess (n,) is how many standard deviations the model's log-odds of
    the row's own label lie above the shadow models' mean, which orders rows as the one-sided Gaussian test does; the
    deviation is the row's own, made steady by what is usual (Smyth 2004). Each row costs one query. The learner is the
    shadow's; where that is None, logistic regression. The closer it is to the model, the more the attack finds.

    For naive Bayes, k nearest neighbours, ridge and logistic regression and linear discriminants, what each shadow model
    would say had it seen the row follows without training, and a guess is the two-sided likelihood ratio.

    Where the shadow has fewer than two rows of a label no shadow model can be trained: a guess is the log-odds, the order
    of the loss. Without a query every guess is 0.

    Raises InvalidInput where `models` is below 2.

    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from amlsec.oracle import Classifier
    >>> from amlsec.space.tabular import infer
    >>> rng = np.random.default_rng(0)
    >>> own, others, more = (Batch(rng.normal(size=(30, 2)), rng.integers(0, 2, 30)) for _ in range(3))
    >>> model = Classifier(DecisionTreeClassifier(random_state=0).fit(own.X, own.y))
    >>> oracle = Oracle(model, access=Access.SCORES, rows=60, queries=1)
    >>> shadow = Shadow(more, infer(more.X, ["a", "b"]), DecisionTreeClassifier())
    >>> guesses = lira(oracle, own + others, shadow=shadow, budget=QueryBudget(1), rng=rng)
    >>> bool(guesses[:30].mean() > guesses[30:].mean())
    True
    """
    halves.check_models(models)
    if budget.queries == 0 or not len(rows):
        return np.zeros(len(rows))
    seen, pool = asked_once(oracle, rows), halves.beside(shadow, rows)
    return seen if pool is None else likelier(seen, halves.told(pool, models, rng))
