"""What detectors of unexplained error share."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, OutlierMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from amlsec.errors import InvalidInput

Floats = NDArray[np.float64]
USUAL = 4
_LEAST, _MOST = 1e-30, 1e30
"""Products of eight such sizes, as the Q limit has, are numbers."""


class ResidualDetector(OutlierMixin, BaseEstimator):  # type: ignore[misc]
    """Alarms where the squared error of the best k-dimensional picture of a row is above a limit; `fit` is the child's.

    It sets `mean_` (d,), `components_` (k, d), `limit_` and `offset_`.
    """

    mean_: Floats
    components_: Floats
    limit_: float

    def __init__(self, *, n_components: int | None = None, false_alarm_rate: float = 0.001) -> None:
        self.n_components = n_components
        self.false_alarm_rate = false_alarm_rate

    def squared_error(self, X: Any) -> Floats:
        """Squared length of what the components leave of each row (n,)."""
        check_is_fitted(self)
        return self._left(validate_data(self, X, dtype=np.float64, reset=False))

    def score_samples(self, X: Any) -> Floats:
        """Minus the squared error, in limits (n,); below -1 is an alarm."""
        return -self.squared_error(X) / self.limit_

    def decision_function(self, X: Any) -> Floats:
        """1 - squared error / limit (n,); below 0 is an alarm."""
        return self.score_samples(X) + 1

    def predict(self, X: Any) -> NDArray[np.int64]:
        """-1 for an alarm, else 1 (n,)."""
        return np.where(self.decision_function(X) < 0, -1, 1)

    def _left(self, X: Floats) -> Floats:
        centred = X - self.mean_
        rest = centred - centred @ self.components_.T @ self.components_
        return np.asarray((rest**2).sum(axis=1))

    def _training_rows(self, X: Any) -> tuple[Floats, int]:
        """The rows (n, d), two at least, and k; raises InvalidInput where a setting is wrong."""
        rows = validate_data(self, X, dtype=np.float64, ensure_min_samples=2, ensure_min_features=2)
        if not leaves_some(self, rows.shape[1]):
            rule = f"must lie in 1..{rows.shape[1] - 1}, below the columns"
            raise InvalidInput("n_components", self.n_components, rule)
        if not is_rare(self):
            raise InvalidInput("false_alarm_rate", self.false_alarm_rate, "must lie in (0, 0.5]")
        _check_size(rows)
        self.offset_ = -1.0
        return rows, dimensions(self, rows.shape[1])


def _check_size(rows: Floats) -> None:
    """Raises InvalidInput where squares of the rows, or of how they differ, are past all computing."""
    largest = float(np.abs(rows).max())
    if largest > _MOST or 0 < np.ptp(rows, axis=0).max() < _LEAST:
        rule = f"must be at most {_MOST:g}, and differ by {_LEAST:g} at least; take another unit"
        raise InvalidInput("X", f"of cells up to {largest:.3g}", rule)


def dimensions(detector: ResidualDetector, columns: int) -> int:
    """k: what was asked for, else 4, or one below the columns where they are fewer."""
    return min(USUAL, columns - 1) if detector.n_components is None else detector.n_components


def leaves_some(detector: ResidualDetector, columns: int) -> bool:
    """Whether k components of so many columns leave some."""
    return 1 <= dimensions(detector, columns) < columns


def is_rare(detector: ResidualDetector) -> bool:
    """Whether the false alarm rate is one."""
    return 0 < detector.false_alarm_rate <= 0.5
