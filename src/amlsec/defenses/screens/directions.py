"""The directions in which rows vary most."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from scipy.sparse.linalg import LinearOperator, aslinearoperator, svds
from sklearn.utils.sparsefuncs import min_max_axis

_FEW = 10_000  # cells that are quicker decomposed whole
_PRECISE = 1e-6

Floats = NDArray[np.float64]


def leading(F: Any, k: int) -> Floats:
    """Coordinates (n, k) of rows (n, d), dense or sparse and less their mean, along their top k singular vectors.

    Fewer than k columns where n or d is smaller. The sign of a column is arbitrary.

    >>> abs(leading(np.array([[3.0, 0.0], [-3.0, 0.0], [0.0, 1.0], [0.0, -1.0]]), 1)).round(2).ravel().tolist()
    [3.0, 3.0, 0.0, 0.0]
    """
    n, d = F.shape
    if n * d <= _FEW or min(n, d) <= k:
        dense = F.toarray() if issparse(F) else F
        at, lengths, _ = np.linalg.svd(dense - dense.mean(axis=0), full_matrices=False)
        return np.asarray((at * lengths)[:, :k])
    if not _vary(F):
        return np.zeros((n, k))
    at, lengths, _ = svds(_centred(F), k, v0=_start(min(n, d)), tol=_PRECISE, return_singular_vectors="u")
    return np.asarray((at * lengths)[:, ::-1])


def _centred(F: Any) -> LinearOperator:
    """The rows less their mean, without filling in what is sparse."""
    mean, n = np.asarray(F.mean(axis=0)), F.shape[0]
    return aslinearoperator(F) - aslinearoperator(np.ones((n, 1))) @ aslinearoperator(mean.reshape(1, -1))


def _vary(F: Any) -> bool:
    low, high = min_max_axis(F, axis=0) if issparse(F) else (F.min(axis=0), F.max(axis=0))
    return bool((low != high).any())


def _start(size: int) -> Floats:
    return np.random.default_rng(0).normal(size=size)
