"""An anomaly detector that alarms on what principal components do not explain."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from amlsec.catalogue import detector
from amlsec.defenses.detectors.doubts import doubt_carried, doubt_limit, doubt_tails
from amlsec.defenses.detectors.pca_residual_impact import Rotated
from amlsec.defenses.detectors.pca_residual_limit import exponent, q_limit
from amlsec.defenses.detectors.residual import ResidualDetector, dimensions, is_rare, leaves_some
from amlsec.errors import InvalidInput
from amlsec.impact.contract import Model, Question, family
from amlsec.impact.dense import are_tables, are_unweighted, reproducing
from amlsec.threat import Influence, ThreatModel, Violation

_PRECISE = 1e-10
"""Rows whose evidence algebra and training see this much apart, as a share of it, lie too far from 0 for their spread."""


@detector(
    threats=(ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY),),
    references=("lakhina2004diagnosing", "jackson1979control"),
    spaces=("tabular", "traffic"),
)
class PCAResidual(ResidualDetector):
    """Alarms where the squared error of the best k-dimensional picture of a row is above the Q limit.

    The subspace method of Lakhina et al. (2004) for link loads, with the limit of Jackson and Mudholkar (1979). It is the
    victim of chaff that turns the components (Rubinstein et al. 2009); labels play no role in its training. It is an outlier
    detector of scikit-learn's kind: `predict` says -1 of outliers, and 1. `fit` warns (DoubtfulFit) where the rows leave its
    limit or its components in doubt, as broken bins of traffic do.

    Parameters
    ----------
    n_components : k, at least 1 and below the number of columns; None takes 4, or one below the columns where they are fewer
    false_alarm_rate : share of normal rows above the limit, in (0, 0.5]

    Raises
    ------
    InvalidInput : by `fit`, on other settings, or where k components leave no residual at all

    Attributes
    ----------
    mean_ : (d,)
    components_ : orthonormal rows (k, d)
    eigenvalues_ : of the covariance (d,), falling
    limit_ : the squared error that raises an alarm
    offset_ : the score that does, -1
    heavy_tailed_ : whether Box's limit stands in for Jackson and Mudholkar's, whose h is not above 0

    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(500, 1)) * [3.0, 2.0, 1.0] + 0.1 * rng.normal(size=(500, 3))
    >>> PCAResidual(n_components=1).fit(X).predict([[3.0, 2.0, 1.0], [3.0, 2.0, 3.0]])
    array([ 1, -1])
    """

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the components of these rows, at least two of them."""
        rows, k = self._training_rows(X)
        self.mean_ = rows.mean(axis=0)
        centred = rows - self.mean_
        values, vectors = np.linalg.eigh(centred.T @ centred / (len(rows) - 1))
        self.eigenvalues_, self.components_ = np.maximum(values[::-1], 0), vectors.T[::-1][:k]
        residual = self.eigenvalues_[k:]
        if not residual.sum() > len(rows) * np.finfo(float).eps * self.eigenvalues_[0]:
            raise InvalidInput("n_components", k, "must leave a residual; the rows have no more dimensions")
        sums = (residual ** np.array([[1], [2], [3]])).sum(axis=1, keepdims=True)
        self.limit_, h = float(q_limit(sums, self.false_alarm_rate)[0]), float(exponent(sums)[0])
        self.heavy_tailed_ = h <= 0
        doubt_tails(h)
        doubt_carried(centred @ self.components_.T)
        doubt_limit(self._left(rows), self.limit_, self.false_alarm_rate)
        return self


@family.register
def _family(estimator: PCAResidual, question: Question) -> Model | None:
    """By perturbation of the eigenvectors, where the first k + 1 eigenvalues are distinct."""
    if not (are_tables(question) and are_unweighted(question)):
        return None
    columns = question.base.X.shape[1]
    if not (leaves_some(estimator, columns) and is_rare(estimator)):
        return None
    model = Rotated(dimensions(estimator, columns), estimator.false_alarm_rate, question)
    if not model.distinct:
        return None
    return reproducing(model, estimator, question, _PRECISE * (1 + np.abs(model.before)))
