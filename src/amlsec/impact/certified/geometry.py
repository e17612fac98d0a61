"""The optimum of a penalised linear model on the base, and the metric of its Hessian there.

A row is taken with its label's sign, so that its product with the weights is its margin. With the rows S of the base,
their margins m, weights c and curvatures D = c loss''(m), the objective `1/2 |w|^2 + sum c loss(S w)` has the Hessian
H = 1 + S'DS. A change of the weights is held as H^-1 (S'beta + sum gamma_i x_i), for rows x_i of a unit: that is what
Newton's steps are made of, and it asks only for inner products in the metric of H^-1.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.sparse import csr_matrix, diags, issparse

from amlsec.impact.certified.losses import Loss
from amlsec.impact.certified.optimum import dual_optimum, primal_optimum
from amlsec.impact.contract import Floats
from amlsec.impact.units import Positions

_LEAST_CURVATURE = 1e-12
_NO_CURVATURE = 1e-200
_DENSE_CELLS = 4_000_000  # of a transposed part of the quiz that sparse rows are multiplied by


class Training(NamedTuple):
    """Rows to train on: their features (n, d), signs (n,) and weights (n,), the penalty's constant among them."""

    X: Any
    sign: Floats
    weight: Floats


class Rows(NamedTuple):
    """Rows of units, as the metric sees them.

    Attributes
    ----------
    place : arrays or matrices (n, .), linear in the row, that its products with the quiz follow from
    products : with the base's rows (n, n0), in the metric
    length : squared, in the metric (n,)
    margin, weight : at the base's optimum (n,)
    """

    place: tuple[Any, ...]
    products: Floats
    length: Floats
    margin: Floats
    weight: Floats

    def take(self, which: Positions) -> Rows:
        """The rows at these places."""
        return Rows(tuple(part[which] for part in self.place), *(column[which] for column in self[1:]))


class Part(NamedTuple):
    """Some quiz rows, or sums of quiz rows, as the metric sees them; and the transposes that rows are multiplied by."""

    factors: tuple[Any, ...]


class Metric(ABC):
    """The base's optimum and the inner products there.

    Attributes
    ----------
    loss, weight, margin, slope, curvature : of the base's rows (n0,) at the optimum; slope and curvature weighted
    inverse : of the curvature (n0,); very large where there is none
    relative : what turns the loss's curvature of a row (n0,) into its share of the one at the optimum
    curved : whether every row has a curvature
    radius : the length (n0,) of the base's rows in the metric
    residue : the length of the gradient that is left at the optimum
    floor : this times H is no more than the penalty's share of it; 0 with an intercept free of penalty
    """

    radius: Floats
    residue: float
    floor: float

    def __init__(self, loss: Loss, weight: Floats, margin: Floats) -> None:
        self.loss, self.weight, self.margin = loss, weight, margin
        slope, curvature = loss.derivatives(margin)
        self.slope = weight * slope
        self.curvature = weight * np.maximum(curvature, _LEAST_CURVATURE * (curvature > 0))
        self.inverse = 1.0 / np.maximum(self.curvature, _NO_CURVATURE)
        self.relative, self.curved = weight * self.inverse, bool((self.curvature > 0).all())

    @abstractmethod
    def rows(self, training: Training) -> Rows:
        """These rows in the metric."""

    @abstractmethod
    def inner(self, rows: Rows) -> Floats:
        """The products (n, n) of rows with each other."""

    @abstractmethod
    def products(self, which: Positions) -> Floats:
        """The products (n, n) of these rows of the base with each other."""

    @abstractmethod
    def spread(self, beta: Floats) -> Floats:
        """How the margins (k, n0) of the base's rows change by S'beta."""

    @abstractmethod
    def quiz(self, X: Any) -> tuple[Any, ...]:
        """Quiz rows (m, d) in the metric: arrays (m, .), linear in the rows."""

    @abstractmethod
    def evidence(self, X: Any) -> Floats:
        """The evidence (m,) of the base's optimum on rows (m, d)."""

    @abstractmethod
    def lengths(self, quiz: tuple[Any, ...]) -> Floats:
        """The length (m,) of quiz rows."""

    @abstractmethod
    def part(self, quiz: tuple[Any, ...], combination: Any) -> Part:
        """Combinations (q, m) of the quiz rows."""

    @abstractmethod
    def moved(self, beta: Floats, place: tuple[Any, ...], part: Part) -> Floats:
        """How the evidence (k, q) on a part of the quiz changes by S'beta and the rows at `place`, already summed up."""


def summed(rows: Rows, pulls: csr_matrix) -> tuple[Any, ...]:
    """The places of sums (k, n) of rows."""
    return tuple(pulls @ one for one in rows.place)


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
        self.floor = 0.0 if intercept else 1.0 / np.abs(hessian).sum(axis=1).max()
        self.lower = np.linalg.cholesky(hessian)
        self.base = self._whitened(signed)
        self.radius = np.linalg.norm(self.base, axis=1)
        self.residue = float(np.linalg.norm(self._whitened((penalty * self.w + self.slope @ signed)[None])))

    def rows(self, training: Training) -> Rows:
        signed = self._signed(training)
        x = self._whitened(signed)
        return Rows((x,), x @ self.base.T, np.einsum("ij,ij->i", x, x), signed @ self.w, training.weight)

    def inner(self, rows: Rows) -> Floats:
        return np.asarray(rows.place[0] @ rows.place[0].T)

    def products(self, which: Positions) -> Floats:
        return np.asarray(self.base[which] @ self.base[which].T)

    def spread(self, beta: Floats) -> Floats:
        return np.asarray((beta @ self.base) @ self.base.T)

    def quiz(self, X: Any) -> tuple[Any, ...]:
        return (self._whitened(self._signed(Training(X, np.ones(X.shape[0]), np.zeros(0)))),)

    def evidence(self, X: Any) -> Floats:
        return np.asarray(self._signed(Training(X, np.ones(X.shape[0]), np.zeros(0))) @ self.w)

    def lengths(self, quiz: tuple[Any, ...]) -> Floats:
        return np.linalg.norm(quiz[0], axis=1)

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


class Dual(Metric):
    """More features than base rows: products with the base's rows take their place.

    With G = SS' and B = 1 + D^1/2 G D^1/2, H^-1 S' = S'N for N = 1 - D^1/2 B^-1 D^1/2 G. An intercept without penalty adds
    e(x) e(x') / schur to the product of two rows, where e(x) is what of it the other features do not replace.
    """

    def __init__(self, loss: Loss, base: Training, intercept: bool) -> None:
        self.signed, self.sign, self.intercept = self._signed(base), base.sign, intercept
        gram = (self.signed @ self.signed.T).toarray()
        constant = base.sign * intercept
        dual, self.offset = dual_optimum(loss, gram, base.weight, constant)
        super().__init__(loss, base.weight, gram @ dual + constant * self.offset)
        self.w = self.signed.T @ dual
        root = np.sqrt(self.curvature)
        scaled = np.eye(len(root)) + root[:, None] * gram * root
        self.floor = 0.0 if intercept else 1.0 / np.abs(scaled).sum(axis=1).max()
        factor = cho_factor(scaled, lower=True)
        shrunk = np.eye(len(root)) - root[:, None] * cho_solve(factor, root[:, None] * gram)
        replaced = shrunk @ (self.curvature * constant)
        self.left = constant - gram @ replaced
        schur = float((self.curvature * constant) @ self.left) if intercept else 1.0
        self.replaced, self.schur = replaced, schur
        self.to_products = shrunk - np.outer(replaced, self.left) / schur
        self.between = self._with_base(gram, constant)
        self.between = (self.between + self.between.T) / 2
        self.radius = np.sqrt(self.between.diagonal())
        left_over = dual + self.slope
        unmet = constant @ self.slope
        self.residue = float(np.sqrt(np.abs(left_over @ self.between @ left_over)) + np.abs(unmet) / np.sqrt(schur))

    def rows(self, training: Training) -> Rows:
        x = self._signed(training)
        g = (x @ self.signed.T).toarray()
        constant = training.sign * self.intercept
        products, left = self._with_base(g, constant), constant - g @ self.replaced
        return Rows(
            (x, g, left), products, self._squared(x, g, left, products), x @ self.w + constant * self.offset, training.weight
        )

    def inner(self, rows: Rows) -> Floats:
        x, g, left = rows.place
        return np.asarray(
            (x @ x.T).toarray()
            - (g * self.curvature) @ self._plain(rows.products, left).T
            + np.outer(left, left) / self.schur
        )

    def products(self, which: Positions) -> Floats:
        return np.asarray(self.between[np.ix_(which, which)])

    def spread(self, beta: Floats) -> Floats:
        return np.asarray(beta @ self.between)

    def quiz(self, X: Any) -> tuple[Any, ...]:
        x = csr_matrix(X, dtype=np.float64)
        g, constant = (x @ self.signed.T).toarray(), np.full(x.shape[0], float(self.intercept))
        return x, g, self._with_base(g, constant), constant - g @ self.replaced

    def evidence(self, X: Any) -> Floats:
        return np.asarray(csr_matrix(X, dtype=np.float64) @ self.w + self.offset * self.intercept)

    def lengths(self, quiz: tuple[Any, ...]) -> Floats:
        x, g, products, left = csr_matrix(quiz[0]), *quiz[1:]
        return np.sqrt(np.maximum(self._squared(x, g, left, products), 0.0))

    def part(self, quiz: tuple[Any, ...], combination: Any) -> Part:
        x, _, products, left = (combination @ one for one in quiz)
        x = csr_matrix(x).T
        few = x.shape[0] * x.shape[1] <= _DENSE_CELLS
        return Part((x.toarray() if few else x.tocsr(), np.ascontiguousarray(products.T), left / self.schur))

    def moved(self, beta: Floats, place: tuple[Any, ...], part: Part) -> Floats:
        x, g, left = place
        features, products, offsets = part.factors
        pulled = g * self.curvature
        direct = x @ features
        found = (beta - pulled) @ products + np.outer(left + pulled @ self.left, offsets)
        return np.asarray(found + (direct.toarray() if issparse(direct) else direct))

    def _signed(self, training: Training) -> csr_matrix:
        return csr_matrix(diags(training.sign) @ csr_matrix(training.X, dtype=np.float64))

    def _with_base(self, g: Floats, constant: Floats) -> Floats:
        return np.asarray(g @ self.to_products + np.outer(constant, self.left / self.schur))

    def _plain(self, products: Floats, left: Floats) -> Floats:
        """The products without the intercept's share."""
        return products - np.outer(left, self.left / self.schur)

    def _squared(self, x: csr_matrix, g: Floats, left: Floats, products: Floats) -> Floats:
        weighted = g * self.curvature
        shared = np.einsum("ij,ij->i", weighted, products) - (weighted @ self.left) * left / self.schur
        return np.asarray(x.multiply(x).sum(axis=1)).ravel() - shared + left**2 / self.schur
