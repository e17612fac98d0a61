import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import DBSCAN, AgglomerativeClustering
from sklearn.naive_bayes import GaussianNB

from amlsec.clusters import apart, clusters
from amlsec.errors import InvalidInput

PARTITIONS = st.integers(1, 8).flatmap(lambda n: st.tuples(*[st.lists(st.integers(0, 3), min_size=n, max_size=n)] * 2))


def memberships(labels):
    return (np.array(labels)[:, None] == np.unique(labels)).astype(float)


@given(PARTITIONS)
def test_apart_is_the_frobenius_norm_of_the_paper(pair):
    one, two = map(memberships, pair)
    known = np.linalg.norm(one @ one.T - two @ two.T)
    assert apart(*map(np.array, pair)) == pytest.approx(known)


def test_noise_is_alone_and_clusters_are_numbered_as_they_come():
    X = np.array([[50.0], [7.0], [0.0], [7.2], [0.3], [90.0]])
    assert clusters(DBSCAN(eps=1, min_samples=2), X).tolist() == [0, 1, 2, 1, 2, 3]


def test_the_estimator_is_left_unfitted():
    linkage = AgglomerativeClustering(2)
    clusters(linkage, np.arange(6.0)[:, None])
    assert not hasattr(linkage, "labels_")


def test_what_clusters_nothing_is_named():
    with pytest.raises(InvalidInput, match="estimator is .*GaussianNB.*fit_predict"):
        clusters(GaussianNB(), np.arange(6.0)[:, None])
