"""A smoothing that is a share of the largest variance: how far units move it, and what follows from that number alone."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np

from amlsec.impact.contract import Floats
from amlsec.impact.moments import Sums
from amlsec.impact.rank_updates import LEAST

_NODES = 16
_FROM, _TO = 0.95, 1.4  # how many times the smoothing may become, to be interpolated
_EXACT = 1e-15  # what share of a term may be lost by interpolation
_TINY = 1e-300


class Spread:
    """The largest variance of any column of rows without weights (n, d), and how units move it."""

    def __init__(self, X: Floats, removing: bool) -> None:
        self.n, self.mean, self.removing = len(X), X.mean(axis=0), removing
        self.scatter = ((X - self.mean) ** 2).sum(axis=0)
        self.largest = float(self.scatter.max()) / self.n

    def growth(self, units: list[tuple[Floats, Sums]]) -> Floats:
        """How many times as large (k, 1) units make it, of sums around some centres (d,); NaN where little of it is left."""
        columns = self._columns(units)
        sums = reduce(Sums.plus, (each.around(centre - self.mean, columns) for centre, each in units))
        variance = sums.variance(self.n)
        variance += self.scatter[columns] / self.n
        found = variance.max(axis=1, keepdims=True) / self.largest * self.n / (self.n + sums.weight)
        return np.where(found > LEAST, found, np.nan)

    def _columns(self, units: list[tuple[Floats, Sums]]) -> Any:
        """The columns that can be the largest; all, where most can or rows are taken out."""
        if self.removing:
            return slice(None)
        most = self.scatter.copy()
        for centre, sums in units:
            most += 2 * (sums.second.max(axis=0, initial=0.0) + sums.weight.max(initial=0.0) * (centre - self.mean) ** 2)
        able = np.flatnonzero(most >= self.scatter.max() * (1 - 1e-9))
        return able if 2 * len(able) < len(most) else slice(None)


class Interpolation:
    """What depends on the growth of the smoothing alone is known from its values at a few growths, the nodes.

    The polynomial through `1 / (a + s)` at nodes s_i is off by the share `prod_i (s - s_i) / (a + s_i)` of it: at most
    `prod_i |s - s_i| / s_i`, whatever the variance a (Berrut and Trefethen 2004 on the form used).

    >>> at = Interpolation()
    >>> amounts = at.amounts(np.array([[1.01], [9.0]]))
    >>> [float((amounts[0] @ (1 / (2 + at.nodes))).round(12)), bool(np.isnan(amounts[1]).all())]
    [0.332225913621, True]
    """

    def __init__(self) -> None:
        angles = (2 * np.arange(_NODES) + 1) * np.pi / (2 * _NODES)
        self.nodes = (_FROM + _TO) / 2 + (_TO - _FROM) / 2 * np.cos(angles)
        self.weights = np.where(np.arange(_NODES) % 2, -1.0, 1.0) * np.sin(angles)

    def amounts(self, growth: Floats) -> Floats:
        """Of the values at the nodes (k, nodes), which add up to that at each growth (k, 1); NaN where that is not exact."""
        apart = growth[:, 0] - self.nodes[:, None]
        lost = np.abs(np.prod(apart / self.nodes[:, None], axis=0))
        shares = self.weights[:, None] / np.where(apart == 0, _TINY, apart)
        shares /= np.where(lost <= _EXACT, shares.sum(axis=0), np.nan)
        return shares.T
