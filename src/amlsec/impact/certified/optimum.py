"""The optimum of a penalised linear model, to rounding."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from amlsec.impact.certified.losses import Loss
from amlsec.impact.contract import Floats

_STEPS = 200
_HALVINGS = 40
_CLOSE = 1e-5  # of a Newton step's length from which on it must at least halve, or rounding has taken over
_LEAST_CURVATURE = 1e-12


def primal_optimum(loss: Loss, rows: Floats, weight: Floats, penalty: Floats) -> Floats:
    """The weights (d,) that minimise `1/2 sum penalty w^2 + sum weight loss(rows w)`, by damped Newton steps.

    >>> from amlsec.impact.certified.losses import SquaredHinge
    >>> primal_optimum(SquaredHinge(), np.array([[1.0]]), np.array([1.0]), np.array([1.0])).round(6)
    array([0.666667])
    """

    def objective(w: Floats) -> float:
        return float(0.5 * (penalty * w) @ w + weight @ loss.value(rows @ w))

    def step(w: Floats) -> tuple[Floats, float]:
        slope, curvature = loss.derivatives(rows @ w)
        gradient = penalty * w + (weight * slope) @ rows
        hessian = (rows.T * (weight * np.maximum(curvature, _LEAST_CURVATURE))) @ rows + np.diag(penalty)
        change = -cho_solve(cho_factor(hessian, lower=True, overwrite_a=True), gradient)
        return change, float(-gradient @ change)

    return _newton(np.zeros(rows.shape[1]), objective, step)


def dual_optimum(loss: Loss, gram: Floats, weight: Floats, constant: Floats) -> tuple[Floats, float]:
    """The same for rows known by their products (n, n): weights S'a, and the intercept; `constant` is 0 or the signs."""
    n = len(weight)

    def margins(at: Floats) -> Floats:
        return np.asarray(gram @ at[:n] + constant * at[n])

    def objective(at: Floats) -> float:
        return float(0.5 * at[:n] @ gram @ at[:n] + weight @ loss.value(margins(at)))

    def step(at: Floats) -> tuple[Floats, float]:
        margin = margins(at)
        slope, curvature = loss.derivatives(margin)
        curvature = weight * np.maximum(curvature, _LEAST_CURVATURE)
        solved = _shrunk(gram, curvature, np.column_stack([curvature * margin - weight * slope, curvature * constant]))
        offset = float(constant @ solved[:, 0]) / float(constant @ solved[:, 1]) if constant.any() else 0.0
        change = np.append(solved[:, 0] - offset * solved[:, 1], offset) - at
        gradient = at[:n] + weight * slope
        return change, float(-(gradient @ gram @ change[:n] + change[n] * (constant @ (weight * slope))))

    found = _newton(np.zeros(n + 1), objective, step)
    return found[:n], float(found[n])


def _shrunk(gram: Floats, curvature: Floats, columns: Floats) -> Floats:
    """(1 + DG)^-1 columns."""
    root = np.sqrt(curvature)[:, None]
    factor = cho_factor(np.eye(len(gram)) + root * gram * root.T, lower=True)
    return np.asarray(columns - root * cho_solve(factor, root * (gram @ columns)))


def _newton(start: Floats, objective: Any, step: Any) -> Floats:
    at, before = start, np.inf
    for _ in range(_STEPS):
        change, fall = step(at)
        length = np.sqrt(max(fall, 0.0))
        if length == 0.0 or (before < _CLOSE and length > before / 2):
            return at
        at = at + change * (_damping(objective, at, change, fall) if length > _CLOSE else 1.0)
        before = length
    return at


def _damping(objective: Any, at: Floats, change: Floats, fall: float) -> float:
    """How much of the step lowers the objective by a tenth of what the slope promises."""
    now, share = objective(at), 1.0
    for _ in range(_HALVINGS):
        if objective(at + share * change) <= now - 0.1 * share * fall:
            return share
        share /= 2
    return share
