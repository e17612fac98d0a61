"""From the base's optimum to the optimum with one more row: a proximal step along the row, then corrections."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from amlsec.impact.certified.bounds import distance, quick_drift, sharp_drift
from amlsec.impact.certified.losses import Drift
from amlsec.impact.certified.metric import Metric, Rows
from amlsec.impact.contract import Floats
from amlsec.impact.units import Positions

_LEAST_BALL = 1e-9


class Step(NamedTuple):
    """Where k models stand: changed by H^-1 (S'beta + the unit's rows times gamma).

    Attributes
    ----------
    beta : (k, n0)
    gamma : (k, r), r the rows of a unit
    error : how far (k,) the optimum can be, in the metric; infinite where nothing is known
    reach : how far (k,) the optimum can be from the base's, in the metric
    """

    beta: Floats
    gamma: Floats
    error: Floats
    reach: Floats

    def take(self, which: Positions) -> Step:
        """Those of these units."""
        return Step(*(column[which] for column in self))


class _Place(NamedTuple):
    """A point to correct: S'beta, if any, and the row times its pull; and how that moves the base's margins, and its own."""

    beta: Floats | None
    pull: Floats
    change: Floats
    own: Floats


def first(metric: Metric, rows: Rows) -> Step:
    """The proximal step of each row alone, corrected once.

    The step is the minimiser of the row's loss and the base's quadratic model. What this model leaves out of the true
    gradient is S'r, with `r = c (loss'(m + d) - loss'(m)) - D d` for the change d of the base's margins.
    """
    pull = metric.loss.pull(rows.margin, rows.length, rows.weight)
    return _corrected(metric, rows, _Place(None, pull, pull[:, None] * rows.products, rows.length * pull), quick_drift)


def further(metric: Metric, rows: Rows, step: Step) -> Step:
    """The same once more, from where a correction led."""
    pull = step.gamma[:, 0]
    change = metric.spread(step.beta) + pull[:, None] * rows.products
    own = np.einsum("ij,ij->i", rows.products, step.beta) + rows.length * pull
    return _corrected(metric, rows, _Place(step.beta, pull, change, own), sharp_drift)


def _corrected(metric: Metric, rows: Rows, at: _Place, drift: Callable[..., Drift]) -> Step:
    """The minimiser of the quadratic model with what it left out at the present step made good.

    The model's Hessian is at least H, so that the new step is no further from the present one than the dual length of
    the model's gradient here; and over that stretch the residual grows by at most `most` times its length.
    """
    margin = metric.margin + at.change
    slope, curvature = metric.loss.derivatives(margin)
    residual = _residual(metric, slope, at.change)
    better, unsolved = _pulled(metric, rows, residual)
    there = metric.dual_length(residual)
    turned = there if at.beta is None else metric.dual_length(residual + at.beta)
    length = turned + _unmet(metric, rows, at.pull, at.own) + unsolved + metric.residue
    ball = 2 * length + _LEAST_BALL
    most, least = drift(metric, margin, curvature, ball)
    error = distance(most * length + unsolved + metric.residue, least, ball - length)
    reach = np.abs(better) * np.sqrt(rows.length) + there + error
    return Step(np.negative(residual, out=residual), better[:, None], error, reach)


def _residual(metric: Metric, slope: Floats, change: Floats) -> Floats:
    """What the quadratic model leaves out (k, n0) of the slopes; takes the place of the slopes."""
    slope *= metric.weight
    slope -= metric.slope
    slope -= metric.curvature * change
    return slope


def _pulled(metric: Metric, rows: Rows, residual: Floats) -> tuple[Floats, Floats]:
    """The row's pull once the base's rows have changed theirs, and the length of what rounding leaves unsolved."""
    moved = -np.einsum("ij,ij->i", rows.products, residual)
    pull = metric.loss.pull(rows.margin + moved, rows.length, rows.weight)
    return pull, _unmet(metric, rows, pull, moved + rows.length * pull)


def _unmet(metric: Metric, rows: Rows, pull: Floats, own: Floats) -> Floats:
    """The length (k,) of the gradient along the row, whose margin has changed by `own`."""
    slope = metric.loss.derivatives(rows.margin + own).slope
    return np.asarray(np.abs(pull + rows.weight * slope) * np.sqrt(rows.length))
