"""A linear classifier whose weights are kept within bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import issparse

Floats = NDArray[np.float64]


def bounded_weights(F: Any, target: Floats, low: float, high: float, C: float = 1.0) -> tuple[Floats, float]:
    """Weights (d,) in [low, high] and a bias for rows F (n, d) with targets (n,) -1 or 1.

    The minimum of `|w|^2 / 2 + C sum c_i max(0, 1 - t_i (F_i w + b))^2 / 2`, a support vector machine with squared hinge
    loss, by L-BFGS-B; `c_i` weighs both classes alike. It is convex, so the minimum is the only one. Each column is measured
    by how much the loss is curved along it, so that columns of very different size do not stop the descent early.

    >>> F = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, 0.0]])
    >>> w, b = bounded_weights(F, np.array([1.0, -1.0, 1.0, -1.0]), 0.0, 0.7, C=100.0)
    >>> w.round(3), round(b, 3)
    (array([0.7, 0. ]), -0.35)
    """
    classes = {side: np.mean(target == side) for side in (-1.0, 1.0)}
    weight = C / 2 * np.where(target > 0, 0.5 / max(classes[1.0], 1e-12), 0.5 / max(classes[-1.0], 1e-12))
    turned = F.T  # of sparse rows a new matrix each time
    curved = np.sqrt(np.append(1.0 + 2.0 * (_squared(F).T @ weight), 2.0 * weight.sum()))

    def loss(x: Floats) -> tuple[float, Floats]:
        w, b = np.split(x / curved, [-1])
        short = np.maximum(0.0, 1.0 - target * (F @ w + b))
        pull = -2.0 * weight * short * target
        return float(w @ w / 2 + weight @ short**2), np.append(w + turned @ pull, pull.sum()) / curved

    bounds = [*zip(low * curved[:-1], high * curved[:-1], strict=True), (None, None)]
    start = np.append(np.clip(0.0, low, high) * curved[:-1], 0.0)
    options = {"maxiter": 5000, "maxfun": 50_000, "ftol": 1e-13, "gtol": 1e-9}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x / curved
    return np.clip(found[:-1], low, high), float(found[-1])


def _squared(F: Any) -> Any:
    return F.multiply(F).tocsr() if issparse(F) else F * F
