"""How the loss of a support vector machine on other rows moves with one of its training rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.data import MALICIOUS, Batch, Rows

_INSIDE = 1e-6
"""How far from both ends of its box, as a share of it, a multiplier is free."""

KERNELS = ("linear", "rbf", "poly")


@dataclass(frozen=True, slots=True, eq=False)
class Machine:
    """A fitted SVC, the rows it was trained on, and the bound C (n,) of each row's multiplier.

    `svm.gamma` is a number, so that the kernel does not change with the rows.
    """

    svm: Any
    train: Batch
    bound: NDArray[np.float64]

    @property
    def pull(self) -> NDArray[np.float64]:
        """Multiplier times sign of the label (n,): what each training row adds to the decision."""
        pull = np.zeros(len(self.train))
        pull[self.svm.support_] = self.svm.dual_coef_[0]
        return pull

    @property
    def on_margin(self) -> NDArray[np.intp]:
        """Positions of the training rows whose multiplier is free: neither 0 nor at its bound."""
        part = np.abs(self.pull) / self.bound
        return np.flatnonzero((part > _INSIDE) & (part < 1 - _INSIDE))

    def loss(self, rows: Batch) -> float:
        """The sum of the rows' hinge losses."""
        return float(np.maximum(1 - signs(rows) * self.svm.decision_function(rows.X), 0.0).sum())


def signs(rows: Batch) -> NDArray[np.float64]:
    """Labels (n,) as -1 and 1."""
    return np.where(rows.y == MALICIOUS, 1.0, -1.0)


def gradient(machine: Machine, at: int, validation: Batch) -> NDArray[np.float64]:
    """The gradient (d,) of the validation loss by the features of training row `at`.

    Biggio, Nelson and Laskov (2012), section 3: while no row enters or leaves the margin, the multipliers of the rows on it
    and the offset move so that these rows stay on it. In place of a derivative of each multiplier by each feature it
    solves the same linear system once, transposed. 0 where the row is no support vector. Raises nothing.

    >>> from sklearn.svm import SVC
    >>> rng = np.random.default_rng(0)
    >>> rows = Batch(rng.normal(size=(40, 2)) + np.repeat([[-1.0], [1.0]], 20, axis=0), np.repeat([0, 1], 20))
    >>> machine = Machine(SVC(kernel="linear").fit(rows.X, rows.y), rows, np.ones(40))
    >>> gradient(machine, int(machine.svm.support_[0]), rows).round(1)
    array([0.2, 1.1])
    """
    pull, margin = machine.pull, machine.on_margin
    multipliers = _transposed(machine, margin, _missed(machine, validation))
    weight = np.zeros(len(pull))
    weight[margin] = pull[at] * multipliers
    if at in margin:
        weight += multipliers[margin == at] * pull
    held = _slope(machine.svm, machine.train.X, weight, machine.train.X[at])
    return direct(machine, at, validation) + held


def direct(machine: Machine, at: int, validation: Batch) -> NDArray[np.float64]:
    """The part of `gradient` (d,) that is left where all multipliers and the offset stay as they are."""
    missed = _missed(machine, validation)
    return _slope(machine.svm, missed.X, -machine.pull[at] * signs(missed), machine.train.X[at])


def _missed(machine: Machine, rows: Batch) -> Batch:
    """The rows with a loss."""
    return rows.rows(signs(rows) * machine.svm.decision_function(rows.X) < 1)


def _transposed(machine: Machine, margin: NDArray[np.intp], missed: Batch) -> NDArray[np.float64]:
    """What a unit of each margin row's condition costs the loss: the bordered kernel system, solved for the loss."""
    held = machine.train.X[margin]
    system = np.ones((len(margin) + 1, len(margin) + 1))
    system[:-1, :-1] = kernel(machine.svm, held, held)
    system[-1, -1] = 0.0
    sign = signs(missed)
    wanted = np.append(kernel(machine.svm, held, missed.X) @ sign, sign.sum())
    solved: NDArray[np.float64] = np.linalg.lstsq(system, wanted)[0][:-1]
    return solved


def kernel(svm: Any, A: Rows, B: Rows) -> NDArray[np.float64]:
    """The kernel (n, m) between two sets of rows."""
    from sklearn.metrics.pairwise import pairwise_kernels

    if not len(A) or not len(B):
        return np.zeros((len(A), len(B)))
    settings = {"gamma": svm.gamma, "degree": svm.degree, "coef0": svm.coef0}
    found: NDArray[np.float64] = pairwise_kernels(A, B, metric=svm.kernel, filter_params=True, **settings)
    return found


def _slope(svm: Any, A: Rows, weight: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    """The gradient (d,) at x of the weighted sum of kernels between the rows and x."""
    if svm.kernel == "rbf":
        near = weight * kernel(svm, A, x[None])[:, 0]
        return np.asarray(2 * svm.gamma * (near @ A - near.sum() * x), dtype=np.float64)
    if svm.kernel == "poly":
        weight = weight * svm.degree * svm.gamma * (svm.gamma * (A @ x) + svm.coef0) ** (svm.degree - 1)
    return np.asarray(weight @ A, dtype=np.float64)
