"""LiRA, offline: a row that the model likes better than models do that never saw it was probably trained on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks.log_odds import own_log_odds
from amlsec.budget import QueryBudget
from amlsec.catalogue import membership
from amlsec.data import BENIGN, MALICIOUS, Batch
from amlsec.errors import InvalidInput
from amlsec.impact.refit import evidence, seeded
from amlsec.oracle import Oracle
from amlsec.shadow import Shadow
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation

Floats = NDArray[np.float64]
MANY = 64
"""From so many shadow models on a row has its own variance; with fewer all rows share one (Carlini et al. 2022)."""

SUREST = float(np.log(1e12))
"""Log-odds are cut here, as those of probabilities near 1 are rounding."""

LEAST_SPREAD = 1e-6


@membership(
    code="AML-R02",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.PRIVACY, Specificity.INDISCRIMINATE),
    access=Access.SCORES,
    knowledge=Knowledge.MODEL,
    references=("carlini2022membership",),
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
) -> Floats:
    """Guess which rows were trained on: those the model is surer of than shadow models that never saw them.

    The offline likelihood ratio attack of Carlini et al. (2022): each of `models` shadow models is trained on a random half
    of the shadow's rows, drawn label by label. A row's guess (n,) is how many standard deviations the model's log-odds of
    the row's own label lie above the shadow models' mean, which orders rows as the one-sided Gaussian test does. Each row
    costs one query. The learner is the shadow's; where that is None, logistic regression. The closer it is to the
    model, the more the attack finds. Where the shadow has fewer than two rows of a label no shadow model can be trained: a guess is the log-odds, the order of the loss. Without a query every guess is 0.

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
    if models < 2:
        raise InvalidInput("models", models, "must be at least 2")
    if budget.queries == 0 or not len(rows):
        return np.zeros(len(rows))
    seen = np.clip(own_log_odds(oracle.scores(rows.X, of=np.arange(len(rows))), rows.y), -SUREST, SUREST)
    own = shadow.rows
    if min(np.bincount(own.y, minlength=2)) < 2:
        return seen
    supposed, X, asked = (shadow.learner, own.X, rows.X) if shadow.learner is not None else _usual(own, rows)
    malice = np.array(list(_unseen(supposed, X, asked, own.y, rng, models)))
    return above(seen, np.where(rows.y == MALICIOUS, malice, -malice))


def above(seen: Floats, unseen: Floats) -> Floats:
    """How many standard deviations log-odds (n,) lie above those (models, n) of models that never saw the row.

    With fewer than 64 models all rows share the mean variance.

    >>> above(np.array([3.0, 1.0]), np.array([[0.0, 1.0], [2.0, 3.0]])).round(2)
    array([ 1.41, -0.71])
    """
    variance = unseen.var(axis=0, ddof=1)
    spread = np.sqrt(variance if len(unseen) >= MANY else variance.mean())
    return np.asarray((seen - unseen.mean(axis=0)) / np.maximum(spread, LEAST_SPREAD))


def _unseen(
    learner: Any, X: Any, asked: Any, y: NDArray[np.int64], rng: np.random.Generator, models: int
) -> Iterator[Floats]:
    """The log-odds (n,) of malice of the rows asked about, of one shadow model after another."""
    for seed in rng.integers(2**31, size=models):
        half = _half(y, rng)
        model = seeded(learner, int(seed)).fit(X[half], y[half])
        yield np.clip(evidence(model, asked), -SUREST, SUREST)


def _half(y: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.intp]:
    """Positions of half of the rows of each label."""
    of_label = [np.flatnonzero(y == label) for label in (BENIGN, MALICIOUS)]
    return np.concatenate([rng.choice(at, len(at) // 2, replace=False) for at in of_label])


def _usual(shadow: Batch, rows: Batch) -> tuple[Any, Any, Any]:
    """Logistic regression, and the vectors it takes: texts and tables are mapped once for all shadow models."""
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    if shadow.is_text:
        seen, asked = (HashingVectorizer(n_features=2**16).transform(X) for X in (shadow.X, rows.X))
        used = np.union1d(seen.indices, [0])  # words that no shadow row holds get no weight
        return LogisticRegression(C=10, max_iter=1000), seen[:, used], asked[:, used]
    scaler = StandardScaler().fit(shadow.X)
    return LogisticRegression(max_iter=1000), scaler.transform(shadow.X), scaler.transform(rows.X)
