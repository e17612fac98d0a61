"""How far a cell of a table may be from where others are, so that no row stops a computation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from amlsec.data import Batch

FARTHEST = 1e6
"""Standard deviations."""


def within_reach(rows: Batch, base: Batch) -> Batch:
    """The rows, each cell at most a million standard deviations of the base off its mean; texts as they are.

    >>> base = Batch(np.array([[0.0], [2.0]]), np.array([0, 1]))
    >>> within_reach(Batch(np.array([[5.0], [1e300]]), np.array([0, 1])), base).X.ravel()
    array([5.000000e+00, 1.000001e+06])
    """
    if rows.is_text:
        return rows
    from sklearn.preprocessing import StandardScaler

    usual = StandardScaler().fit(base.X)
    reach = FARTHEST * usual.scale_
    return replace(rows, X=np.clip(rows.X, usual.mean_ - reach, usual.mean_ + reach))
