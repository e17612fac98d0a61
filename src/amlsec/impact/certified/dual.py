"""The metric of a base with more features than rows, sparse ones too."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_matrix, issparse

from amlsec.impact.certified.coordinates import Coordinates, Implicit
from amlsec.impact.certified.losses import Loss
from amlsec.impact.certified.metric import Metric, Part, Rows, Training, unsigned
from amlsec.impact.certified.optimum import dual_optimum
from amlsec.impact.contract import Floats
from amlsec.impact.units import Positions

_FAR = 100.0  # times the longest base row's square: the products of longer rows are too rough
_DENSE_CELLS = 4_000_000  # of a transposed part of the quiz that sparse rows are multiplied by


class Dual(Metric):
    """More features than base rows: products with the base's rows take their place.

    With G = SS' and B = 1 + D^1/2 G D^1/2, H^-1 S' = S'N for N = 1 - D^1/2 B^-1 D^1/2 G. An intercept without penalty adds
    e(x) e(x') / schur to the product of two rows, where e(x) is what of it the other features do not replace.
    Products that should be symmetric tell by how much rounding changes them; that counts as gradient left.
    """

    def __init__(self, loss: Loss, base: Training, intercept: bool) -> None:
        self.intercept = intercept
        self.signed = _signed(base)
        self.features = self.signed.T.tocsr()
        gram = (self.signed @ self.features).toarray()
        constant = base.sign * intercept
        dual, self.offset = dual_optimum(loss, gram, base.weight, constant)
        super().__init__(loss, base.weight, gram @ dual + constant * self.offset)
        self.w = self.features @ dual
        root = np.sqrt(self.curvature)
        scaled = root[:, None] * gram * root
        scaled[np.diag_indices(len(root))] += 1.0
        self.steepest = float(np.abs(scaled).sum(axis=1).max())
        self.floor = 0.0 if intercept else 1.0 / self.steepest
        shrunk = -root[:, None] * cho_solve(cho_factor(scaled, lower=True), root[:, None] * gram)
        shrunk[np.diag_indices(len(root))] += 1.0
        self.replaced = shrunk @ (self.curvature * constant)
        self.left = constant - gram @ self.replaced
        self.schur = float((self.curvature * constant) @ self.left) if intercept else 1.0
        self.to_products = shrunk - np.outer(self.replaced, self.left) / self.schur
        between = self._with_base(gram, constant)
        self.between = (between + between.T) / 2
        self.measured(np.sqrt(np.maximum(self.between.diagonal(), 0.0)))
        left_over, unmet = dual + self.slope, constant @ self.slope
        unseen = np.abs(between - between.T).max() * np.abs(self.slope).sum() * np.sqrt(self.curvature.sum())
        self.residue = float(
            np.sqrt(np.abs(left_over @ self.between @ left_over)) + np.abs(unmet) / np.sqrt(self.schur) + unseen
        )

    def far(self, training: Training) -> NDArray[np.bool_]:
        return np.asarray(_squares(_signed(training)) > _FAR * _squares(self.signed).max())

    def rows(self, training: Training) -> Rows:
        x = _signed(training)
        g = (x @ self.features).toarray()
        constant = training.sign * self.intercept
        products, left = self._with_base(g, constant), constant - g @ self.replaced
        length = self._squared(x, g, left, products)
        return Rows((x, g, left), products, length, x @ self.w + constant * self.offset, training.weight)

    def coordinates(self, rows: Rows, k: int) -> Coordinates:
        size = len(rows.margin) // k
        inner = [self._inner(rows.take(np.arange(size * unit, size * (unit + 1)))) for unit in range(k)]
        return Implicit(self.between, rows.products.reshape(k, size, len(self.margin)), np.array(inner))

    def _inner(self, rows: Rows) -> Floats:
        x, g, left = rows.place
        plain = rows.products - np.outer(left, self.left / self.schur)
        return np.asarray((x @ x.T).toarray() - (g * self.curvature) @ plain.T + np.outer(left, left) / self.schur)

    def heaviest(self, which: Positions, change: Floats) -> float:
        root = np.sqrt(change)
        return float(np.linalg.eigvalsh(root[:, None] * self.between[np.ix_(which, which)] * root)[-1])

    def dual_length(self, beta: Floats) -> Floats:
        """At most the root of `sum beta^2 / D`, as H >= S'DS, and at most `sum |beta| radius`."""
        bent = np.sqrt((beta * beta) @ self.inverse)
        if not self.flat.any():
            return np.asarray(bent)
        size = np.abs(beta)
        return np.asarray(np.minimum(bent + size @ self.straight, size @ self.radius))

    def spread(self, beta: Floats) -> Floats:
        return np.asarray(beta @ self.between)

    def quiz(self, X: Any) -> tuple[Any, ...]:
        x = _signed(unsigned(X))
        g, constant = (x @ self.features).toarray(), np.full(x.shape[0], float(self.intercept))
        return x, g, self._with_base(g, constant), constant - g @ self.replaced

    def evidence(self, X: Any) -> tuple[Floats, Floats]:
        x = _signed(unsigned(X))
        return x @ self.w + self.offset * self.intercept, abs(x) @ np.abs(self.w) + np.abs(self.offset)

    def lengths(self, quiz: tuple[Any, ...]) -> Floats:
        x, g, products, left = csr_matrix(quiz[0]), *quiz[1:]
        return np.sqrt(self._squared(x, g, left, products))

    def with_base(self, quiz: tuple[Any, ...]) -> Floats:
        return np.asarray(quiz[2])

    def part(self, quiz: tuple[Any, ...], combination: Any) -> Part:
        x, _, products, left = (combination @ one for one in quiz)
        features = csr_matrix(x).T.tocsr()
        dense = features.shape[0] * features.shape[1] <= _DENSE_CELLS
        return Part((features.toarray() if dense else features, np.ascontiguousarray(products.T), left / self.schur))

    def moved(self, beta: Floats, place: tuple[Any, ...], part: Part) -> Floats:
        x, g, left = place
        features, products, offsets = part.factors
        pulled = g * self.curvature
        direct = x @ features
        found = (beta - pulled) @ products + np.outer(left + pulled @ self.left, offsets)
        return np.asarray(found + (direct.toarray() if issparse(direct) else direct))

    def _with_base(self, g: Floats, constant: Floats) -> Floats:
        products = g @ self.to_products
        if self.intercept:
            products += np.outer(constant, self.left / self.schur)
        return np.asarray(products)

    def _squared(self, x: csr_matrix, g: Floats, left: Floats, products: Floats) -> Floats:
        weighted = g * self.curvature
        shared = np.einsum("ij,ij->i", weighted, products) - (weighted @ self.left) * left / self.schur
        return np.asarray(np.maximum(_squares(x) - shared + left**2 / self.schur, 0.0))


def _squares(x: csr_matrix) -> Floats:
    return np.asarray(x.multiply(x).sum(axis=1)).ravel()


def _signed(training: Training) -> csr_matrix:
    """A copy, as products sort a matrix in place."""
    x = csr_matrix(training.X, dtype=np.float64, copy=True)
    x.data *= np.repeat(training.sign, np.diff(x.indptr))
    return x
