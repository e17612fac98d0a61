"""Logistic regression as poisoners reckon with it: its parameters, and what every row pulls them by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Floats = NDArray[np.float64]
C = 1.0
"""The inverse strength of regularisation, as scikit-learn counts it."""


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """A linear model's weights (d,) and intercept; evidence above 0 is malice."""

    weights: Floats
    intercept: float

    def evidence(self, Z: Floats) -> Floats:
        return np.asarray(Z @ self.weights + self.intercept)


def fit(Z: Floats, y: NDArray[np.int64], weight: Floats | None = None) -> Linear:
    """Minimise `|weights|^2 / 2 + C * sum of weight * log(1 + exp(-s * evidence))`, s being -1 or 1; both labels occur."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=C, max_iter=1000, tol=1e-6).fit(Z, y, sample_weight=weight)
    return Linear(model.coef_[0], float(model.intercept_[0]))


def pull(model: Linear, Z: Floats, label: int | NDArray[np.int64]) -> Floats:
    """The derivative (n,) of each row's loss by its evidence: the chance of malice less the label.

    >>> pull(Linear(np.array([1.0]), 0.0), np.array([[0.0]]), 1)
    array([-0.5])
    """
    return np.asarray(expit(model.evidence(Z)) - label)


def gradients(model: Linear, Z: Floats, label: int | NDArray[np.int64]) -> Floats:
    """The derivative (n, d + 1) of each row's loss by weights and intercept."""
    return np.asarray(pull(model, Z, label)[:, None] * with_one(Z))


def unrest(model: Linear, Z: Floats, y: NDArray[np.int64]) -> Floats:
    """The derivative (d + 1,) of what training on these rows minimises: 0 where the model is what they train."""
    regular = np.append(model.weights, 0.0) / C
    return np.asarray(regular + gradients(model, Z, y).sum(axis=0))


def with_one(Z: Floats) -> Floats:
    """The vectors with the intercept's 1 at their end."""
    return np.hstack([Z, np.ones((len(Z), 1))])
