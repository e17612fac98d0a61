"""Coordinates in which the optimum of many units is sought at once: vectors (k, .) that stand for changes of the weights."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from amlsec.impact.contract import Floats
from amlsec.impact.units import Positions

_ROUNDING = 1e-14


class Rowwise(NamedTuple):
    """A value for each of the base's rows (k, n0) and for each of a unit's own (k, r)."""

    base: Floats
    own: Floats


class Coordinates(ABC):
    """What Newton's steps need to know of the rows of k units, r each, in the metric of the base's optimum."""

    @abstractmethod
    def take(self, which: Positions) -> Coordinates:
        """Those of these units."""

    @abstractmethod
    def back(self, pulls: Rowwise) -> Floats:
        """H^-1 times the sums of the base's rows and the unit's own, times these pulls."""

    @abstractmethod
    def image(self, vector: Floats) -> Rowwise:
        """How a change of the weights moves the margins."""

    @abstractmethod
    def dot(self, one: Floats, other: Floats, image: Rowwise) -> Floats:
        """The products (k,) of vectors with others whose images are given."""

    @abstractmethod
    def length(self, vector: Floats, image: Rowwise) -> Floats:
        """A bound on the length (k,), rounding counted."""


@dataclass(frozen=True)
class Explicit(Coordinates):
    """Coordinates in which the metric is the plain one, of the base's rows (n0, d) and the units' own (k, r, d)."""

    base: Floats
    own: Floats

    def take(self, which: Positions) -> Coordinates:
        return Explicit(self.base, self.own[which])

    def back(self, pulls: Rowwise) -> Floats:
        return np.asarray(pulls.base @ self.base + np.matmul(pulls.own[:, None], self.own)[:, 0])

    def image(self, vector: Floats) -> Rowwise:
        return Rowwise(vector @ self.base.T, np.matmul(self.own, vector[:, :, None])[:, :, 0])

    def dot(self, one: Floats, other: Floats, image: Rowwise) -> Floats:
        return np.asarray(np.einsum("ij,ij->i", one, other))

    def length(self, vector: Floats, image: Rowwise) -> Floats:
        return np.asarray(np.linalg.norm(vector, axis=1))


@dataclass(frozen=True)
class Implicit(Coordinates):
    """The pulls themselves are the coordinates, (k, n0 + r), known by products in the metric.

    Attributes
    ----------
    between : of the base's rows (n0, n0)
    products : of the units' own with them (k, r, n0)
    inner : of the units' own (k, r, r)
    """

    between: Floats
    products: Floats
    inner: Floats

    def take(self, which: Positions) -> Coordinates:
        return Implicit(self.between, self.products[which], self.inner[which])

    def back(self, pulls: Rowwise) -> Floats:
        return np.hstack(pulls)

    def image(self, vector: Floats) -> Rowwise:
        base, own = np.split(vector, [len(self.between)], axis=1)
        of_base = base @ self.between + np.matmul(own[:, None], self.products)[:, 0]
        return Rowwise(
            of_base, np.matmul(self.products, base[:, :, None])[:, :, 0] + np.matmul(own[:, None], self.inner)[:, 0]
        )

    def dot(self, one: Floats, other: Floats, image: Rowwise) -> Floats:
        return np.asarray(np.einsum("ij,ij->i", one, np.hstack(image)))

    def length(self, vector: Floats, image: Rowwise) -> Floats:
        """By the product with itself, in which large pulls may cancel and leave rounding alone."""
        lengths = np.sqrt(np.maximum(np.diagonal(self.inner, axis1=1, axis2=2), 0.0))
        without_signs = np.abs(vector[:, : len(self.between)]) @ np.sqrt(self.between.diagonal())
        without_signs += (np.abs(vector[:, len(self.between) :]) * lengths).sum(axis=1)
        return np.asarray(np.sqrt(np.maximum(self.dot(vector, vector, image), 0.0) + _ROUNDING * without_signs**2))
