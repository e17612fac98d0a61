import numpy as np
import pytest
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score

from amlsec.budget import PoisonBudget
from amlsec.catalogue import Victim, named
from amlsec.data import Batch
from amlsec.defenses.clusterers.density_guarded import DensityGuarded
from amlsec.errors import InvalidInput
from amlsec.evaluation.clustering import Clustered, ClusteringPlay, clustering_game
from amlsec.scene import additions, edits, nothing
from amlsec.space.tabular import infer
from grounds import card as made

X = np.concatenate([np.arange(0, 3, 0.3), np.arange(8, 11, 0.3)])[:, None]
ROWS = Batch(X, np.repeat([0, 1], 10))
SPACE = infer(X, ["x"])
SINGLE = AgglomerativeClustering(None, distance_threshold=4, linkage="single")


def play(run, budget=0.5, **settings):
    attack = run if hasattr(run, "run") else made("poisoning", run, knowledge="model")
    if attack is not run:
        object.__setattr__(attack, "victim", Victim.CLUSTERER)
    on = ClusteringPlay(attack, ROWS, SINGLE, SPACE, PoisonBudget(budget), **settings)
    return clustering_game(on, np.random.default_rng(0))


def idle(scene, /, *, budget, rng):
    return nothing(scene.own)


def bridge(scene, /, *, budget, rng):
    return additions(Batch(np.array([[5.4]]), np.ones(1, dtype=np.int64)))


def test_who_does_nothing_changes_nothing():
    assert play(idle) == Clustered(20, 0, 0.0, 0.0, (2, 2), (0, 0))


def test_one_bridge_between_two_clusters_joins_all_pairs():
    assert play(bridge) == Clustered(20, 1, pytest.approx(np.sqrt(2 * 10 * 10)), 1.0, (2, 1), (0, 0))


def test_a_defended_clusterer_is_compared_with_itself():
    guarded = DensityGuarded(SINGLE, neighbors=2, set_aside=0.1)
    assert play(bridge, deployed=guarded).lost == 0.0


def test_rows_that_poison_replaces_are_not_compared_and_rows_that_hide_are_counted():
    def hide(scene, /, *, budget, rng):
        np.testing.assert_array_equal(scene.own.X, X[[18, 19]])
        np.testing.assert_array_equal(scene.target.X, X[:1])
        return edits(np.array([1]), Batch(np.array([[3.0]]), np.ones(1, dtype=np.int64)))

    found = play(hide, own=(18, 19), targets=(0,))
    assert found == Clustered(19, 1, 0.0, 0.0, (2, 2), (0, 1))


def test_added_rows_take_the_place_of_his_own():
    found = play(bridge, own=(19,))
    assert (found.rows, found.clusters) == (19, (2, 1))


@pytest.mark.parametrize("budget", [0.05, 0.2])
def test_real_attacks_are_played(budget):
    found = play(named("bridge-points"), budget)
    assert found.poison == 1
    assert found.lost == 1 - adjusted_rand_score(np.repeat([0, 1], 10), np.zeros(20))
    hidden = play(named("cluster-obfuscation"), budget, own=tuple(range(10, 20)), targets=(0,))
    assert hidden.hidden == (0, hidden.poison)


def test_an_attack_on_others_is_refused():
    with pytest.raises(InvalidInput, match="card is 'random-flips': must be an attack on clusterers"):
        play(named("random-flips"))
