"""The nearest neighbor, and the nearest centroid, by straight-line distance."""

from __future__ import annotations

from typing import Any

import numpy as np

from amlsec.errors import NotApplicable
from amlsec.whitebox.binary import check_binary
from amlsec.whitebox.look import reads
from amlsec.whitebox.neighbors import Neighbors


@reads(Neighbors, "KNeighborsClassifier")
def nearest(estimator: Any) -> Neighbors:
    """Its training rows; raises NotApplicable for more than one neighbor or another distance."""
    check_binary(estimator)
    straight = estimator.effective_metric_ == "euclidean" and not callable(estimator.weights)
    if estimator.n_neighbors != 1 or not straight:
        raise NotApplicable(
            f"{estimator.n_neighbors} neighbors by {estimator.effective_metric_} are not one by straight lines"
        )
    points = estimator._fit_X
    dense = points.toarray() if hasattr(points, "toarray") else points
    return Neighbors(np.asarray(dense, dtype=np.float64), np.asarray(estimator._y), np.ones(dense.shape[1]))


@reads(Neighbors, "NearestCentroid")
def centroids(estimator: Any) -> Neighbors:
    """The two centroids; raises NotApplicable for another distance, or classes that count by their size."""
    check_binary(estimator)
    if estimator.metric != "euclidean" or not np.isclose(estimator.class_prior_, 0.5).all():
        raise NotApplicable(f"centroids by {estimator.metric}, of priors {estimator.class_prior_}, are not the nearest's")
    return Neighbors(estimator.centroids_, np.array([0, 1]), np.ones(estimator.centroids_.shape[1]))
