"""An anomaly detector that alarms on what principal components do not explain."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, OutlierMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from amlsec.defenses.detectors.pca_residual_impact import Rotated
from amlsec.defenses.detectors.pca_residual_limit import exponent, q_limit
from amlsec.errors import InvalidInput
from amlsec.impact.contract import Model, Question, family
from amlsec.impact.dense import are_tables, are_unweighted, reproducing

Floats = NDArray[np.float64]
_PRECISE = 1e-10
"""Rows whose evidence algebra and training see this much apart, as a share of it, lie too far from 0 for their spread."""


class PCAResidual(OutlierMixin, BaseEstimator):  # type: ignore[misc]
    """Alarms where the squared error of the best k-dimensional picture of a row is above the Q limit.

    The subspace method of Lakhina et al. (2004) for link loads, with the limit of Jackson and Mudholkar (1979). It is the
    victim of chaff that turns the components (Rubinstein et al. 2009); labels play no role in its training. It is an outlier
    detector of scikit-learn's kind: `predict` says -1 of outliers, and 1.

    Parameters
    ----------
    n_components : k, at least 1 and below the number of columns
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
    heavy_tailed_ : whether Box's limit stands in for Jackson and Mudholkar's, whose h is not above 0

    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(500, 1)) * [3.0, 2.0, 1.0] + 0.1 * rng.normal(size=(500, 3))
    >>> PCAResidual(n_components=1).fit(X).predict([[3.0, 2.0, 1.0], [3.0, 2.0, 3.0]])
    array([ 1, -1])
    """

    def __init__(self, *, n_components: int = 4, false_alarm_rate: float = 0.001) -> None:
        self.n_components = n_components
        self.false_alarm_rate = false_alarm_rate

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the components of these rows, at least two of them."""
        X = validate_data(self, X, dtype=np.float64, ensure_min_samples=2, ensure_min_features=2)
        _check(self, X.shape[1])
        self.mean_ = X.mean(axis=0)
        centred = X - self.mean_
        values, vectors = np.linalg.eigh(centred.T @ centred / (len(X) - 1))
        self.eigenvalues_, self.components_ = np.maximum(values[::-1], 0), vectors.T[::-1][: self.n_components]
        residual = self.eigenvalues_[self.n_components :]
        if not residual.sum() > len(X) * np.finfo(float).eps * self.eigenvalues_[0]:
            raise InvalidInput("n_components", self.n_components, "must leave a residual; the rows have no more dimensions")
        sums = (residual ** np.array([[1], [2], [3]])).sum(axis=1, keepdims=True)
        self.limit_, self.heavy_tailed_ = float(q_limit(sums, self.false_alarm_rate)[0]), bool(exponent(sums)[0] <= 0)
        return self

    def squared_error(self, X: Any) -> Floats:
        """Squared length of what the components leave of each row (n,)."""
        check_is_fitted(self)
        centred = validate_data(self, X, dtype=np.float64, reset=False) - self.mean_
        rest = centred - centred @ self.components_.T @ self.components_
        return np.asarray((rest**2).sum(axis=1))

    def decision_function(self, X: Any) -> Floats:
        """1 - squared error / limit (n,); below 0 is an alarm."""
        return 1 - self.squared_error(X) / self.limit_

    def predict(self, X: Any) -> NDArray[np.int64]:
        """-1 for an alarm, else 1 (n,)."""
        return np.where(self.decision_function(X) < 0, -1, 1)


@family.register
def _family(estimator: PCAResidual, question: Question) -> Model | None:
    """By perturbation of the eigenvectors, where the first k + 1 eigenvalues are distinct."""
    if not (are_tables(question) and are_unweighted(question)):
        return None
    if not (_leaves_some(estimator, question.base.X.shape[1]) and _is_rare(estimator)):
        return None
    model = Rotated(estimator.n_components, estimator.false_alarm_rate, question)
    if not model.distinct:
        return None
    return reproducing(model, estimator, question, _PRECISE * (1 + np.abs(model.before)))


def _check(estimator: PCAResidual, columns: int) -> None:
    if not _leaves_some(estimator, columns):
        raise InvalidInput("n_components", estimator.n_components, f"must lie in 1..{columns - 1}, below the columns")
    if not _is_rare(estimator):
        raise InvalidInput("false_alarm_rate", estimator.false_alarm_rate, "must lie in (0, 0.5]")


def _leaves_some(estimator: PCAResidual, columns: int) -> bool:
    return 1 <= estimator.n_components < columns


def _is_rare(estimator: PCAResidual) -> bool:
    return 0 < estimator.false_alarm_rate <= 0.5
