from dataclasses import replace

import numpy as np
import pytest
from sklearn.cluster import AgglomerativeClustering

from amlsec.attacks.poisoning.cluster_obfuscation import cluster_obfuscation
from amlsec.budget import PoisonBudget
from amlsec.clusters import clusters
from amlsec.data import Batch
from amlsec.errors import InvalidInput
from amlsec.scene import Scene
from amlsec.space.tabular import Column, Kind, TabularSpace

SINGLE = AgglomerativeClustering(None, distance_threshold=3, linkage="single")
SEEN = Batch(np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [30.0, 0.0], [31.0, 0.0]]), np.zeros(5, dtype=np.int64))
OWN = Batch(np.array([[10.0, 0.0], [20.0, 0.0], [2.0, 9.0], [5.0, 5.0]]), np.array([1, 1, 1, 0]))
SPACE = TabularSpace([Column(name, Kind.NUMERIC, 0, 40) for name in "ab"])
SCENE = Scene(OWN, 20, SPACE, SEEN, SINGLE)


def obfuscated(scene=SCENE, share=0.5, **settings):
    return cluster_obfuscation(scene, budget=PoisonBudget(share), rng=np.random.default_rng(0), **settings)


def test_malicious_rows_go_most_of_the_way_to_the_nearest_row_of_the_largest_cluster():
    found = obfuscated()
    assert found.edited.tolist() == [0, 2, 1]
    np.testing.assert_allclose(found.edits.X[0], [10 - 0.9 * 8, 0])
    np.testing.assert_allclose(found.edits.X[2], [20 - 0.9 * 18, 0])
    assert len(found.added) == 0


def test_the_shortest_ways_come_first_where_the_budget_is_small():
    assert obfuscated(share=0.05).edited.tolist() == [0]
    assert obfuscated(share=0.1).edited.tolist() == [0, 2]


def test_the_cluster_of_the_targets_is_what_they_go_to():
    found = obfuscated(replace(SCENE, target=SEEN.rows([3])))
    assert found.edited.tolist() == [1, 0, 2]
    np.testing.assert_allclose(found.edits.X[0], [29, 0])


def test_afterwards_they_are_in_that_cluster_and_were_not_before():
    def together(own):
        found = clusters(SINGLE, np.concatenate([SEEN.X, own]))
        return found[5:8] == found[0]

    found = obfuscated(part=0.95)
    own = OWN.X.copy()
    own[found.edited] = found.edits.X
    assert not together(OWN.X).any()
    assert together(own).all()


def test_no_row_goes_further_than_its_reach():
    moved = obfuscated(reach=5.0)
    np.testing.assert_allclose(np.linalg.norm(moved.edits.X - OWN.X[moved.edited], axis=1), 5.0)


def test_without_a_clusterer_any_benign_row_will_do():
    found = obfuscated(replace(SCENE, learner=None), part=1.0)
    assert found.edits.X[found.edited.tolist().index(1)].tolist() == [30.0, 0.0]


def test_without_malicious_rows_or_others_to_hide_among_nothing_is_done():
    assert len(obfuscated(replace(SCENE, own=OWN.labelled(0)))) == 0
    assert len(obfuscated(replace(SCENE, known=None, own=OWN.labelled(1)))) == 0


@pytest.mark.parametrize("wrong", [{"part": 0.0}, {"part": 1.1}, {"reach": 0.0}])
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(InvalidInput, match=next(iter(wrong))):
        obfuscated(**wrong)
