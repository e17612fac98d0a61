"""Sums of the rows of units and of their squares, around a centre, class by class."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from amlsec.impact.contract import CLASSES, Floats
from amlsec.impact.units import Positions, Units

_CELLS = 1 << 16  # numbers that are worked on at a time, to stay near the processor


class Sums(NamedTuple):
    """Of k units: their weight (k, 1), and the weighted sums (k, d) of their rows less a centre, and of the squares.

    `alone` says that each unit is one row.
    """

    weight: Floats
    first: Floats
    second: Floats
    alone: bool

    def around(self, nearer: Floats, columns: Any) -> Sums:
        """The same of some columns, around a centre that lies this much (columns,) below the old one."""
        old, off = self.first[:, columns], nearer[columns]
        first = old + self.weight * off
        second = old + first
        second *= off
        second += self.second[:, columns]
        return Sums(self.weight, first, second, self.alone)

    def plus(self, more: Sums) -> Sums:
        """Units of these rows and those."""
        return Sums(self.weight + more.weight, self.first + more.first, self.second + more.second, alone=False)

    def variance(self, before: float) -> Floats:
        """What units add (k, d) to the variance of rows of weight `before` around mean 0, before weights are added up.

        That is `(second - first^2 / after) / before`; one row takes no difference that costs digits (Chan et al. 1983).
        """
        after = before + self.weight
        if self.alone:
            return np.asarray(self.second * (1 / after))
        return np.asarray((self.second - self.first * self.first / after) / before)


def summed(X: Any, units: Units, centre: Floats, weight: Floats) -> Sums:
    """The sums of each unit's rows of X (n, d), of weights (n,), less the centre (d,).

    >>> sums = summed(np.array([[3.0], [4.0]]), Units.of([[0, 1]]), np.array([1.0]), np.ones(2))
    >>> float(sums.first[0, 0]), float(sums.second[0, 0])
    (5.0, 13.0)
    """
    weights = weight[units.rows]
    return _single(X, units, centre, weights) if units.alone else _grouped(X, units, centre, weights)


def _single(X: Any, units: Units, centre: Floats, weights: Floats) -> Sums:
    column, first = weights[:, None], X[units.rows] - centre
    second = first * first
    if (weights != 1).any():
        first *= column
        second *= column
    return Sums(column, first, second, True)


def _grouped(X: Any, units: Units, centre: Floats, weights: Floats) -> Sums:
    weight, first, second = np.zeros((len(units), 1)), *np.zeros((2, len(units), len(centre)))
    most = max(1, _CELLS // len(centre))
    for start in range(0, len(units.rows), most):
        rows = X[units.rows[start : start + most]] - centre
        places = np.clip(units.starts - start, 0, len(rows))
        share = csr_matrix((weights[start : start + most], np.arange(len(rows)), places), shape=(len(units), len(rows)))
        weight += share.sum(axis=1).reshape(-1, 1)
        first += share @ rows
        second += share @ (rows * rows)
    return Sums(weight, first, second, False)


def of_class(units: Units, y: NDArray[np.int64], label: int) -> Units:
    """The rows of each unit that have this label, of labels y (n,)."""
    mine = y[units.rows] == label
    before = np.concatenate([[0], np.cumsum(mine)])
    return Units(units.rows[mine], before[units.starts].astype(np.intp))


def by_classes(units: Units, y: NDArray[np.int64]) -> Iterator[tuple[tuple[int, ...], Positions]]:
    """The units of benign rows alone, of malicious rows alone, and all others: their classes and places."""
    malicious = of_class(units, y, CLASSES[1]).sizes
    pure = [(malicious == 0) & (units.sizes > 0), (malicious == units.sizes) & (units.sizes > 0)]
    kinds: list[tuple[int, ...]] = [(CLASSES[0],), (CLASSES[1],), CLASSES]
    for classes, mine in zip(kinds, [*pure, ~(pure[0] | pure[1])], strict=True):
        if mine.any():
            yield classes, np.flatnonzero(mine)


def in_cache(units: Units, columns: int) -> Iterator[tuple[slice, Units]]:
    """The units some at a time, so few that their columns stay near the processor."""
    most = max(16, _CELLS // columns)
    return ((slice(start, start + most), units[start : start + most]) for start in range(0, len(units), most))
