"""How far a point is from the optimum, proved from the gradient that is left there.

Lengths are in the metric H of the base's optimum, those of gradients in its dual.
"""

from __future__ import annotations

import numpy as np

from amlsec.impact.certified.losses import Drift
from amlsec.impact.certified.metric import Metric
from amlsec.impact.contract import Floats

_FINE = 0.02  # a drift from which on sharper bounds are worth their time
_BIG = (0.03, 0.1, 0.3)  # a relative change from which on a row is counted by its length
_RARE = 0.05  # the same, where the lengths of such rows together are worked out
_STEADY = 0.01  # a least curvature that need not be known better


def quick_drift(metric: Metric, margin: Floats, curvature: Floats, ball: Floats) -> Drift:
    """The drift within balls (k,) around points with these margins and curvatures (k, n0) of the base's rows."""
    most, least = metric.loss.drift(metric.optimal, margin, curvature, ball)
    return Drift(most, np.maximum(least, metric.floor))


def sharp_drift(metric: Metric, margin: Floats, curvature: Floats, ball: Floats) -> Drift:
    """The same, sharper where it is not small."""
    most, least = quick_drift(metric, margin, curvature, ball)
    rough = np.flatnonzero(most > _FINE)
    if len(rough):
        lost, changed = _changes(metric, margin[rough], curvature[rough], metric.weight, ball[rough])
        most[rough] = np.minimum(most[rough], _largest(metric, changed))
        least[rough] = np.maximum(least[rough], 1.0 - _largest(metric, lost))
    return Drift(most, least)


def least_curvature(metric: Metric, margin: Floats, curvature: Floats, weight: Floats, ball: Floats) -> Floats:
    """The drift's `least` alone, with weights (k, n0) or (1, n0) of the base's rows; as sharp as needed to be sure of it."""
    lost, _ = _changes(metric, margin, curvature, weight, ball)
    least = 1.0 - _largest(metric, lost)
    for k in np.flatnonzero(least < _STEADY):
        least[k] = max(least[k], 1.0 - _largest_of(metric, lost[k]))
    return np.maximum(least, metric.floor)


def distance(left: Floats, least: Floats, ball: Floats | float) -> Floats:
    """How far (k,) the optimum can be, where it must lie in the ball; infinite where that is not shown.

    A convex function whose Hessian is at least `least` H along the first stretch of length `ball` towards its optimum, and
    whose gradient has the dual length `left`, has it within left / least, if that is less than the ball.
    """
    return np.asarray(np.divide(left, least, out=np.full(len(left), np.inf), where=(least > 0) & (left / ball < least)))


def _changes(metric: Metric, margin: Floats, curvature: Floats, weight: Floats, ball: Floats) -> tuple[Floats, Floats]:
    """How much (k, n0) each row's curvature can lose, and change, against the base's optimum."""
    low, high = metric.loss.range(margin, curvature, ball[:, None] * metric.radius)
    lost = np.maximum(metric.curvature - weight * low, 0.0)
    return lost, np.maximum(weight * high - metric.curvature, lost)


def _largest(metric: Metric, change: Floats) -> Floats:
    """A bound (k,) on S' change S against H.

    Rows that change by a large factor are counted by the change times their squared length, so that few such rows are
    small however much they change; the others together by the largest factor.
    """
    factor, counted = change * metric.stiffness, change * metric.radius**2
    best = np.minimum(factor.max(axis=1), counted.sum(axis=1))
    for limit in _BIG:
        big = factor > limit
        best = np.minimum(best, np.where(big, 0.0, factor).max(axis=1) + (counted * big).sum(axis=1))
    return np.asarray(best)


def _largest_of(metric: Metric, change: Floats) -> float:
    """The same for one unit (n0,), with the rows that change by a large factor taken together: their largest eigenvalue."""
    factor = change * metric.stiffness
    big = np.flatnonzero(factor > _RARE)
    together = metric.heaviest(big, change[big]) if len(big) else 0.0
    return together + float(np.delete(factor, big).max(initial=0.0))
