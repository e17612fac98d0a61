"""Bagged clustering: rows lie together where they do in most clusterings of parts of the rows."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import AgglomerativeClustering
from sklearn.utils import check_random_state
from sklearn.utils.validation import validate_data

from amlsec.catalogue import clusterer
from amlsec.clusters import clusters
from amlsec.errors import InvalidInput
from amlsec.threat import Influence, ThreatModel, Violation

Floats = NDArray[np.float64]


@clusterer(
    threats=(ThreatModel(Influence.CAUSATIVE, Violation.AVAILABILITY),),
    references=("biggio2013data", "fred2005combining"),
)
class BaggedClustering(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """Puts two rows together where most clusterings of random parts of the rows, of those that hold both, do.

    Evidence accumulation (Fred and Jain 2005): how often two rows are together is their co-association, and rows are joined
    by average linkage of it as long as it exceeds `agree`. A bridge of one point is in a `part` of the bags, so with
    `part` below `agree` it joins nobody; an attacker needs several points for each bridge. Smaller bags are thinner, so a
    clusterer that is cut at a distance splits more of its clusters.

    Parameters
    ----------
    estimator : what clusters; None takes single linkage of two clusters
    bags : how many parts, at least 1
    part : share of the rows in each, in (0, 1]
    agree : co-association above which rows are joined, in [0, 1)
    random_state : seed of the parts

    Raises
    ------
    InvalidInput : by `fit`, on other settings

    Attributes
    ----------
    labels_ : cluster of each row (n,)
    together_ : co-association of each two rows (n, n), 0 where no bag holds both

    >>> X = np.concatenate([np.linspace(0, 2, 20)[:, None], np.linspace(8, 10, 20)[:, None], [[5.0]]])
    >>> linkage = AgglomerativeClustering(None, distance_threshold=4, linkage="single")
    >>> int(linkage.fit_predict(X).max()), BaggedClustering(linkage, random_state=0).fit(X).labels_[[0, 19, 20, 39]]
    (0, array([1, 1, 0, 0]))
    """

    def __init__(
        self,
        estimator: Any = None,
        *,
        bags: int = 100,
        part: float = 0.4,
        agree: float = 0.5,
        random_state: int | None = None,
    ) -> None:
        self.estimator = estimator
        self.bags = bags
        self.part = part
        self.agree = agree
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Self:
        """Cluster these rows; labels play no role."""
        X = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        self._check()
        self.together_ = self._co_association(X)
        average = AgglomerativeClustering(
            None, metric="precomputed", linkage="average", distance_threshold=np.nextafter(1 - self.agree, 0)
        )
        self.labels_ = average.fit_predict(1 - self.together_)
        return self

    def _co_association(self, X: Floats) -> Floats:
        rng, size = check_random_state(self.random_state), max(2, round(self.part * len(X)))
        chosen = AgglomerativeClustering(linkage="single") if self.estimator is None else self.estimator
        joint, both = np.zeros((2, len(X), len(X)))
        for _ in range(self.bags):
            bag = np.sort(rng.choice(len(X), size, replace=False))
            found = clusters(chosen, X[bag])
            joint[np.ix_(bag, bag)] += found[:, None] == found
            both[np.ix_(bag, bag)] += 1
        together = np.divide(joint, both, out=np.zeros_like(both), where=both > 0)
        np.fill_diagonal(together, 1.0)
        return together

    def _check(self) -> None:
        if self.bags < 1:
            raise InvalidInput("bags", self.bags, "must be at least 1")
        if not 0 < self.part <= 1:
            raise InvalidInput("part", self.part, "must lie in (0, 1]")
        if not 0 <= self.agree < 1:
            raise InvalidInput("agree", self.agree, "must lie in [0, 1)")
