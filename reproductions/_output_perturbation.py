"""Logistic regression with noise on its weights, private by theorem (Chaudhuri, Monteleoni and Sarwate 2011)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression

from amlsec.data import Batch

Floats = NDArray[np.float64]


def optimum(X: Floats, y: NDArray[np.int64], weight: float) -> Floats:
    """Weights (d,) that minimise the mean logistic loss and weight / 2 times their squared length."""
    model = LogisticRegression(C=1 / (weight * len(X)), fit_intercept=False, max_iter=1000, tol=1e-8)
    return np.asarray(model.fit(X, y).coef_[0])


def steepness(n: int, weight: float, epsilon: float) -> float:
    """b of the noise density exp(-b |z|): epsilon over the sensitivity 2 / (n weight) of the optimum to one of n rows."""
    return epsilon * n * weight / 2


def noise(b: float, draws: int, dimensions: int, rng: np.random.Generator) -> Floats:
    """Vectors (draws, d) of that density: a uniform direction, and a length of the Gamma distribution."""
    ways = rng.normal(size=(draws, dimensions))
    return np.asarray(rng.gamma(dimensions, 1 / b, (draws, 1)) * ways / np.linalg.norm(ways, axis=1, keepdims=True))


class PrivateLogistic(ClassifierMixin, BaseEstimator):
    """Algorithm 1 of the paper; rows no longer than 1, no intercept."""

    def __init__(self, epsilon: float = 1.0, weight: float = 0.01, random_state: int | None = None) -> None:
        self.epsilon, self.weight, self.random_state = epsilon, weight, random_state

    def fit(self, X: Floats, y: NDArray[np.int64]) -> PrivateLogistic:
        b = steepness(len(X), self.weight, self.epsilon)
        rng = np.random.default_rng(self.random_state)
        self.classes_ = np.array([0, 1])
        self.coef_ = optimum(X, y, self.weight) + noise(b, 1, X.shape[1], rng)[0]
        return self

    def decision_function(self, X: Floats) -> Floats:
        return np.asarray(X @ self.coef_)

    def predict(self, X: Floats) -> NDArray[np.int64]:
        return (self.decision_function(X) > 0).astype(np.int64)


@dataclass(frozen=True)
class Canary:
    """The optima (d,) of two training sets that differ in the label of one row like no other, and what they allow."""

    with_it: Floats
    without: Floats
    b: float

    @property
    def epsilon(self) -> float:
        """What this pair of training sets can give away at most: the true epsilon of the game."""
        return self.b * float(np.linalg.norm(self.with_it - self.without))

    def guesses(self, draws: int, rng: np.random.Generator, noise_share: float = 1.0) -> tuple[Floats, Floats]:
        """The log likelihood ratio (draws,) of released weights of either set: no attack tells more."""
        b = self.b / noise_share
        ends = (self.with_it, self.without)
        released = [end + noise(b, draws, len(end), rng) for end in ends]
        one, two = (b * np.diff([np.linalg.norm(w - end, axis=1) for end in ends], axis=0)[0] for w in released)
        return one, two


def canary(rows: Batch, weight: float, epsilon: float, column: int) -> Canary:
    """The first row made the unit vector of a column, and its label the one or the other."""
    X = rows.X.copy()
    X[0] = np.eye(X.shape[1])[column]
    ends: list[Any] = [optimum(X, np.concatenate([[label], rows.y[1:]]), weight) for label in (1, 0)]
    return Canary(ends[0], ends[1], steepness(len(X), weight, epsilon))
