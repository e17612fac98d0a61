"""Median of means: linear models of parts of the rows, and the point in their middle."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from amlsec.catalogue import learner
from amlsec.defenses.detectors.spatial_median import spatial_median
from amlsec.defenses.learners.linear_features import TwoSided, linear_features, signs
from amlsec.defenses.learners.parts import contents, dealt, digests, labelled_rows, members
from amlsec.errors import InvalidInput
from amlsec.threat import Influence, ThreatModel, Violation


@learner(
    threats=(
        ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY),
        ThreatModel(Influence.CAUSATIVE, Violation.AVAILABILITY),
    ),
    references=("minsker2015geometric",),
)
class MedianOfMeans(TwoSided):
    """Takes the geometric median of the coefficients of logistic regressions, one for each part of the rows (Minsker 2015).

    As long as fewer than half of the parts hold poison, the median stays near the models of the others: within
    (1 - a) / sqrt(1 - 2a) of the radius of a ball that holds those, a being the share of the parts with poison. That is
    few rows where they spread over the parts; a keyed hash of a row's content decides its part, so that an attacker cannot
    choose. It bounds coefficients and gives no certificate for verdicts, which the partition ensemble does. The price on
    clean rows is that every model has seen a 1/`partitions` of them, and is shrunk the more by its penalty.

    `X` is texts (n,), a table (n, d), or a sparse matrix (n, d); see `linear_features` for what is made of it. The features
    are learned from all rows: medians and document frequencies, which few rows move little.

    Parameters
    ----------
    partitions : number of parts, at least 1; those with one class are passed over
    C : inverse strength of the penalty, above 0
    key : 1 to 64 bytes that key the hash

    Attributes
    ----------
    classes_ : the two labels, in ascending order
    coef_, intercept_ : of the median (1, d) and (1,)
    models_ : the logistic regressions

    Raises InvalidInput where a setting is out of range, `y` does not match `X` or has not two classes, or every part has
    but one class.

    >>> rng = np.random.default_rng(0)
    >>> y = np.arange(300) % 2
    >>> X = rng.normal(3.0 * y[:, None], 1.0, (300, 2))
    >>> X[:6], y[:6] = 40.0, 0
    >>> round(MedianOfMeans(partitions=15).fit(X, y).score(X[6:], y[6:]), 2)
    0.97
    """

    def __init__(self, *, partitions: int = 15, C: float = 1.0, key: bytes = b"amlsec") -> None:
        self.partitions = partitions
        self.C = C
        self.key = key

    def fit(self, X: Any, y: NDArray[Any], /) -> Self:
        """Fit one model to each part; the order of the rows makes no difference but for rounding."""
        if not self.C > 0:
            raise InvalidInput("C", self.C, "must be above 0")
        rows, labels = labelled_rows(X, y)
        self.classes_, sign = signs(labels)
        hashes = digests(contents(rows), self.key)
        parts = members(dealt(hashes, self.partitions), np.lexsort((labels, hashes)))
        both = [own for own in parts.values() if len(np.unique(sign[own])) == 2]
        if not both:
            raise InvalidInput("partitions", self.partitions, "must leave a part with both classes")
        self.features_ = linear_features(rows).fit(rows)
        F = self.features_.transform(rows)
        self.models_ = [LogisticRegression(C=self.C, max_iter=1000).fit(F[own], sign[own]) for own in both]
        middle = spatial_median(np.array([np.append(model.coef_, model.intercept_) for model in self.models_]))
        self.coef_, self.intercept_ = middle[None, :-1], middle[-1:]
        return self

    def _values(self, F: Any) -> NDArray[np.float64]:
        return np.asarray(F @ self.coef_[0] + self.intercept_[0])
