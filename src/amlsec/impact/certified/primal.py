"""The metric of a base with fewer features than rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.sparse import issparse

from amlsec.impact.certified.coordinates import Coordinates, Explicit
from amlsec.impact.certified.losses import Loss
from amlsec.impact.certified.metric import Metric, Part, Rows, Training, unsigned
from amlsec.impact.certified.optimum import primal_optimum
from amlsec.impact.contract import Floats
from amlsec.impact.units import Positions


class Primal(Metric):
    """Few features: coordinates in which the metric is the plain one."""

    def __init__(self, loss: Loss, base: Training, intercept: bool) -> None:
        self.intercept = intercept
        signed = self._signed(base)
        penalty = np.ones(signed.shape[1])
        penalty[signed.shape[1] - intercept :] = 0.0
        self.w = primal_optimum(loss, signed, base.weight, penalty)
        super().__init__(loss, base.weight, signed @ self.w)
        hessian = (signed.T * self.curvature) @ signed + np.diag(penalty)
        self.floor = 0.0 if intercept else 1.0 / np.linalg.eigvalsh(hessian)[-1]
        self.lower = np.linalg.cholesky(hessian)
        self.base = self._whitened(signed)
        self.measured(np.linalg.norm(self.base, axis=1))
        self.residue = float(np.linalg.norm(self._whitened((penalty * self.w + self.slope @ signed)[None])))

    def far(self, training: Training) -> NDArray[np.bool_]:
        return np.zeros(len(training.sign), dtype=bool)

    def rows(self, training: Training) -> Rows:
        signed = self._signed(training)
        x = self._whitened(signed)
        return Rows((x,), x @ self.base.T, np.einsum("ij,ij->i", x, x), signed @ self.w, training.weight)

    def coordinates(self, rows: Rows, k: int) -> Coordinates:
        return Explicit(self.base, rows.place[0].reshape(k, len(rows.margin) // k, self.base.shape[1]))

    def heaviest(self, which: Positions, change: Floats) -> float:
        rows = self.base[which]
        return float(np.linalg.eigvalsh((rows.T * change) @ rows)[-1])

    def dual_length(self, beta: Floats) -> Floats:
        return np.asarray(np.linalg.norm(beta @ self.base, axis=1))

    def spread(self, beta: Floats) -> Floats:
        return np.asarray((beta @ self.base) @ self.base.T)

    def quiz(self, X: Any) -> tuple[Any, ...]:
        return (self._whitened(self._signed(unsigned(X))),)

    def evidence(self, X: Any) -> tuple[Floats, Floats]:
        rows = self._signed(unsigned(X))
        return rows @ self.w, np.abs(rows) @ np.abs(self.w)

    def lengths(self, quiz: tuple[Any, ...]) -> Floats:
        return np.asarray(np.linalg.norm(quiz[0], axis=1))

    def with_base(self, quiz: tuple[Any, ...]) -> Floats:
        return np.asarray(quiz[0] @ self.base.T)

    def part(self, quiz: tuple[Any, ...], combination: Any) -> Part:
        return Part((np.ascontiguousarray((combination @ quiz[0]).T),))

    def moved(self, beta: Floats, place: tuple[Any, ...], part: Part) -> Floats:
        return np.asarray((beta @ self.base + place[0]) @ part.factors[0])

    def _signed(self, training: Training) -> Floats:
        X = training.X.toarray() if issparse(training.X) else np.asarray(training.X, dtype=np.float64)
        signed = X * training.sign[:, None]
        return np.column_stack([signed, training.sign]) if self.intercept else signed

    def _whitened(self, rows: Floats) -> Floats:
        return np.asarray(solve_triangular(self.lower, rows.T, lower=True, check_finite=False).T)
