"""Loss by class: the model's sureness of a row is held against rows of the same label that models never saw."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

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
    code="AML-R04",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.PRIVACY, Specificity.INDISCRIMINATE),
    access=Access.SCORES,
    knowledge=Knowledge.MODEL,
    references=("song2021systematic",),
    standards=Standards(("AML.T0024.000",), ("NISTAML.033",), ("ML04",)),
)
def loss_by_class(
    oracle: Oracle,
    rows: Batch,
    /,
    *,
    shadow: Shadow,
    budget: QueryBudget,
    rng: np.random.Generator,
    models: int = 4,
) -> Floats:
    """Guess which rows were trained on by a threshold for each label, learnt from shadow models.

    Song and Mittal (2021), section 3.2: a model may be surer of all rows of one label than of the other's, so each has a
    threshold of its own. `models` models trained on random halves of the shadow's rows are asked about the other
    halves; a row's guess (n,) is the share of those of its label that their models are less sure of than the model is of
    it, so that any threshold takes the same share of unseen rows of either label. Rows above, or between, the same ones
    stand in the order of their loss. With two labels their modified entropy orders rows as the loss does.

    Each row costs one query. The learner is the shadow's; where that is None, logistic regression. Where the shadow has
    fewer than two rows of a label a guess is the log-odds, the order of the loss. Without a query every guess is 0.

    Raises InvalidInput where `models` is below 2.

    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from amlsec.oracle import fitted
    >>> from amlsec.space.tabular import infer
    >>> own = Batch(np.arange(40.0)[:, None], np.arange(40) % 2)
    >>> seen, new = (Batch(at + np.arange(40.0)[:, None], np.arange(40) // 20) for at in (0.2, 0.6))
    >>> like = KNeighborsClassifier(3)
    >>> oracle = Oracle(fitted(KNeighborsClassifier(3).fit(seen.X, seen.y)), access=Access.SCORES, rows=80, queries=1)
    >>> shadow, rng = Shadow(own, infer(own.X, ["a"]), like), np.random.default_rng(0)
    >>> guesses = loss_by_class(oracle, seen + new, shadow=shadow, budget=QueryBudget(1), rng=rng)
    >>> bool(guesses[:40].mean() >= guesses[40:].mean())
    True
    """
    halves.check_models(models)
    if budget.queries == 0 or not len(rows):
        return np.zeros(len(rows))
    seen, pool = asked_once(oracle, rows), halves.own(shadow)
    if pool is None:
        return seen
    outside, guesses = halves.told(pool, models, rng).outside, np.empty(len(rows))
    for label in (0, 1):
        unseen = outside[:, shadow.rows.y == label]
        guesses[rows.y == label] = share_below(seen[rows.y == label], unseen[~np.isnan(unseen)])
    return guesses


def share_below(seen: Floats, unseen: Floats) -> Floats:
    """The share (n,) of m unseen values below each, and within 1 / m more by its own height where that is the same.

    >>> share_below(np.array([-9.0, 1.0, 2.0, 9.0]), np.array([0.0, 1.0, 3.0])).round(2)
    array([0.  , 0.58, 0.96, 1.33])
    """
    below = np.searchsorted(np.sort(unseen), seen)
    return np.asarray((below + expit(seen)) / len(unseen))
