"""Chaff on small networks whose best amounts are known."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from sklearn.base import BaseEstimator, OutlierMixin

from amlsec.attacks.chaff import chaffed, in_proportion, in_turn, loads, more_if_bigger, quiet, room
from amlsec.budget import PoisonBudget
from amlsec.data import Batch
from amlsec.errors import InvalidInput
from amlsec.frame import share
from amlsec.scene import Scene
from amlsec.space.tabular import infer
from amlsec.space.traffic import TrafficSpace

ROUTING = np.array([[1.0, 0, 0], [1, 1, 0], [0, 1, 0.5], [0, 0, 1]])
USUAL = np.array([10.0, 30, 20, 8])
SIZED = st.integers(1, 12)


def drawn(n, seed, quantum=0.25):
    """Values of 0 to 3 (n,), a third of them 0."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, 13, n) * quantum * (rng.random(n) > 1 / 3)


def even(space, X, most, total):
    return np.full((len(X), len(space.flows)), total / len(X))


def rows(n, seed=0):
    return Batch(np.random.default_rng(seed).uniform(2, 40, (n, 4)), np.zeros(n, dtype=np.int64))


@settings(deadline=None)
@given(SIZED, st.integers(0, 999), st.floats(0.01, 30), st.booleans())
def test_in_proportion_is_one_level_for_all_that_have_room(n, seed, total, bounded):
    weights, most = drawn(n, seed), drawn(n, seed + 1)
    most = most if bounded or not weights.any() else np.full(n, np.inf)
    amounts = in_proportion(weights, most, total)
    assert (amounts <= most).all()
    assert not amounts[weights == 0].any()
    assert amounts.sum() == pytest.approx(min(total, most[weights > 0].sum()))
    levels = amounts[amounts < most] / np.where(weights > 0, weights, 1)[amounts < most]
    assert np.allclose(levels[weights[amounts < most] > 0], levels.max(initial=0))


@settings(deadline=None)
@given(SIZED, st.integers(0, 999), st.floats(0.01, 30))
def test_in_turn_fills_one_row_after_another(n, seed, total):
    most, order = drawn(n, seed), np.random.default_rng(seed).permutation(n)
    left, naive = total, np.zeros(n)
    for row in order:
        naive[row] = min(left, most[row])
        left -= naive[row]
    assert np.allclose(in_turn(order, most, total), naive)


def test_more_if_bigger_by_hand():
    space = TrafficSpace(ROUTING, [0, 1], USUAL, ingress=[0, 2])
    X = np.array([[1.0, 0, 5, 0], [2, 9, 5, 0], [6, 0, 5, 0]])
    weights = more_if_bigger(space, X, 2.0)
    assert weights[:, 0] / weights[2, 0] == pytest.approx([0, 0, 1])
    assert (weights[:, 1] == 1).all()
    mean = np.mean([1.0, 3, 8, 2])
    seen = more_if_bigger(space, np.array([[1.0, 0, 0, 0], [3, 0, 0, 0], [8, 0, 0, 0], [2, 0, 0, 0]]), 0.5)[:, 0]
    assert seen / seen.max() == pytest.approx([max(0, y - mean) ** 0.5 / (8 - mean) ** 0.5 for y in (1, 3, 8, 2)])


def test_room_is_what_every_link_still_carries():
    space = TrafficSpace(ROUTING, [0, 1], USUAL, capacity=np.array([50.0, 60, 70, 9]))
    X = rows(30).X
    most = room(space, X)
    full = X + loads(space, most)
    assert (full <= space.capacity + 1e-9)[:, :3].all()
    for flow in (0, 1):
        alone = X + loads(space, np.eye(2)[flow] * most)
        carried = space.directions[:, flow] > 0
        shared = (space.directions > 0).sum(axis=1)
        slack = (space.capacity - X)[:, carried] / shared[carried] - (alone - X)[:, carried]
        assert slack.min(axis=1) == pytest.approx(np.zeros(30), abs=1e-9)
    assert np.isinf(room(TrafficSpace(ROUTING, [0], USUAL), X)).all()


def test_quiet_is_the_most_that_raises_no_alarm():
    class Ceiling(OutlierMixin, BaseEstimator):
        """Alarms where the first link carries more than 20."""

        def predict(self, X):
            return np.where(X[:, 0] > 20, -1, 1)

    space = TrafficSpace(ROUTING, [0], USUAL)
    X = np.array([[4.0, 0, 0, 0], [20, 0, 0, 0], [25, 0, 0, 0], [19.9, 0, 0, 0]])
    assert quiet(space, X, Ceiling(), 0.5) == pytest.approx([0.5, 0, 0, 0.1 / 20])


@pytest.mark.parametrize("flows", [[0], [1], [0, 1, 2]])
def test_equal_parts_of_the_share_go_to_each_flow(flows):
    space = TrafficSpace(ROUTING, flows, USUAL)
    scene = Scene(rows(20), 50, space)
    poison = chaffed(scene, PoisonBudget(0.1), even)
    volumes = space.volumes(scene.own.X, poison.edits.X)
    assert volumes.sum(axis=0) / space.typical == pytest.approx(np.full(len(flows), 0.1 * 50 / len(flows)))
    assert share(scene, poison) == pytest.approx(0.1)


def test_another_space_and_other_links_are_named():
    rest = (PoisonBudget(0.1), even)
    with pytest.raises(InvalidInput, match="space"):
        chaffed(Scene(rows(5), 5, infer(rows(5).X, list("abcd"))), *rest)
    narrow = Batch(np.ones((5, 3)), np.zeros(5, dtype=np.int64))
    with pytest.raises(InvalidInput, match=r"own.*\(5, 3\).*4 links"):
        chaffed(Scene(narrow, 5, TrafficSpace(ROUTING, [0], USUAL)), *rest)
