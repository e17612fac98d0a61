"""PAYL on single bytes (Wang and Stolfo, RAID 2004): how far a payload's byte frequencies are from normal ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, OutlierMixin

Floats = NDArray[np.float64]


class PAYL(OutlierMixin, BaseEstimator):  # type: ignore[misc]
    """Sum over byte values of |frequency - mean| / (standard deviation + smoothing); an alarm beyond the threshold.

    The simplified Mahalanobis distance of the paper, on counts (n, 256), one model for all lengths. The threshold lets
    through all but a share `alarms` of the second half of the normal payloads, which the means are not taken from.
    """

    def __init__(self, smoothing: float = 0.001, alarms: float = 0.01) -> None:
        self.smoothing, self.alarms = smoothing, alarms

    def fit(self, X: Floats, y: Any = None) -> PAYL:
        learned, held = frequencies(X[: len(X) // 2]), X[len(X) // 2 :]
        self.mean_, self.spread_ = learned.mean(axis=0), learned.std(axis=0)
        self.threshold_ = float(np.quantile(self.distance(held), 1 - self.alarms))
        return self

    def distance(self, X: Floats) -> Floats:
        """How far payloads (n,) are from normal."""
        apart: Floats = (np.abs(frequencies(X) - self.mean_) / (self.spread_ + self.smoothing)).sum(axis=1)
        return apart

    def decision_function(self, X: Floats) -> Floats:
        return self.threshold_ - self.distance(X)

    def predict(self, X: Floats) -> NDArray[np.int64]:
        return np.where(self.decision_function(X) < 0, -1, 1)


def frequencies(X: Floats) -> Floats:
    return np.asarray(X / np.maximum(X.sum(axis=1, keepdims=True), 1))


def counted(data: bytes, length: int) -> Floats:
    """The byte counts (n, 256) of consecutive pieces of this length; a shorter rest is left out."""
    values = np.frombuffer(data, dtype=np.uint8)
    pieces = values[: len(values) // length * length].reshape(-1, length)
    return np.array([np.bincount(piece, minlength=256) for piece in pieces], dtype=np.float64)
