"""Which rows lie together, and how far two answers to that are apart."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.errors import InvalidInput

Labels = NDArray[np.int64]


def clusters(estimator: Any, X: NDArray[Any]) -> Labels:
    """The cluster (n,), numbered from 0, that a clone of the estimator puts each row in; a row it calls noise is one alone.

    Raises InvalidInput where the estimator has no `fit_predict`.

    >>> from sklearn.cluster import DBSCAN
    >>> clusters(DBSCAN(eps=1, min_samples=2), np.array([[0.0], [9.0], [0.5], [20.0]]))
    array([0, 1, 0, 2])
    """
    from sklearn.base import clone

    if not hasattr(estimator, "fit_predict"):
        raise InvalidInput("estimator", type(estimator).__name__, "must be a clusterer, with fit_predict")
    found = np.asarray(clone(estimator).fit_predict(X))
    alone = found == -1
    found = np.where(alone, found.max(initial=-1) + np.cumsum(alone), found)
    _, first, number = np.unique(found, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(first))[number])


def apart(one: Labels, two: Labels) -> float:
    """How far two clusterings (n,) are apart: `||Y Y' - Z Z'||_F` of their membership matrices (Biggio et al. 2013, eq. 2).

    Its square counts the ordered pairs of rows that are together in one of them only.

    >>> apart(np.array([0, 0, 1]), np.array([0, 0, 0]))
    2.0
    """
    from sklearn.metrics.cluster import pair_confusion_matrix

    pairs = pair_confusion_matrix(one, two)
    return float(np.sqrt(pairs[0, 1] + pairs[1, 0]))
