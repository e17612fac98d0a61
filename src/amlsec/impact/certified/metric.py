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
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from amlsec.impact.certified.coordinates import Coordinates
from amlsec.impact.certified.losses import Loss, Optimal
from amlsec.impact.contract import Floats
from amlsec.impact.units import Positions

_FLAT = 1e-12  # a curvature of the loss below which rounding may weigh more
_NO_CURVATURE = 1e-200


class Training(NamedTuple):
    """Rows to train on: their features (n, d), signs (n,) and weights (n,), the penalty's constant among them.

    A row of sign 0 stands for one of no weight: it is nought in every column, and changes nothing.
    """

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
    """Some quiz rows, or sums of quiz rows, as the metric sees them: transposes that rows are multiplied by."""

    factors: tuple[Any, ...]


class Metric(ABC):
    """The base's optimum and the inner products there.

    Attributes
    ----------
    loss, weight, margin, slope, curvature : of the base's rows (n0,) at the optimum; slope and curvature weighted
    flat : whether a row (n0,) has next to no curvature
    stiffness : one over the curvature (n0,); very large where there is none
    inverse : the same; 0 where a row is flat
    radius : the length (n0,) of the base's rows in the metric
    straight : the same; 0 where a row is not flat
    optimal : what a loss needs to know of the base's rows
    residue : the length of the gradient that is left at the optimum
    floor : this times H is no more than the penalty's share of it; 0 with an intercept free of penalty
    """

    radius: Floats
    residue: float
    floor: float

    def __init__(self, loss: Loss, weight: Floats, margin: Floats) -> None:
        self.loss, self.weight, self.margin = loss, weight, margin
        slope, curvature = loss.derivatives(margin)
        self.slope, self.curvature = weight * slope, weight * curvature
        self.flat = curvature < _FLAT
        self.stiffness = 1.0 / np.maximum(self.curvature, _NO_CURVATURE)
        self.inverse = np.where(self.flat, 0.0, self.stiffness)

    def measured(self, radius: Floats) -> None:
        """Take note of the lengths (n0,) of the base's rows."""
        self.radius, self.straight = radius, radius * self.flat
        self.optimal = Optimal(self.margin, self.weight, radius, self.weight * self.stiffness)

    @abstractmethod
    def far(self, training: Training) -> NDArray[np.bool_]:
        """Which rows (n,) are so long that rounding is not small."""

    @abstractmethod
    def rows(self, training: Training) -> Rows:
        """These rows in the metric."""

    @abstractmethod
    def coordinates(self, rows: Rows, k: int) -> Coordinates:
        """Coordinates for k units of as many rows each, one unit after another."""

    @abstractmethod
    def heaviest(self, which: Positions, change: Floats) -> float:
        """The least h for which these rows of the base (n,), with these curvatures, are no more than h times the metric."""

    @abstractmethod
    def dual_length(self, beta: Floats) -> Floats:
        """A bound (k,) on the length of the gradient S'beta, which is that of the change H^-1 S'beta."""

    @abstractmethod
    def spread(self, beta: Floats) -> Floats:
        """How the margins (k, n0) of the base's rows change by S'beta."""

    @abstractmethod
    def quiz(self, X: Any) -> tuple[Any, ...]:
        """Quiz rows (m, d) in the metric: arrays (m, .), linear in the rows."""

    @abstractmethod
    def evidence(self, X: Any) -> tuple[Floats, Floats]:
        """The evidence (m,) of the base's optimum on rows (m, d), and what its terms add up to without their signs."""

    @abstractmethod
    def lengths(self, quiz: tuple[Any, ...]) -> Floats:
        """The length (m,) of quiz rows."""

    @abstractmethod
    def with_base(self, quiz: tuple[Any, ...]) -> Floats:
        """The products (m, n0) of quiz rows with the base's rows."""

    @abstractmethod
    def part(self, quiz: tuple[Any, ...], combination: Any) -> Part:
        """Combinations (q, m) of the quiz rows."""

    @abstractmethod
    def moved(self, beta: Floats, place: tuple[Any, ...], part: Part) -> Floats:
        """How the evidence (k, q) on a part of the quiz changes by S'beta and the rows at `place`, already summed up."""


def unsigned(X: Any) -> Training:
    """Rows (n, d) that have no label, as of sign 1."""
    return Training(X, np.ones(X.shape[0]), np.zeros(X.shape[0]))


def summed(rows: Rows, pulls: csr_matrix) -> tuple[Any, ...]:
    """The places of sums (k, n) of rows."""
    return tuple(pulls @ one for one in rows.place)
