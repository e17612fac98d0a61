"""The point of least mean distance from rows."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

Floats = NDArray[np.float64]
_BALANCED = 1e-9  # mean pull of the rows, each of which pulls by 1, that counts as none
_THERE = 1e-10  # share of the typical distance within which a row is at the point
_STEPS = 1000


def spatial_median(X: Floats) -> Floats:
    """The spatial median (d,) of rows (n, d): half of the rows can be anywhere before it follows them.

    By the steps of Vardi and Zhang (2000), which do not stick to a row. At the median the rows pull evenly: the sum of unit
    vectors towards them is no longer than the number of rows that are there. Warns (ConvergenceWarning) where the steps
    run out.

    >>> spatial_median(np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [4.0, 4.0], [2.0, 2.0], [9000.0, 2.0]])).round(3)
    array([2., 2.])
    """
    at: Floats = np.median(X, axis=0)
    for _ in range(_STEPS):
        pull, step = _towards(X, at)
        if pull <= _BALANCED:
            return at
        at = at + step
    row: Floats = X[np.linalg.norm(X - at, axis=1).argmin()]  # one that holds the pull exactly is neared ever more slowly
    if _towards(X, row)[0] <= _BALANCED:
        return row
    warnings.warn(f"the spatial median moved still after {_STEPS} steps", ConvergenceWarning, stacklevel=2)
    return at


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
