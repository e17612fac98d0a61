"""Models that an attacker trains himself: on his own rows, or on what the model he copies answered."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Batch, Rows
from amlsec.errors import ModelFailed
from amlsec.impact.refit import evidence, seeded
from amlsec.oracle import Classifier, Model
from amlsec.shadow import Shadow


class Constant:
    """Says the same of every row: what is all that one label teaches.

    >>> Constant(1).labels(np.zeros((2, 3)))
    array([1, 1])
    """

    def __init__(self, label: int) -> None:
        self.label = label

    def labels(self, X: Rows, /) -> NDArray[np.int64]:
        return np.full(len(X), self.label, dtype=np.int64)

    def scores(self, X: Rows, /) -> NDArray[np.float64]:
        return np.full(len(X), float(self.label))

    def evidence(self, X: Rows, /) -> NDArray[np.float64]:
        return np.zeros(len(X))


class Trained(Classifier):
    """A classifier that he trained."""

    def evidence(self, X: Rows, /) -> NDArray[np.float64]:
        """Of malice (n,), around 0."""
        return evidence(self.estimator, X) if len(X) else np.zeros(0)


def labelled(X: Rows, verdicts: NDArray[np.float64], beside: Batch) -> Batch:
    """Rows (n, ...) with the verdicts (n,) on them, and other rows with their labels."""
    return Batch(np.concatenate([X, beside.X]), np.concatenate([verdicts.astype(np.int64), beside.y]))


def taught(learner: Any, rows: Batch, rng: np.random.Generator) -> Trained | Constant:
    """The learner trained on rows; where it cannot be, the verdict that most of them have, benign where there are none.

    A learner that fits and then cannot judge a row, as k-NN of fewer rows than k, cannot be trained either.

    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> rows = Batch(np.array([[0.0], [1.0], [2.0]]), np.array([0, 1, 1]))
    >>> taught(KNeighborsClassifier(5), rows, np.random.default_rng(0)).labels(rows.X)
    array([1, 1, 1])
    """
    seed, usual = int(rng.integers(2**31)), int(rows.y.sum() * 2 > len(rows))
    if len(np.unique(rows.y)) < 2:
        return Constant(usual)
    try:
        copy = Trained(seeded(learner, seed).fit(rows.X, rows.y))
        copy.labels(rows.X[:1])
    except (ValueError, ModelFailed):
        return Constant(usual)
    return copy


def without_a_question(shadow: Shadow, rng: np.random.Generator) -> Model:
    """What he has without asking: the learner, or the usual one, trained on his own rows."""
    learner = shadow.learner if shadow.learner is not None else linear(shadow.rows.is_text)
    return taught(learner, shadow.rows, rng)


def linear(is_text: bool) -> Any:
    """An unfitted logistic regression on standardised columns, or on the TF-IDF of texts."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    first = TfidfVectorizer(sublinear_tf=True) if is_text else StandardScaler()
    return make_pipeline(first, LogisticRegression(C=10, max_iter=1000))
