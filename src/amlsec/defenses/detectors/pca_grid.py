"""Robust principal components: directions along which the rows' median absolute deviation is greatest."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
CONSISTENT = 1.482602218505602
"""The standard deviation of a Gaussian of median absolute deviation 1."""
_TINY = 1e-6  # a loading so small may as well be none
_SAME = 1e-16  # directions no further apart are one


class Grid(NamedTuple):
    """Orthonormal directions (k, d), their greatest entry positive, and the rows' robust spread along each (k,), falling."""

    components: Floats
    spread: Floats


def pca_grid(X: Floats, n_components: int, *, angles: int = 25, halvings: int = 10) -> Grid:
    """The first directions of greatest median absolute deviation of rows (n, d), by search on grids of angles.

    PCA-GRID of Croux, Filzmoser and Oliveira (2007) with the halving of the C code of R's package pcaPP (`PCAgrid`), whose
    directions it finds, but where angles tie, as of whole numbers, and rounding decides. From the column of greatest
    spread, one column after another is turned towards, by the best of `angles` angles between -pi/2 and pi/2; the sweep is
    repeated `halvings` times, each over half the angle. Then the direction is taken out by a reflection, and the search goes
    on in what is left. Rows need no centre: the deviation is from the median. Rows of more columns than there are rows are
    first rotated into as few dimensions as they have.

    `n_components` must lie in 1..min(n, d) and `angles` be odd, 3 at least, so that the direction itself is among them. A
    spread is the deviation times 1.4826, 0 where half the rows agree.

    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(500, 2)) @ [[3.0, 3.0], [0.5, -0.5]]
    >>> X[:50] = [0.0, 200.0]
    >>> pca_grid(X, 1).components.round(1)
    array([[0.7, 0.7]])
    """
    columns, basis = _in_few_dimensions(X)
    found, spread = [], []
    for _ in range(n_components):
        order = np.argsort(-_spread(columns.copy()), kind="stable")
        walk = _Walk(columns, order[0], angles)
        along, direction = walk.climb(order, halvings)
        columns, basis = (_reflected(part, order[0], direction)[order] for part in (columns, basis))
        found.append(basis[0])
        spread.append(along)
        columns, basis = columns[1:], basis[1:]
    falling = np.argsort(-np.array(spread), kind="stable")
    return Grid(_signed(np.array(found))[falling], np.array(spread)[falling])


class _Walk:
    """A direction among columns (p, n) that is turned towards one of them after another, and the rows along it (n,)."""

    def __init__(self, columns: Floats, start: int, angles: int) -> None:
        self.columns, self.direction = columns, np.zeros(len(columns))
        self.direction[start] = 1.0
        self.pair = np.array([columns[start], columns[start]])
        self.turns = np.linspace(-np.pi / 2, np.pi / 2, angles)
        self.projected = np.empty((angles + 1, columns.shape[1]))
        self.along = float(_spread(columns[start : start + 1].copy())[0])

    def climb(self, order: NDArray[np.intp], halvings: int) -> tuple[float, Floats]:
        """The greatest spread at the end of a sweep, and its direction."""
        best, at = -np.inf, self.direction
        for halved in range(halvings + 1):
            for column in order:
                if abs(self.direction[column]) < 1:
                    self._turn(column, halved)
            self.direction /= np.linalg.norm(self.direction)
            if self.along >= best:
                best, at = self.along, self.direction.copy()
        return best, at

    def _turn(self, column: int, halved: int) -> None:
        """Take the column's part out, and put it back in at the best angle."""
        line, other = self.pair
        other[:] = self.columns[column]
        loading = self.direction[column]
        if loading:
            rest = np.sqrt(1 - loading**2)
            line -= loading * other
            line /= rest
            self.direction /= rest
        cos, sin, self.along = self._best(loading, halved)
        line *= cos
        other *= sin
        line += other
        self.direction *= cos
        self.direction[column] = sin

    def _best(self, loading: float, halved: int) -> tuple[float, float, float]:
        """Cosine, sine and spread of the first best angle. The two ends of a half turn are one direction."""
        turns = self.turns * 0.5**halved if halved else self.turns[:-1]
        tried = np.arcsin(loading) + turns
        if 0 < abs(loading) < _TINY:
            tried = np.concatenate([[0.0], tried])
        turned = np.column_stack([np.cos(tried), np.sin(tried)])
        spread = _spread(np.dot(turned, self.pair, out=self.projected[: len(turned)]))
        best = int(np.argmax(spread))
        return float(turned[best, 0]), float(turned[best, 1]), float(spread[best])


def _spread(rows: Floats) -> Floats:
    """1.4826 times the median absolute deviation of each row (m, n), which is overwritten."""
    rows -= _median(rows)[:, None]
    np.abs(rows, out=rows)
    return CONSISTENT * _median(rows)


def _median(rows: Floats) -> Floats:
    """The median of each row (m, n), whose order is lost."""
    half, odd = divmod(rows.shape[1], 2)
    rows.partition(half, axis=1)
    return rows[:, half] if odd else (rows[:, :half].max(axis=1) + rows[:, half]) / 2


def _in_few_dimensions(X: Floats) -> tuple[Floats, Floats]:
    """Columns (p, n) to search among, and what they are in the given ones (p, d)."""
    if len(X) >= X.shape[1]:
        return np.ascontiguousarray(X.T), np.eye(X.shape[1])
    _, _, basis = np.linalg.svd(X, full_matrices=False)
    return np.ascontiguousarray(basis @ X.T), basis


def _reflected(rows: Floats, start: int, direction: Floats) -> Floats:
    """The rows (p, m) in a basis whose vector `start` is the direction (p,): Householder's reflection."""
    axis = -direction
    axis[start] += 1
    length = np.linalg.norm(axis)
    if length <= _SAME:
        return rows
    axis *= np.sqrt(2) / length
    return np.asarray(rows - axis[:, None] * (axis @ rows))


def _signed(components: Floats) -> Floats:
    greatest = np.abs(components).argmax(axis=1)
    return np.asarray(components * np.sign(components[np.arange(len(components)), greatest])[:, None])
