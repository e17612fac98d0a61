"""Detectors and clusterers that each break the laws they are filed under."""

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClusterMixin, OutlierMixin

from amlsec.catalogue import Kind, Victim
from laws import clusterer, detector
from laws.bad import breaks, by_chance

_DETECTOR = {"victim": Victim.DETECTOR, "spaces": ("tabular",)}
_CLUSTERER = {"victim": Victim.CLUSTERER, "spaces": ("tabular",)}


class _Detector(OutlierMixin, BaseEstimator):
    """Alarms far from the mean."""

    def __init__(self, *, random_state: Any = None) -> None:
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Any:
        self.mean_ = np.mean(X, axis=0)
        return self

    def decision_function(self, X: Any) -> Any:
        return 8 - np.linalg.norm(X - self.mean_, axis=1)

    def predict(self, X: Any) -> Any:
        return np.where(self.decision_function(X) < 0, -1, 1)


@breaks(
    Kind.DETECTOR,
    detector.check_same_seed_same_model,
    detector.check_forgets_what_it_learned_before,
    detector.check_leaves_the_global_random_state_alone,
    detector.check_tells_far_rows_from_normal_ones,
    **_DETECTOR,
)
class MoodyDetector(_Detector):
    def fit(self, X: Any, y: Any = None) -> Any:
        self.mean_ = by_chance().normal(size=np.shape(X)[1]) * 100
        return self


@breaks(Kind.DETECTOR, detector.check_needs_no_argument, by=TypeError, **_DETECTOR)
class DemandingDetector(_Detector):
    def __init__(self, *, random_state: Any) -> None:
        self.random_state = random_state


@breaks(
    Kind.DETECTOR,
    detector.check_is_cloned_with_its_settings,
    detector.check_fitting_changes_no_setting,
    by=(RuntimeError, AssertionError),
    **_DETECTOR,
)
class RestlessDetector(_Detector):
    def __init__(self, *, random_state: Any = None) -> None:
        self.random_state = [random_state]

    def fit(self, X: Any, y: Any = None) -> Any:
        self.random_state = 1
        return super().fit(X)


@breaks(
    Kind.DETECTOR,
    detector.check_says_alarm_or_not,
    detector.check_alarms_where_its_decision_is_below_0,
    **_DETECTOR,
)
class CountingDetector(_Detector):
    def predict(self, X: Any) -> Any:
        return np.arange(len(X))


@breaks(Kind.DETECTOR, detector.check_labels_play_no_role, **_DETECTOR)
class LabelledDetector(_Detector):
    def fit(self, X: Any, y: Any = None) -> Any:
        return super().fit(X if y is None else X[y == 0])


@breaks(Kind.DETECTOR, detector.check_leaves_its_input_alone, by=ValueError, **_DETECTOR)
class VandalDetector(_Detector):
    def fit(self, X: Any, y: Any = None) -> Any:
        X.sort(axis=0)
        return super().fit(X)


class _Clusterer(ClusterMixin, BaseEstimator):
    """Two clusters by the sum of a row."""

    def __init__(self, *, random_state: Any = None) -> None:
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Any:
        self.labels_ = (X.sum(axis=1) > 12).astype(int)
        return self


@breaks(
    Kind.CLUSTERER,
    clusterer.check_same_seed_same_clusters,
    clusterer.check_finds_clusters_far_apart,
    clusterer.check_order_of_the_rows_makes_no_difference,
    clusterer.check_leaves_the_global_random_state_alone,
    **_CLUSTERER,
)
class MoodyClusterer(_Clusterer):
    def fit(self, X: Any, y: Any = None) -> Any:
        self.labels_ = by_chance().integers(0, 2, len(X))
        return self


@breaks(Kind.CLUSTERER, clusterer.check_needs_no_argument, by=TypeError, **_CLUSTERER)
class DemandingClusterer(_Clusterer):
    def __init__(self, *, random_state: Any) -> None:
        self.random_state = random_state


@breaks(
    Kind.CLUSTERER,
    clusterer.check_is_cloned_with_its_settings,
    clusterer.check_fitting_changes_no_setting,
    by=(RuntimeError, AssertionError),
    **_CLUSTERER,
)
class RestlessClusterer(_Clusterer):
    def __init__(self, *, random_state: Any = None) -> None:
        self.random_state = [random_state]

    def fit(self, X: Any, y: Any = None) -> Any:
        self.random_state = 1
        return super().fit(X)


@breaks(Kind.CLUSTERER, clusterer.check_gives_each_row_a_cluster_or_noise, **_CLUSTERER)
class TerseClusterer(_Clusterer):
    def fit(self, X: Any, y: Any = None) -> Any:
        self.labels_ = np.array([-3])
        return self


@breaks(Kind.CLUSTERER, clusterer.check_leaves_its_input_alone, by=ValueError, **_CLUSTERER)
class VandalClusterer(_Clusterer):
    def fit(self, X: Any, y: Any = None) -> Any:
        X.sort(axis=0)
        return super().fit(X)
