"""ANTIDOTE: principal components and a limit that chaff in under half of the rows turns and lifts little."""

from __future__ import annotations

from typing import Any, Self

from amlsec.catalogue import detector
from amlsec.defenses.detectors.doubts import doubt_limit
from amlsec.defenses.detectors.laplace_limit import laplace_limit
from amlsec.defenses.detectors.pca_grid import pca_grid
from amlsec.defenses.detectors.residual import ResidualDetector
from amlsec.defenses.detectors.spatial_median import spatial_median
from amlsec.errors import InvalidInput
from amlsec.threat import Influence, ThreatModel, Violation

_ROUNDING = 1e-12
"""A part of a row that is smaller than this share of it is rounding."""


@detector(
    threats=(ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY), ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY)),
    references=("rubinstein2009antidote", "croux2007algorithms"),
    spaces=("tabular", "traffic"),
)
class Antidote(ResidualDetector):
    """Alarms where the squared error of a robust k-dimensional picture of a row is above a robust limit.

    Rubinstein et al. (2009): PCA-GRID of Croux et al. (2007) around the spatial median finds the components, and a Laplace
    distribution fitted by median and median absolute deviation to the training rows' squared errors gives the limit. Chaff
    that is in fewer than half of the rows turns and lifts these far less than principal components and their Q limit; chaff
    in half of the rows is as good as normal to it. `fit` warns (DoubtfulFit) where far more of the training rows alarm than
    `false_alarm_rate` says, as on traffic whose errors have heavier tails than Laplace's: compare it with other detectors
    at equal false alarms, not at equal settings. It is an outlier detector of scikit-learn's kind.

    Parameters
    ----------
    n_components : k, at least 1 and below the number of columns; None takes 4, or one below the columns where they are fewer
    false_alarm_rate : share of normal rows above the limit, in (0, 0.5]

    Raises
    ------
    InvalidInput : by `fit`, on other settings, or where more than half of the rows lie in k - 1 dimensions or have one error

    Attributes
    ----------
    mean_ : the spatial median (d,)
    components_ : orthonormal rows (k, d)
    spread_ : robust standard deviation along each (k,), falling
    limit_ : the squared error that raises an alarm
    offset_ : the score that does, -1

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(500, 1)) * [3.0, 2.0, 1.0] + 0.1 * rng.normal(size=(500, 3))
    >>> X[:100] = [0.0, 0.0, 50.0]
    >>> import warnings
    >>> with warnings.catch_warnings(action="ignore"):  # it warns that a fifth of the rows alarm
    ...     model = Antidote(n_components=1).fit(X)
    >>> model.predict([[3.0, 2.0, 1.0], [3.0, 2.0, 3.0]])
    array([ 1, -1])
    """

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn components and limit of these rows, two at least; labels play no role."""
        rows, k = self._training_rows(X)
        if len(rows) <= k:
            raise InvalidInput("X", f"{len(rows)} rows", f"must have more rows than the {k} components")
        self.mean_ = spatial_median(rows)
        self.components_, self.spread_ = pca_grid(rows - self.mean_, k)
        self._check_spread()
        errors = self._left(rows)
        errors[errors <= _ROUNDING**2 * ((rows - self.mean_) ** 2).sum(axis=1)] = 0.0
        self.limit_ = laplace_limit(errors, self.false_alarm_rate)
        doubt_limit(errors, self.limit_, self.false_alarm_rate)
        return self

    def _check_spread(self) -> None:
        flat = int((self.spread_ > _ROUNDING * self.spread_[0]).sum())
        if flat < len(self.spread_):
            rule = f"must be at most {flat}, as more than half of the rows lie in so few dimensions; drop repeated rows"
            raise InvalidInput("n_components", len(self.spread_), rule)
