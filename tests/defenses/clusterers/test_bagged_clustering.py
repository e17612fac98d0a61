import numpy as np
import pytest
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score

from amlsec.defenses.clusterers.bagged_clustering import BaggedClustering
from amlsec.errors import InvalidInput
from estimator_checks import cases

SINGLE = AgglomerativeClustering(None, distance_threshold=3.0, linkage="single")


def blobs(n=40, seed=0):
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.normal(0, 0.5, (n, 2)), rng.normal([6, 0], 0.5, (n, 2))]), np.repeat([0, 1], n)


@pytest.mark.parametrize(("estimator", "check"), cases(bags=BaggedClustering(bags=30, random_state=0)))
def test_scikit_learn_s_own_checks(estimator, check):
    check(estimator)


def test_one_bag_of_all_rows_is_the_clusterer():
    X, _ = blobs()
    found = BaggedClustering(SINGLE, bags=1, part=1.0).fit(X)
    known = SINGLE.fit_predict(X)
    np.testing.assert_array_equal(found.together_, known[:, None] == known)
    assert adjusted_rand_score(found.labels_, known) == 1


def test_co_association_counts_the_bags_that_hold_both_rows():
    X, _ = blobs(5)
    found = BaggedClustering(SINGLE, bags=7, part=0.5, random_state=3).fit(X)
    rng = np.random.RandomState(3)
    joint, both = np.zeros((2, 10, 10))
    for _ in range(7):
        bag = sorted(rng.choice(10, 5, replace=False))
        said = SINGLE.fit_predict(X[bag])
        for i, a in enumerate(bag):
            for j, b in enumerate(bag):
                both[a, b] += 1
                joint[a, b] += said[i] == said[j]
    known = np.where(both > 0, joint / np.maximum(both, 1), 0)
    np.fill_diagonal(known, 1)
    np.testing.assert_allclose(found.together_, known)


def test_one_point_between_two_clusters_joins_them_and_not_in_most_bags():
    X, y = blobs()
    bridged = np.concatenate([X, [[3.0, 0.0]]])
    assert adjusted_rand_score(y, SINGLE.fit_predict(bridged)[:80]) == 0
    found = BaggedClustering(SINGLE, random_state=0).fit(bridged)
    assert adjusted_rand_score(y, found.labels_[:80]) == 1
    assert 0.25 < found.together_[:40, 40:80].mean() < 0.45


def test_a_bridge_of_many_points_does_join_them():
    X, y = blobs()
    bridged = np.concatenate([X, np.repeat([[3.0, 0.0]], 8, axis=0)])
    assert adjusted_rand_score(y, BaggedClustering(SINGLE, random_state=0).fit_predict(bridged)[:80]) == 0


@pytest.mark.parametrize("wrong", [{"bags": 0}, {"part": 0.0}, {"part": 1.1}, {"agree": 1.0}, {"agree": -0.1}])
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(InvalidInput, match=next(iter(wrong))):
        BaggedClustering(**wrong).fit(blobs()[0])
