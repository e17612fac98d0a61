"""A linear classifier whose weights are kept within bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[np.float64]


def bounded_weights(F: Any, target: Floats, low: float, high: float, C: float = 1.0) -> tuple[Floats, float]:
    """Weights (d,) in [low, high] and a bias for rows F (n, d) with targets (n,) -1 or 1.

    The minimum of `|w|^2 / 2 + C sum c_i max(0, 1 - t_i (F_i w + b))^2 / 2`, a support vector machine with squared hinge
    loss, by L-BFGS-B; `c_i` weighs both classes alike. It is convex, so the minimum is the only one.

    >>> F = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, 0.0]])
    >>> w, b = bounded_weights(F, np.array([1.0, -1.0, 1.0, -1.0]), 0.0, 0.7, C=100.0)
    >>> w.round(3), round(b, 3)
    (array([0.7, 0. ]), -0.35)
    """
    classes = {side: np.mean(target == side) for side in (-1.0, 1.0)}
    weight = C / 2 * np.where(target > 0, 0.5 / max(classes[1.0], 1e-12), 0.5 / max(classes[-1.0], 1e-12))

    def loss(x: Floats) -> tuple[float, Floats]:
        w, b = x[:-1], x[-1]
        short = np.maximum(0.0, 1.0 - target * (F @ w + b))
        pull = -2.0 * weight * short * target
        return float(w @ w / 2 + weight @ short**2), np.append(w + F.T @ pull, pull.sum())

    bounds = [(low, high)] * F.shape[1] + [(None, None)]
    start = np.append(np.full(F.shape[1], np.clip(0.0, low, high)), 0.0)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 2000, "ftol": 1e-12}).x
    return found[:-1], float(found[-1])
