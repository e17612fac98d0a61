import numpy as np
import pytest
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from amlsec.data import Batch, texts
from amlsec.defenses.screens.activation_clustering import ActivationClustering
from amlsec.errors import InvalidInput
from mails_and_blobs import SPAM, blobs, inbox
from said import caught, said

NEW = slice(400, None)


@pytest.fixture(autouse=True)
def one_thread():
    with threadpool_limits(1):
        yield


def trigger(n, seed=2):
    """Malicious rows that carry a mark in two columns and say they are benign."""
    rows = blobs(2 * n, seed).labelled(1).X + 8 * np.array([1, 0, 0, -1])
    return Batch(rows, np.zeros(n, dtype=np.int64))


def test_the_score_is_by_which_of_two_means_is_nearer():
    screen, offered = ActivationClustering().fit(blobs(200, 0)), blobs(40, 1) + trigger(20)
    known = screen.known_
    both = (known.calibration + offered).labelled(0)
    points = (both.X - known.base.X.mean(axis=0)) / known.base.X.std(axis=0)
    means = KMeans(2, n_init=20, random_state=1).fit(points)
    small = np.bincount(means.labels_).argmin()
    near = [np.linalg.norm(points - means.cluster_centers_[k], axis=1) for k in (small, 1 - small)]
    expected = (near[1] - near[0])[-40:]
    assert np.allclose(said(screen.judge(offered))[0][offered.y == 0], expected, rtol=1e-2, atol=1e-2)


def test_a_backdoor_in_a_table_is_found():
    verdicts = ActivationClustering().fit(blobs(400, 0)).judge(blobs(400, 1) + trigger(30))
    assert caught(verdicts, NEW) >= 0.95
    assert caught(verdicts, slice(0, 400)) <= 0.1


def test_a_backdoor_in_mails_is_found():
    rng = np.random.default_rng(0)
    mails = [" ".join([*rng.choice(SPAM[:9], 6), f"id{k}"]) for k in range(60)]
    verdicts = ActivationClustering().fit(inbox(400, 0)).judge(inbox(400, 1) + Batch(texts(mails), np.zeros(60, dtype=int)))
    assert caught(verdicts, NEW) >= 0.95


def test_it_misses_poison_that_is_most_of_its_label():
    """The larger cluster is taken for the good one."""
    verdicts = ActivationClustering().fit(blobs(80, 0)).judge(blobs(80, 1) + trigger(400))
    assert caught(verdicts, slice(80, None)) == 0


def test_no_dimensions_are_refused():
    with pytest.raises(InvalidInput, match="dimensions is 0: must be at least 1"):
        ActivationClustering(dimensions=0).fit(blobs(40, 0))
