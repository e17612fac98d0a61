from itertools import combinations

import numpy as np
import pytest
from sklearn.cluster import AgglomerativeClustering

from amlsec.attacks.poisoning import bridge_points as module
from amlsec.attacks.poisoning.bridge_points import bridge_points
from amlsec.budget import PoisonBudget
from amlsec.clusters import apart, clusters
from amlsec.data import Batch
from amlsec.errors import InvalidInput
from amlsec.scene import Scene
from amlsec.space.tabular import Column, Kind, May, TabularSpace, infer
from amlsec.space.text import TextSpace


def blobs(*centres, n=12, seed=0):
    rng = np.random.default_rng(seed)
    return np.concatenate([centre + rng.normal(0, 0.4, (n, 2)) for centre in centres])


X = blobs((0, 0), (5, 0), (20, 0))
SINGLE = AgglomerativeClustering(None, distance_threshold=3, linkage="single")


def scene(rows=X, learner=SINGLE, space=None, total=None):
    batch = Batch(rows, np.zeros(len(rows), dtype=np.int64))
    space = infer(rows, ["a", "b"]) if space is None else space
    return Scene(batch.rows([]), total or len(rows), space, batch, learner)


def added(on, count=1, **settings):
    budget = PoisonBudget((count + 0.5) / on.total)
    return bridge_points(on, budget=budget, rng=np.random.default_rng(0), **settings).added.X


def test_no_middle_of_a_shortest_way_does_more_harm():
    before = clusters(SINGLE, X)
    harm = []
    for one, two in combinations(range(3), 2):
        ends = [(a, b) for a in X[before == one] for b in X[before == two]]
        a, b = min(ends, key=lambda pair: np.linalg.norm(pair[0] - pair[1]))
        harm.append(apart(before, clusters(SINGLE, np.concatenate([X, [(a + b) / 2]]))[: len(X)]))
    found = clusters(SINGLE, np.concatenate([X, added(scene())]))[: len(X)]
    assert apart(before, found) == max(harm) > 0


def test_a_point_stands_half_way_between_the_nearest_rows_of_two_clusters():
    found = clusters(SINGLE, X)
    ends = [(a, b) for a in X[found == 0] for b in X[found == 1]]
    a, b = min(ends, key=lambda pair: np.linalg.norm(pair[0] - pair[1]))
    np.testing.assert_allclose(added(scene())[0], (a + b) / 2)


def test_a_wide_gap_is_halved_until_it_is_closed():
    points = added(scene(), 8)
    assert len(np.unique(clusters(SINGLE, np.concatenate([X, points]))[: len(X)])) == 1
    assert len(points) == 8 or len(np.unique(clusters(SINGLE, np.concatenate([X, points])))) == 1


def test_it_stops_where_no_gap_is_left():
    assert len(added(scene(blobs((0, 0), (5, 0))), 10)) == 1


def test_a_bridge_is_made_of_copies():
    points = added(scene(), 7, copies=3)
    assert len(points) == 6
    assert (points[:3] == points[0]).all()
    assert len(added(scene(), 2, copies=3)) == 0


def test_random_rows_do_less_harm():
    far = blobs((0, 0), (5, 0), (10, 0), (0, 5), (5, 5))
    before = clusters(SINGLE, far)
    rng = np.random.default_rng(1)
    noise = far.min(axis=0) + rng.random((4, 2)) * np.ptp(far, axis=0)
    bridged, noisy = (clusters(SINGLE, np.concatenate([far, rows]))[: len(far)] for rows in (added(scene(far), 4), noise))
    assert len(np.unique(bridged)) == 1
    assert apart(before, noisy) < apart(before, bridged)


def test_a_point_keeps_to_what_the_space_allows():
    up = TabularSpace([Column("a", Kind.INTEGER, -5, 30, may=May.UP), Column("b", Kind.NUMERIC, -5, 5, may=May.NOT)])
    rows = np.round(X)
    point = added(scene(rows, space=up))[0]
    assert point[0] == round(point[0])
    assert point[1] in rows[:, 1]


def test_many_rows_are_looked_at_in_part(monkeypatch):
    monkeypatch.setattr(module, "_SEEN", 20)
    assert len(added(scene())) == 1


def test_without_a_clusterer_he_supposes_single_linkage_of_two():
    assert 5 < added(scene(learner=None))[0][0] < 20


@pytest.mark.parametrize(
    ("on", "settings", "names"), [(scene(), {"copies": 0}, "copies"), (scene(space=TextSpace([])), {}, "space")]
)
def test_bad_input_is_named(on, settings, names):
    with pytest.raises(InvalidInput, match=names):
        added(on, **settings)


def test_points_that_would_lessen_the_harm_are_left_out():
    rng = np.random.default_rng(5)
    rows = np.concatenate([centre + rng.normal(size=(20, 2)) for centre in rng.normal(size=(5, 2)) * 8])
    linkage = AgglomerativeClustering(5, linkage="single")
    before = clusters(linkage, rows)
    harm = [
        apart(before, clusters(linkage, np.concatenate([rows, added(scene(rows, linkage), count)]))[:100])
        for count in range(1, 11)
    ]
    assert harm == sorted(harm)
    assert harm[-1] > 0


def test_many_bridges_are_sought_in_not_many_more_tries(monkeypatch):
    asked = []
    monkeypatch.setattr(module, "clusters", lambda *args: asked.append(1) or clusters(*args))
    rows = blobs(*[(9 * k, 9 * k**2) for k in range(8)])
    assert len(added(scene(rows, AgglomerativeClustering(8, linkage="single")), 40)) > 0
    assert len(asked) <= 1 + 200
