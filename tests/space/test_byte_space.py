"""Laws of payload spaces, and the plain cases."""

import itertools

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from amlsec.errors import InvalidInput
from amlsec.space.bytes import ByteSpace, by_rank, byte_counts
from amlsec.space.image import ImageSpace

FLAT = np.full(256, 1 / 256)


def counts(**occurring):
    row = np.zeros((1, 256))
    for letter, count in occurring.items():
        row[0, ord(letter)] = count
    return row


@st.composite
def cases(draw):
    """A space, payloads, others, a cost and a generator."""
    rng = np.random.default_rng(draw(st.integers(0, 9999)))
    X = rng.multinomial([0, 7, 40, 90], rng.dirichlet(np.full(256, 0.05), 4)).astype(float)
    Z = X[:, rng.permutation(256)] if draw(st.booleans()) else X
    Z = Z + rng.choice([0.0, 0.5, 3.0, -1.0, np.inf, np.nan], X.shape, p=[0.9, 0.05, 0.03, 0.01, 0.005, 0.005])
    space = ByteSpace(rng.random(256), longest=draw(st.sampled_from([1, 50, 1460])), may_replace=draw(st.booleans()))
    return space, X, Z, draw(st.sampled_from([0.0, 0.5, 4.0, 30.0, np.inf])), rng


@settings(deadline=None, max_examples=80)
@given(cases())
def test_projection_and_samples_stay_inside_and_inside_is_left_alone(case):
    space, X, Z, cost, rng = case
    for changed in (space.project(X, Z, cost), space.sample(X, cost, rng)):
        assert (space.cost(X, changed) <= cost).all()
        assert (space.project(X, changed, cost) == changed).all()
        assert (changed >= 0).all()
        assert (changed % 1 == 0).all()
        assert (changed.sum(axis=1) <= np.maximum(space.longest, X.sum(axis=1))).all()
        assert space.may_replace or (changed >= X).all()
    assert (space.cost(X, X) == 0).all()
    assert (space.project(X, X, cost) == X).all()


@pytest.mark.parametrize("seed", range(30))
def test_a_change_is_possible_where_some_way_to_replace_values_explains_it(seed):
    """By brute force over all ways to replace the values of a payload that holds few."""
    rng = np.random.default_rng(seed)
    X, changed = np.zeros((2, 1, 256))
    X[0, 10:14], changed[0, 10:14] = rng.integers(0, 4, 4), rng.integers(0, 6, 4)
    ways = [(changed[0, list(places)] >= X[0, 10:14]).all() for places in itertools.permutations(range(10, 14))]
    cost = ByteSpace(FLAT).cost(X, changed)[0]
    assert np.isfinite(cost) == any(ways)
    if np.isfinite(cost):
        table = 0 if (changed >= X).all() else (X > 0).sum()
        assert cost == changed.sum() - X.sum() + table


def test_growth_and_the_table_cost_bytes():
    space, X = ByteSpace(FLAT, longest=20), counts(a=5, b=3)
    assert space.cost(X, counts(a=5, b=3, c=2)) == [2]
    assert space.cost(X, counts(x=3, y=5)) == [2]
    assert space.cost(X, counts(x=4, y=6, z=1)) == [2 + 3]
    assert space.cost(X, counts(a=5)) == [np.inf]
    assert space.cost(X, counts(a=21)) == [np.inf]
    assert space.cost(X, counts(a=5.5, b=3)) == [np.inf]
    assert ByteSpace(FLAT, may_replace=False).cost(X, counts(x=3, y=5)) == [np.inf]
    assert space.differences(X, counts(a=6, b=3)) == [["0x61: 5 → 6"]]


def test_projection_replaces_by_rank_and_shares_out_what_may_be_added():
    space, X = ByteSpace(FLAT, longest=100), counts(a=5, b=3)
    assert (space.project(X, counts(x=3, y=9), np.inf) == counts(x=3, y=9)).all()
    assert (space.project(X, counts(x=3, y=9), 4) == counts(x=3, y=7)).all()
    assert (space.project(X, counts(x=3, y=9), 1) == X).all()
    assert (space.project(X, counts(a=9, b=7), 4) == counts(a=7, b=5)).all()
    assert (space.project(X, counts(a=np.inf, b=3), np.inf) == counts(a=97, b=3)).all()


def test_a_rank_keeps_what_is_counted():
    rng = np.random.default_rng(0)
    X, target = rng.integers(0, 9, (5, 256)), rng.random((5, 256))
    moved = by_rank(X, target)
    assert (np.sort(moved, axis=1) == np.sort(X, axis=1)).all()
    assert (np.diff(np.take_along_axis(moved, np.argsort(target, axis=1), axis=1), axis=1) >= 0).all()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"profile": np.ones(255)}, "profile"),
        ({"profile": np.zeros(256)}, "profile"),
        ({"profile": -FLAT}, "profile"),
        ({"profile": FLAT * np.nan}, "profile"),
        ({"profile": FLAT, "longest": 0}, "longest"),
        ({"profile": FLAT, "longest": np.inf}, "longest"),
    ],
)
def test_wrong_input_is_named(arguments, named):
    with pytest.raises(InvalidInput, match=named):
        ByteSpace(**arguments)


def test_another_space_is_refused():
    with pytest.raises(InvalidInput, match="must be a ByteSpace"):
        byte_counts(ImageSpace((2, 2)))


def test_whole_counts_stay_whole():
    space, X = ByteSpace(FLAT), counts(a=3, b=1).astype(np.int64)
    projected = space.project(X, X + 1, 10)
    assert projected.dtype == X.dtype
    assert space.cost(X, projected)[0] <= 10
