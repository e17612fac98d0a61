"""ACRE against linear models whose cheapest evasion is known, its queries against their bounds."""

from itertools import combinations

import numpy as np
import pytest

from amlsec.attacks import linear_weights, two_for_one
from amlsec.attacks.evasion.acre import acre
from amlsec.attacks.evasion.label_search import label_search
from amlsec.attacks.evasion.multi_line_search import multi_line_search
from amlsec.attacks.evasion.random_noise import random_noise
from amlsec.space.tabular import Column, Kind, May, TabularSpace
from amlsec.threat import Access
from oracles.linear import Linear, cheapest
from oracles.play import play
from oracles.tables import box, stopped

START = 12 * 24
"""What it may take to see a first row pass."""


def learned(model, X, space, queries=10**6, **budget):
    return play(acre, model, X, space, access=Access.LABELS, queries=queries, **budget)


@pytest.mark.parametrize("width", [3, 10, 40])
@pytest.mark.parametrize("seed", range(3))
def test_within_one_per_cent_of_the_cheapest_and_within_the_bound_of_queries(width, seed):
    rng = np.random.default_rng([width, seed])
    space = box(width, seed=seed, may=(May.BOTH, May.BOTH, May.UP, May.DOWN))
    model = Linear(rng.normal(size=width) * rng.choice([0.1, 1, 5], width), -1.0)
    X = stopped(model, width, 8, seed)
    best = np.array([cheapest(model, space, x) for x in X])
    X, best = X[np.isfinite(best)], best[np.isfinite(best)]
    _, won, cost, spent = learned(model, X, space)
    assert won.all()
    assert (cost <= 1.01 * best).all()
    assert (spent <= START + linear_weights.most_queries(width)).all()


def test_an_hundredth_of_a_weight_is_told_from_none():
    model = Linear(np.array([1.0, 0.01, 0.0]), 0.0)
    columns = [
        Column("dear", Kind.NUMERIC, -3, 3, price=500.0),
        Column("weak", Kind.NUMERIC, -300, 300),
        Column("no", Kind.NUMERIC, -3, 3),
    ]
    _, won, cost, _ = learned(model, np.array([[1.0, 20.0, 2.0]]), TabularSpace(columns))
    assert won.all()
    assert cost[0] == pytest.approx(120, rel=0.01)


def flags(width):
    """Two-valued columns at equal prices."""
    return TabularSpace([Column(f"f{j}", Kind.INTEGER, 0, 1) for j in range(width)])


def fewest(model, x):
    """The least number of flips that pass, by trying all."""
    for many in range(1, len(x) + 1):
        places = np.array(list(combinations(range(len(x)), many)))
        rows = np.repeat(x[None], len(places), axis=0)
        rows[np.arange(len(places))[:, None], places] = 1 - x[places]
        if (model.labels(rows) == 0).any():
            return many
    return np.inf


@pytest.mark.parametrize("seed", range(12))
def test_flags_within_twice_the_fewest_and_within_the_bound_of_queries(seed):
    width, rng = 10, np.random.default_rng(seed)
    weights = rng.normal(size=width) * rng.choice([0.3, 1, 3], width)
    X = rng.integers(0, 2, (60, width)).astype(float)
    model = Linear(weights, np.quantile(X @ weights, 0.2))
    X = X[model.labels(X) == 1][:5]
    best = np.array([fewest(model, x) for x in X])
    _, won, cost, spent = learned(model, X, flags(width))
    assert won.all()
    assert (cost >= best).all()
    assert (cost <= 2 * best).all()
    assert (spent <= START + two_for_one.most_queries(width)).all()


def test_two_flags_are_exchanged_for_one():
    """Taking changes back alone ends at two of the light flags; the heavy one does their work."""
    model = Linear(np.array([-2.0, -2.0, -4.0, 4.0]), 0.0)
    space = TabularSpace([*flags(3).columns, Column("spam", Kind.INTEGER, 0, 1, may=May.NOT)])
    changed, won, cost, _ = learned(model, np.array([[0.0, 0.0, 0.0, 1.0]]), space)
    assert won.all()
    assert changed.tolist() == [[0, 0, 1, 1]]
    assert cost[0] == 1


def test_flags_that_can_only_be_raised_are_only_raised():
    model = Linear(np.array([-1.0, -1.0, 1.5]), 0.0)
    space = TabularSpace([Column(f"f{j}", Kind.INTEGER, 0, 1, may=May.UP) for j in range(3)])
    changed, won, _, _ = learned(model, np.array([[0.0, 0.0, 1.0]]), space)
    assert won.all()
    assert changed.tolist() == [[1, 1, 1]]


def test_whole_numbers_come_near_the_cheapest():
    space, model = box(6, kind=Kind.INTEGER, may=(May.BOTH,)), Linear(np.array([1.0, -2, 3, 0.5, -1, 2]), 2.0)
    X = np.round(stopped(model, 6, 12))
    X = X[model.labels(X) == 1]
    best = np.array([cheapest(model, space, x) for x in X])
    _, won, cost, _ = learned(model, X, space)
    assert won.all()
    assert (cost <= best + 1.01 / 0.3 * 2).all()
    assert np.median(cost / best) <= 1.5


def test_cheaper_than_noise_at_equal_queries():
    space, model = box(10, may=(May.BOTH,)), Linear(np.random.default_rng(1).normal(size=10), -1.0)
    X = stopped(model, 10, 8)
    ours, noise = (play(attack, model, X, space, access=Access.LABELS, queries=800)[2] for attack in (acre, random_noise))
    assert (ours > 0).all()
    assert (noise > 0).all()
    assert np.median(noise / ours) >= 1.5


def test_without_a_passing_row_rows_stay_as_they_are():
    space, model = box(3, may=(May.BOTH,)), Linear(np.ones(3), -20.0)
    X = stopped(model, 3, 3)
    changed, won, _, spent = learned(model, X, space)
    assert not won.any()
    assert (changed == X).all()
    assert (spent == START).all()


def test_nothing_to_change_asks_nothing():
    assert learned(Linear(np.ones(3)), np.ones((2, 3)), box(3, may=(May.NOT,)))[3].sum() == 0


@pytest.mark.parametrize("attack", [acre, multi_line_search, label_search])
def test_where_hardly_any_row_passes_known_benign_rows_are_a_start(attack):
    flags = [Column(f"f{j}", Kind.INTEGER, 0, 1) for j in range(40)]
    model, X = Linear(np.ones(40), 0.5), np.ones((1, 40))
    for examples, passed in ((None, False), (np.zeros((1, 40)), True)):
        space = TabularSpace(flags, examples=examples)
        _, won, *_ = play(attack, model, X, space, access=Access.LABELS, queries=3000, cost=np.inf)
        assert won.all() == passed


@pytest.mark.parametrize("attack", [acre, multi_line_search, label_search])
@pytest.mark.parametrize("width", [1, 3])
def test_a_row_that_passes_already_stays(attack, width):
    space = TabularSpace([Column(f"f{j}", Kind.INTEGER, 0, 1) for j in range(width)])
    X = np.zeros((5, width))
    changed, *_ = play(attack, Linear(np.ones(width), width), X, space, access=Access.LABELS, queries=50)
    assert (changed == X).all()
