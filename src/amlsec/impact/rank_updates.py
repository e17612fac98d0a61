"""What a few more rows do to the solution of a linear system, without solving it again."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from amlsec.impact.contract import Floats
from amlsec.impact.units import Positions, Units

LEAST, MOST = 3e-3, 1e5
"""Rows that leave less of the system in some direction, or add more, cost too many digits: 1e-15 / LEAST^2 are lost."""
_ROWS = 1 << 14  # rows that are in memory at a time


def of_like_size(units: Units) -> Iterator[tuple[Positions, Positions]]:
    """The units of one size after another, some at a time: their places (k,) and their rows (k, g)."""
    for size in np.unique(units.sizes):
        members = np.flatnonzero(units.sizes == size)
        for first in range(0, len(members), most := max(1, _ROWS // max(int(size), 1))):
            part = members[first : first + most]
            yield part, units.rows[units.starts[part][:, None] + np.arange(size)]


def added(rows: Floats, weight: Floats, values: Floats) -> Floats:
    """`(I + R' S R)^-1 R' S r` (k, p) for each of k sets of rows R (k, g, p), weights S (k, g) and values r (k, g).

    By Sherman and Morrison (1950) for one row, Woodbury (1950) for several, and the p equations themselves where there
    are more rows than those. Weights are all at least 0, or, for rows taken out, all at most 0; NaN where those leave
    or add so much that digits are lost.

    >>> added(np.array([[[2.0, 0.0]]]), np.array([[1.0]]), np.array([[5.0]]))
    array([[2., 0.]])
    """
    if rows.shape[1] == 1:
        return _one(rows[:, 0], weight[:, 0], values[:, 0])
    sign, root = -1.0 if (weight < 0).any() else 1.0, np.sqrt(np.abs(weight))
    rows, values = rows * root[:, :, None], values * root
    across = rows.swapaxes(1, 2)
    if rows.shape[1] <= rows.shape[2]:
        return sign * (across @ _solved(rows @ across, sign, values[:, :, None]))[:, :, 0]
    return sign * _solved(across @ rows, sign, across @ values[:, :, None])[:, :, 0]


def _one(row: Floats, weight: Floats, value: Floats) -> Floats:
    whole = 1 + weight * np.einsum("kp,kp->k", row, row)
    sound = (whole > LEAST) & (whole < MOST)
    return row * (weight * value / np.where(sound, whole, np.nan))[:, None]


def _solved(gram: Floats, sign: float, values: Floats) -> Floats:
    """(I + sign G)^-1 v, NaN where digits are lost."""
    found, whole = np.full_like(values, np.nan), np.eye(gram.shape[1]) + sign * gram
    if sign < 0:
        sound = np.linalg.eigvalsh(whole).min(axis=1, initial=1.0) > LEAST
    else:
        sound = np.trace(gram, axis1=1, axis2=2) < MOST
    found[sound] = np.linalg.solve(whole[sound], values[sound])
    return found
