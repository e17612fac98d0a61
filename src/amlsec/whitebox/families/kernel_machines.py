"""Support vector machines of scikit-learn, with a linear, radial, polynomial or sigmoid kernel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from scipy.spatial.distance import cdist

from amlsec.data import Rows
from amlsec.errors import NotApplicable
from amlsec.whitebox.binary import check_binary
from amlsec.whitebox.linear import Linear
from amlsec.whitebox.look import reads
from amlsec.whitebox.slope import Slope

Floats = NDArray[np.float64]
MACHINES = ("SVC", "NuSVC")


@reads(Linear, *MACHINES)
def linear(machine: Any) -> Linear:
    """Its weights and bias; raises NotApplicable unless the kernel is linear and it tells 0 from 1."""
    check_binary(machine)
    if machine.kernel != "linear":
        raise NotApplicable(f"a {type(machine).__name__} with the kernel {machine.kernel!r} is not linear")
    return Linear(_dense(machine.coef_)[0], float(machine.intercept_[0]))


@reads(Slope, *MACHINES)
def slope(machine: Any) -> Slope:
    """The decision function; raises NotApplicable where the kernel is the user's own."""
    check_binary(machine)
    if machine.kernel not in _KERNELS:
        raise NotApplicable(f"a {type(machine).__name__} with the kernel {machine.kernel!r} has no slope to be seen")
    sum_of = _KERNELS[machine.kernel](machine)
    return Slope(lambda X: sum_of.values(X) + machine.intercept_[0], sum_of.slopes)


@dataclass(frozen=True, slots=True, eq=False)
class _OfProducts:
    """The sum over vectors v of their weights x value(gamma v.x + shift)."""

    vectors: Floats
    weights: Floats
    gamma: float
    shift: float
    value: Callable[[Floats], Floats]
    first: Callable[[Floats], Floats]

    def values(self, X: Rows) -> Floats:
        return np.asarray(self.value(self._into(X)) @ self.weights)

    def slopes(self, X: Rows) -> Floats:
        return np.asarray((self.first(self._into(X)) * self.weights) @ self.vectors * self.gamma)

    def _into(self, X: Rows) -> Floats:
        return np.asarray(self.gamma * (X @ self.vectors.T) + self.shift)


@dataclass(frozen=True, slots=True, eq=False)
class _OfDistances:
    """The sum over vectors v of their weights x exp(-gamma |v - x|^2)."""

    vectors: Floats
    weights: Floats
    gamma: float

    def values(self, X: Rows) -> Floats:
        return np.asarray(self._near(X).sum(axis=1))

    def slopes(self, X: Rows) -> Floats:
        near = self._near(X)
        return np.asarray(2 * self.gamma * (near @ self.vectors - near.sum(axis=1, keepdims=True) * X))

    def _near(self, X: Rows) -> Floats:
        return np.asarray(np.exp(-self.gamma * cdist(X, self.vectors, "sqeuclidean")) * self.weights)


def _parts(machine: Any) -> tuple[Floats, Floats]:
    return _dense(machine.support_vectors_), _dense(machine.dual_coef_)[0]


def _dense(matrix: Any) -> Floats:
    return np.asarray(matrix.toarray() if issparse(matrix) else matrix)


def _linear(machine: Any) -> _OfProducts:
    return _OfProducts(*_parts(machine), 1.0, 0.0, lambda a: a, np.ones_like)


def _radial(machine: Any) -> _OfDistances:
    return _OfDistances(*_parts(machine), machine._gamma)


def _polynomial(machine: Any) -> _OfProducts:
    degree = machine.degree
    return _OfProducts(
        *_parts(machine), machine._gamma, machine.coef0, lambda a: a**degree, lambda a: degree * a ** max(degree - 1, 0)
    )


def _sigmoid(machine: Any) -> _OfProducts:
    return _OfProducts(*_parts(machine), machine._gamma, machine.coef0, np.tanh, lambda a: 1 - np.tanh(a) ** 2)


_KERNELS: dict[str, Callable[[Any], _OfProducts | _OfDistances]] = {
    "linear": _linear,
    "rbf": _radial,
    "poly": _polynomial,
    "sigmoid": _sigmoid,
}
