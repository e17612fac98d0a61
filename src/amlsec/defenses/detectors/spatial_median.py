"""The point of least mean distance from rows."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

Floats = NDArray[np.float64]
_BALANCED = 1e-9  # mean pull of the rows, each of which pulls by 1, that counts as none
_THERE = 1e-10  # share of the typical distance within which a row is at the point
_LEANS = 1e-4  # mean pull left after the last step that is worth a warning: a row in ten thousand more would move as much
_STEPS = 1000


def spatial_median(X: Floats) -> Floats:
    """The spatial median (d,) of rows (n, d): half of the rows can be anywhere before it follows them.

    By the steps of Vardi and Zhang (2000), which do not stick to a row, and by Aitken's leap ahead where they shrink slowly.
    At the median the rows pull evenly: the sum of unit vectors towards them is no longer than the number of rows that are
    there. Warns (ConvergenceWarning) where the steps run out far from that.

    >>> spatial_median(np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [4.0, 4.0], [2.0, 2.0], [9000.0, 2.0]])).round(3)
    array([2., 2.])
    """
    at: Floats = np.median(X, axis=0)
    pull, step = _towards(X, at)
    for _ in range(_STEPS):
        if pull <= _BALANCED:
            return at
        at, pull, step = _moved(X, at, step)
    row: Floats = X[np.linalg.norm(X - at, axis=1).argmin()]  # one that holds the pull exactly is neared ever more slowly
    if min(pull, _towards(X, row)[0]) > _LEANS:
        warnings.warn(f"the spatial median moved still after {_STEPS} steps", ConvergenceWarning, stacklevel=2)
    return min(at, row, key=lambda point: float(np.linalg.norm(X - point, axis=1).sum()))


def _moved(X: Floats, at: Floats, step: Floats) -> tuple[Floats, float, Floats]:
    """A step on, or where steps that went on shrinking as these two do would end, if the rows pull less there."""
    plain = (at + step, *_towards(X, at + step))
    ratio = float(plain[2] @ step / (step @ step))
    if not 0.5 < ratio < 1:
        return plain
    ahead = plain[0] + plain[2] / (1 - ratio)
    return min(plain, (ahead, *_towards(X, ahead)), key=lambda end: end[1])


def _towards(X: Floats, at: Floats) -> tuple[float, Floats]:
    """The mean pull of the rows that those at the point do not hold, and the step it asks for (d,)."""
    away = X - at
    distance = np.sqrt(np.einsum("ij,ij->i", away, away))
    near = distance <= _THERE * np.median(distance)
    closeness = np.divide(1, distance, out=np.zeros_like(distance), where=~near)
    pull = closeness @ away
    length = float(np.linalg.norm(pull))
    unheld = length - int(near.sum())
    return unheld / len(X), pull * (unheld / length / closeness.sum()) if unheld > 0 else np.zeros_like(at)
