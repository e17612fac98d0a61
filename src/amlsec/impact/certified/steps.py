"""From the base's optimum to the optimum with one more row: a proximal step along the row, then corrections."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from amlsec.impact.certified.bounds import distance, drift, dual_length
from amlsec.impact.certified.geometry import Metric, Rows
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


def first(metric: Metric, rows: Rows) -> Step:
    """The proximal step of each row alone, corrected once.

    The step is the minimiser of the row's loss and the base's quadratic model. What this model leaves out of the true
    gradient is S'r, with `r = c (loss'(m + d) - loss'(m)) - D d` for the change d of the base's margins.
    """
    pull = metric.loss.pull(rows.margin, rows.length, rows.weight)
    return _corrected(metric, rows, np.zeros((1, len(metric.margin))), pull, pull[:, None] * rows.products)


def second(metric: Metric, rows: Rows, step: Step) -> Step:
    """The same once more, from where the first correction led."""
    pull = step.gamma[:, 0]
    return _corrected(metric, rows, step.beta, pull, metric.spread(step.beta) + pull[:, None] * rows.products)


def _corrected(metric: Metric, rows: Rows, beta: Floats, pull: Floats, change: Floats) -> Step:
    """The minimiser of the quadratic model with what it left out at the present step made good.

    Both models have Hessians of at least H, so that the new step is no further from the present one than the dual length
    of the difference of their gradients; and over that stretch the residual grows by at most `most` times its length.
    """
    margin = metric.margin + change
    slope, curvature = metric.loss.derivatives(margin)
    residual = metric.weight * slope - metric.slope - metric.curvature * change
    better, unsolved = _pulled(metric, rows, -residual)
    here = np.abs(pull + _row_slope(metric, rows, beta, pull)) * np.sqrt(rows.length)
    length = dual_length(metric, beta + residual) + here + unsolved + metric.residue
    ball = 2 * length + _LEAST_BALL
    drifts = drift(metric, margin, curvature, ball)
    left = drifts.most * length + unsolved + metric.residue
    error = distance(left, drifts.least, ball - length)
    return Step(
        -residual, better[:, None], error, np.abs(pull) * np.sqrt(rows.length) + dual_length(metric, beta) + 2 * length
    )


def _pulled(metric: Metric, rows: Rows, beta: Floats) -> tuple[Floats, Floats]:
    """The row's pull once the base's rows have changed theirs, and the dual length of what rounding leaves unsolved."""
    margin = rows.margin + np.einsum("ij,ij->i", rows.products, beta)
    pull = metric.loss.pull(margin, rows.length, rows.weight)
    return pull, np.abs(pull + _row_slope(metric, rows, beta, pull)) * np.sqrt(rows.length)


def _row_slope(metric: Metric, rows: Rows, beta: Floats, pull: Floats) -> Floats:
    change = np.einsum("ij,ij->i", rows.products, np.broadcast_to(beta, rows.products.shape))
    return rows.weight * metric.loss.derivatives(rows.margin + change + rows.length * pull).slope
