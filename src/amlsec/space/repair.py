"""Rows that break relations, mended: what the attacker left alone follows what he changed, the cheapest column first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Rows
from amlsec.space.relation import Relations

Floats = NDArray[np.float64]
_SWEEPS = 8


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """How far each column of some rows may go (n, d), what its values are multiples of (d,), what a unit costs (d,)."""

    low: Floats
    high: Floats
    grid: Floats
    rate: Floats

    def of(self, rows: NDArray[np.intp]) -> Reach:
        return Reach(self.low[rows], self.high[rows], self.grid, self.rate)


def mended(X: Rows, changed: Rows, relations: Relations, reach: Reach) -> Rows:
    """The changed rows, moved until every relation holds; a row that finds no way ends anywhere within its reach.

    One relation after the other, a few times: columns of it that are as they were in `X` move first, those with the least
    cost for each unit of the sum before others, then those that were changed.
    """
    rows, bounds = changed.copy(), relations.bounds(X)
    for _ in range(_SWEEPS):
        broken = np.flatnonzero((relations.excess(rows, bounds) != 0).any(axis=1))
        if not len(broken):
            break
        ends = bounds[0][broken], bounds[1][broken]
        rows[broken] = _swept(X[broken], rows[broken], relations, ends, reach.of(broken))
    return rows


def _swept(X: Rows, rows: Rows, relations: Relations, bounds: tuple[Floats, Floats], reach: Reach) -> Rows:
    for k, weights in enumerate(relations.weights):
        over = relations.excess(rows, bounds)[:, k]
        at = np.flatnonzero(over)
        if len(at):
            exact = bounds[0][at, k] == bounds[1][at, k]
            rows[at] = _met(X[at], rows[at], weights, over[at], exact, reach.of(at))
    return rows


def _met(X: Rows, rows: Rows, weights: Floats, over: Floats, exact: NDArray[np.bool_], reach: Reach) -> Rows:
    """The rows with one relation's sum lowered by `over` (n,), column after column as far as each goes."""
    every = np.arange(len(rows))
    for columns in _order(X, rows, weights, reach.rate):
        old, left = rows[every, columns], over
        wanted = old - over / weights[columns]
        low, high = reach.low[every, columns], reach.high[every, columns]
        new = np.clip(_on_grid(old, wanted, reach.grid[columns], exact), low, high)
        rows[every, columns] = new
        over = over + weights[columns] * (new - old)
        over = np.where(over * left > 0, over, 0.0)
    return rows


def _order(X: Rows, rows: Rows, weights: Floats, rate: Floats) -> Iterator[NDArray[np.intp]]:
    """Each row's columns (n,), the first to move first."""
    some = np.flatnonzero(weights)
    cheapest = some[np.argsort(rate[some] / np.abs(weights[some]), kind="stable")]
    touched = rows[:, cheapest] != X[:, cheapest]
    return iter(cheapest[np.argsort(touched, axis=1, kind="stable")].T)


def _on_grid(old: Floats, wanted: Floats, grid: Floats, exact: NDArray[np.bool_]) -> Floats:
    """The wanted values as multiples of the grid: an equality's not past what is wanted, a bound's not short of it."""
    unit = np.where(grid > 0, grid, 1.0)
    down = (wanted > old) == exact
    whole = np.where(down, np.floor(wanted / unit + 1e-9), np.ceil(wanted / unit - 1e-9)) * unit
    whole = np.where((whole - old) * (wanted - old) > 0, whole, old)
    return np.where(grid > 0, whole, wanted)
