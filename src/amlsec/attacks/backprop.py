"""Gradients of a row's loss by the parameters, and how they change with the row: logistic regression, one hidden layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from amlsec.attacks.logistic import Linear, fit, gradients, pull, with_one
from amlsec.whitebox.activations import ACTIVATIONS, Activation

Floats = NDArray[np.float64]


class Differentiable(Protocol):
    """A model whose log-loss has a gradient by its p parameters."""

    def gradients(self, Z: Floats, label: int, /) -> Floats:
        """The gradient (n, p) of each row's loss under this label."""

    def slopes(self, Z: Floats, label: int, along: Floats, /) -> Floats:
        """The derivative (n, d) by each row of its gradient's inner product with `along` (p,)."""


@dataclass(frozen=True, slots=True, eq=False)
class Straight:
    """Logistic regression; its parameters are the weights and the intercept."""

    model: Linear

    def gradients(self, Z: Floats, label: int, /) -> Floats:
        return gradients(self.model, Z, label)

    def slopes(self, Z: Floats, label: int, along: Floats, /) -> Floats:
        off, chance = pull(self.model, Z, label), pull(self.model, Z, 0)
        bend = chance * (1 - chance) * (with_one(Z) @ along)
        return np.asarray(bend[:, None] * self.model.weights + off[:, None] * along[:-1])


@dataclass(frozen=True, slots=True, eq=False)
class OneHidden:
    """A perceptron with one hidden layer and one output.

    Its parameters are, in this order, inner weights (d, h) row by row, inner intercepts (h,), outer weights (h,), the
    outer intercept.
    """

    inner: Floats
    inner_at: Floats
    outer: Floats
    outer_at: float
    activation: Activation

    def gradients(self, Z: Floats, label: int, /) -> Floats:
        into = self._into(Z)
        off = (self._chance(into) - label)[:, None]
        back = off * self.outer * self.activation.first(into)
        inner = (Z[:, :, None] * back[:, None, :]).reshape(len(Z), -1)
        return np.hstack([inner, back, off * self.activation.value(into), off])

    def slopes(self, Z: Floats, label: int, along: Floats, /) -> Floats:
        d, h = self.inner.shape
        inner, inner_at, outer, outer_at = np.split(along, [d * h, d * h + h, d * h + 2 * h])
        inner = inner.reshape(d, h)
        into, moved = self._into(Z), Z @ inner + inner_at
        first, chance = self.activation.first(into), self._chance(into)
        tilt = self.activation.value(into) @ outer + outer_at + (self.outer * first * moved).sum(axis=1)
        risen = (outer * first + self.outer * self.activation.second(into) * moved) @ self.inner.T
        bend = (chance * (1 - chance) * tilt)[:, None] * ((self.outer * first) @ self.inner.T)
        return np.asarray(bend + (chance - label)[:, None] * (risen + (self.outer * first) @ inner.T))

    def _into(self, Z: Floats) -> Floats:
        """What enters each hidden unit (n, h)."""
        return np.asarray(Z @ self.inner + self.inner_at)

    def _chance(self, into: Floats) -> Floats:
        return np.asarray(expit(self.activation.value(into) @ self.outer + self.outer_at))


def surrogate(learner: Any, Z: Floats, y: NDArray[np.int64]) -> Differentiable:
    """A perceptron as the learner is one, with one hidden layer, fitted to these vectors; else logistic regression."""
    from sklearn.base import clone
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import Pipeline

    last = learner.steps[-1][1] if isinstance(learner, Pipeline) else learner
    if not isinstance(last, MLPClassifier) or np.size(last.hidden_layer_sizes) != 1:
        return Straight(fit(Z, y))
    model = clone(last).fit(Z, y)
    (inner, outer), (inner_at, outer_at) = model.coefs_, model.intercepts_
    return OneHidden(inner, inner_at, outer[:, 0], float(outer_at[0]), ACTIVATIONS[model.activation])
