"""Density-guarded clustering: rows with few others near them join no clusters together."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClusterMixin, clone
from sklearn.cluster import AgglomerativeClustering
from sklearn.neighbors import NearestNeighbors
from sklearn.utils.validation import validate_data

from amlsec.catalogue import clusterer
from amlsec.errors import InvalidInput
from amlsec.threat import Influence, ThreatModel, Violation

_FAR = 2.0


@clusterer(
    threats=(ThreatModel(Influence.CAUSATIVE, Violation.AVAILABILITY),),
    references=("biggio2013data", "campello2013density"),
)
class DensityGuarded(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """Clusters the rows that have others near them, and gives each of the rest the cluster of its nearest such row.

    A bridge between clusters stands where there are no rows, so its points have no near neighbours: as in HDBSCAN (Campello
    et al. 2013) a row's density is its distance to its k-th neighbour. The thinnest `set_aside` of the rows do not take
    part in the clustering; they are taken into the cluster of the nearest row that does, or are noise, -1, where that one is
    more than twice as far as the k-th neighbour of any that does. An attacker who knows it builds bridges of several points
    each (docs/reproductions/bridge.md).

    Parameters
    ----------
    estimator : what clusters; None takes single linkage of two clusters
    neighbors : k, at least 1
    set_aside : share of the rows, in [0, 1)

    Raises
    ------
    InvalidInput : by `fit`, on other settings, or where there are no more than k rows

    Attributes
    ----------
    labels_ : cluster of each row (n,), -1 is noise
    core_ : whether a row took part in the clustering (n,)
    estimator_ : what clustered

    >>> bridge = np.array([[4.0], [6.0]])
    >>> X = np.concatenate([np.linspace(0, 2, 20)[:, None], np.linspace(8, 10, 20)[:, None], bridge])
    >>> linkage = AgglomerativeClustering(None, distance_threshold=3, linkage="single")
    >>> int(linkage.fit_predict(X).max()), DensityGuarded(linkage).fit(X).labels_[[0, 39, 40, 41]]
    (0, array([ 1,  0, -1, -1]))
    """

    def __init__(self, estimator: Any = None, *, neighbors: int = 5, set_aside: float = 0.3) -> None:
        self.estimator = estimator
        self.neighbors = neighbors
        self.set_aside = set_aside

    def fit(self, X: Any, y: Any = None) -> Self:
        """Cluster these rows; labels play no role."""
        X = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        self._check(len(X))
        far = NearestNeighbors(n_neighbors=self.neighbors).fit(X).kneighbors()[0][:, -1]
        limit = np.quantile(far, 1 - self.set_aside, method="lower")
        self.core_ = far <= limit
        self.estimator_ = clone(AgglomerativeClustering(linkage="single") if self.estimator is None else self.estimator)
        found = np.asarray(self.estimator_.fit_predict(X[self.core_]))
        away, nearest = NearestNeighbors(n_neighbors=1).fit(X[self.core_]).kneighbors(X)
        self.labels_ = np.where(away[:, 0] <= _FAR * limit, found[nearest[:, 0]], -1)
        self.labels_[self.core_] = found
        return self

    def _check(self, rows: int) -> None:
        if not 1 <= self.neighbors < rows:
            raise InvalidInput("neighbors", self.neighbors, f"must lie in 1..{rows - 1}, below the number of rows")
        if not 0 <= self.set_aside < 1:
            raise InvalidInput("set_aside", self.set_aside, "must lie in [0, 1)")
