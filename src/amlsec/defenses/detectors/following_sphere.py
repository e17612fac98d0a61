"""A sphere about a centre: what lies outside is an alarm, and what lies inside may move the centre."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, OutlierMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from amlsec.centroid.memory import Memory, Rule, remembered
from amlsec.errors import InvalidInput

Floats = NDArray[np.float64]


class FollowingSphere(OutlierMixin, BaseEstimator, ABC):  # type: ignore[misc]
    """An outlier detector that learns from the rows it accepts, one after another, where `_may_become` lets it.

    Its subclasses say what its parameters `rule`, `radius` and `false_alarm_rate` are.
    """

    rule: Rule
    radius: float | None
    false_alarm_rate: float

    def fit(self, X: Any, y: Any = None) -> Self:
        """Take the mean of these rows, known to be good, as the centre; they are the n rows it rests on."""
        X = validate_data(self, X, dtype=np.float64)
        self._check()
        self.memory_ = remembered(X)
        self.radius_ = quantile_radius(X, self.false_alarm_rate) if self.radius is None else float(self.radius)
        if not 0 < self.radius_ < np.inf:
            rule = (
                f"must be given: the {len(X)} sample(s) are too much alike, or too far apart, to have one above 0 from them"
            )
            raise InvalidInput("radius", self.radius, rule)
        self.enrolled_, self.offset_ = X.copy(), -self.radius_
        self.learned_, self.refused_ = 0, 0
        return self

    def partial_fit(self, X: Any, y: Any = None) -> Self:
        """Learn from those of these rows that are accepted when their turn comes; as `fit`, where nothing is learned yet."""
        if not hasattr(self, "memory_"):
            return self.fit(X)
        for row in validate_data(self, X, dtype=np.float64, reset=False):
            if distances(row[None], self.memory_.centre)[0] <= self.radius_:
                self._offer(row)
        return self

    def distance(self, X: Any) -> Floats:
        """From the centre (n,), in the rows' own units."""
        check_is_fitted(self)
        rows = validate_data(self, X, dtype=np.float64, reset=False)
        return distances(rows, self.memory_.centre)

    def score_samples(self, X: Any) -> Floats:
        """Minus the distance (n,)."""
        return -self.distance(X)

    def decision_function(self, X: Any) -> Floats:
        """Radius - distance (n,); below 0 is an alarm."""
        return self.score_samples(X) - self.offset_

    def predict(self, X: Any) -> NDArray[np.int64]:
        """-1 for an alarm, else 1 (n,)."""
        return np.where(self.decision_function(X) < 0, -1, 1)

    def _offer(self, row: Floats) -> None:
        """An accepted row is learned, unless the centre may not go where it would take it."""
        learned = self.rule(self.memory_, row)
        allowed = self._may_become(learned)
        self.memory_ = learned if allowed else self.memory_
        self.learned_ += allowed
        self.refused_ += not allowed

    @abstractmethod
    def _may_become(self, memory: Memory) -> bool:
        """Whether the defense lets the memory become this one."""

    def _check(self) -> None:
        if self.radius is not None and not self.radius > 0:
            raise InvalidInput("radius", self.radius, "must be above 0, or None for one by the rate of false alarms")
        if not 0 <= self.false_alarm_rate < 1:
            raise InvalidInput("false_alarm_rate", self.false_alarm_rate, "must lie in [0, 1)")


def distances(rows: Floats, centre: Floats) -> Floats:
    """Of each row (n, d) from the centre (d,): (n,)."""
    return np.asarray(np.linalg.norm(rows - centre, axis=1))


def quantile_radius(X: Floats, false_alarm_rate: float) -> float:
    """The least distance from the mean of these rows (n, d) that at most this share of them exceeds.

    >>> quantile_radius(np.array([[-1.0], [1.0], [-3.0], [3.0]]), 0.5)
    1.0
    """
    ordered = np.sort(distances(X, X.mean(axis=0)))
    return float(ordered[len(X) - 1 - int(false_alarm_rate * len(X) + 1e-9)])
