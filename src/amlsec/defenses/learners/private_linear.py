"""What private linear classifiers have in common: the optimum, and noise that hides a row."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve
from scipy.sparse import issparse
from scipy.special import expit

from amlsec.defenses.learners.private_classifier import PrivateClassifier
from amlsec.errors import ModelFailed
from amlsec.privacy import Privacy, gaussian_ratio

Floats = NDArray[np.float64]

STEEPEST, MOST_CURVED = 1.0, 0.25
"""How large the first and second derivative of the logistic loss of a margin become."""

EXACTNESS = 1e-6
"""How long a gradient, times n, is left at the optimum: its distance from the true one is part of what noise hides."""

_STEPS = 200


class PrivateLinear(PrivateClassifier):
    """A linear classifier of features in the unit ball, whose weights are all that is released."""

    coef_: Floats

    @abstractmethod
    def _released(self, F: Any, side: Floats, privacy: Privacy, rng: np.random.Generator) -> Floats:
        """Weights (k,) that keep the claim, of features (n, k) and sides (n,) -1 or 1."""

    def _learn(self, F: Any, side: Floats, privacy: Privacy, rng: np.random.Generator) -> None:
        self.coef_ = self._released(F, side, privacy, rng)

    def _values(self, F: Any) -> Floats:
        return np.asarray(F @ self.coef_)


def optimum(F: Any, side: Floats, weight: float, push: Floats | float = 0.0) -> Floats:
    """Weights (k,) that minimise `mean log(1 + exp(-side F w)) + weight |w|^2 / 2 + push w / n`.

    By Newton's method, halving steps that lengthen the gradient, until it is no longer than EXACTNESS / n: the minimum
    is then at most EXACTNESS / (n weight) away, as the objective is curved by at least `weight` everywhere.

    Raises ModelFailed where that is not reached: nothing is released then.
    """
    w = np.zeros(F.shape[1])
    for _ in range(_STEPS):
        slope = gradient(F, side, weight, push, w)
        if np.linalg.norm(slope) * len(side) <= EXACTNESS:
            return w
        step = solve(_curvature(F, weight, w), slope, assume_a="pos")
        shares = 0.5 ** np.arange(40)
        after = (np.linalg.norm(gradient(F, side, weight, push, w - share * step)) for share in shares)
        w = w - next((share for share, left in zip(shares, after, strict=True) if left < np.linalg.norm(slope)), 0.0) * step
    raise ModelFailed(f"the optimum of {len(side)} rows was not reached in {_STEPS} steps: its weights stay secret")


def gradient(F: Any, side: Floats, weight: float, push: Floats | float, w: Floats) -> Floats:
    """Of what `optimum` minimises (k,)."""
    pull = -side * expit(-side * (F @ w))
    return np.asarray((F.T @ pull + push) / len(side) + weight * w)


def _curvature(F: Any, weight: float, w: Floats) -> Floats:
    second = expit(F @ w)
    weighed = second * (1 - second) / F.shape[0]
    square = (F.T @ F.multiply(weighed[:, None])).toarray() if issparse(F) else F.T @ (F * weighed[:, None])
    return np.asarray(square + weight * np.eye(F.shape[1]))


def noise(privacy: Privacy, sensitivity: float, shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
    """Vectors (..., k) each of which hides a move of the weights by `sensitivity`, in Euclidean length.

    At delta 0 of the density exp(-epsilon |z| / sensitivity), else normal.
    """
    if not privacy.delta:
        return long_tailed(privacy.epsilon / sensitivity, shape, rng)
    return np.asarray(rng.normal(0, sensitivity / gaussian_ratio(privacy), shape))


def long_tailed(steepness: float, shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
    """Vectors (..., k) of the density exp(-steepness |z|): a uniform direction, and a length of the Gamma distribution."""
    ways = rng.normal(size=shape)
    lengths = rng.gamma(shape[-1], 1 / steepness, (*shape[:-1], 1))
    return np.asarray(lengths * ways / np.linalg.norm(ways, axis=-1, keepdims=True))
