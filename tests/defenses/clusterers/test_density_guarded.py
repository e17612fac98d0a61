import numpy as np
import pytest
from sklearn.cluster import DBSCAN, AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score, pairwise_distances

from amlsec.defenses.clusterers.density_guarded import DensityGuarded
from amlsec.errors import InvalidInput
from estimator_checks import cases

SINGLE = AgglomerativeClustering(None, distance_threshold=2.0, linkage="single")


def blobs(n=60, seed=0):
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.normal(0, 0.5, (n, 2)), rng.normal([6, 0], 0.5, (n, 2))]), np.repeat([0, 1], n)


BRIDGE = np.column_stack([np.linspace(1.5, 4.5, 4), np.zeros(4)])


@pytest.mark.parametrize(("estimator", "check"), cases(guarded=DensityGuarded(AgglomerativeClustering(3), neighbors=2)))
def test_scikit_learn_s_own_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize(("neighbors", "set_aside"), [(1, 0.0), (5, 0.3), (9, 0.9)])
def test_those_of_small_distance_to_their_k_th_neighbour_take_part(neighbors, set_aside):
    X, _ = blobs()
    far = np.sort(pairwise_distances(X), axis=1)[:, neighbors]
    found = DensityGuarded(neighbors=neighbors, set_aside=set_aside).fit(X)
    kept = np.argsort(far)[: found.core_.sum()]
    assert found.core_.mean() == pytest.approx(1 - set_aside, abs=0.01)
    assert found.core_[kept].all()


def test_with_nobody_set_aside_it_is_the_clusterer():
    X, _ = blobs()
    assert adjusted_rand_score(DensityGuarded(SINGLE, set_aside=0.0).fit_predict(X), SINGLE.fit_predict(X)) == 1


def test_a_bridge_of_single_points_joins_clusters_and_not_guarded_ones():
    X, y = blobs()
    bridged = np.concatenate([X, BRIDGE])
    assert adjusted_rand_score(y, SINGLE.fit_predict(bridged)[:120]) == 0
    assert adjusted_rand_score(y, DensityGuarded(SINGLE).fit_predict(bridged)[:120]) > 0.95


def test_a_dense_bridge_does_join_them():
    X, y = blobs()
    dense = np.concatenate([X, np.repeat(BRIDGE, 7, axis=0)])
    assert adjusted_rand_score(y, DensityGuarded(SINGLE).fit_predict(dense)[:120]) < 0.02


def test_rows_set_aside_follow_their_nearest_row_or_are_noise():
    X, _ = blobs()
    odd = np.array([[1000.0, 0.0]])
    found = DensityGuarded(SINGLE, set_aside=0.05).fit(np.concatenate([X, odd]))
    assert found.labels_[-1] == -1
    distance = pairwise_distances(X, X[found.core_[:-1]])
    core = found.labels_[:-1][found.core_[:-1]]
    followed = found.labels_[:-1] == core[distance.argmin(axis=1)]
    assert (followed | (found.labels_[:-1] == -1)).all()


def test_noise_of_the_clusterer_stays_noise():
    X, _ = blobs()
    found = DensityGuarded(DBSCAN(eps=0.3, min_samples=10), set_aside=0.2).fit(X)
    assert set(found.labels_[found.core_]) == set(found.estimator_.labels_)
    assert -1 in found.estimator_.labels_


@pytest.mark.parametrize("wrong", [{"neighbors": 0}, {"neighbors": 120}, {"set_aside": 1.0}, {"set_aside": -0.1}])
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(InvalidInput, match=next(iter(wrong))):
        DensityGuarded(**wrong).fit(blobs()[0])
