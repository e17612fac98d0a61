"""The multi-line search against convex sets whose cheapest way out is known, its queries against their bound."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amlsec.attacks.evasion.multi_line_search import FACTOR, most_queries, multi_line_search
from amlsec.attacks.halving import halvings
from amlsec.space.tabular import Column, Kind, May, TabularSpace
from amlsec.threat import Access
from oracles.convex import Ellipsoid, Polytope, cheapest
from oracles.play import play
from oracles.stump import Stump
from oracles.tables import box

START = 12 * 24
"""What it may take to see a first row pass."""


def wide(width, seed):
    """Columns whose bounds lie far out, with uneven scales and prices."""
    rng = np.random.default_rng(seed)
    return TabularSpace(
        [Column(f"c{j}", Kind.NUMERIC, -1000, 1000, rng.uniform(0.2, 5), price=rng.uniform(0.5, 3)) for j in range(width)]
    )


def shapes(width, rng):
    """A half-space, a box, a polytope and an ellipsoid about the origin."""
    return {
        "half-space": Polytope(rng.normal(size=(1, width)), [1.5]),
        "box": Polytope(np.concatenate([np.eye(width), -np.eye(width)]), rng.uniform(0.5, 3, 2 * width)),
        "polytope": Polytope(rng.normal(size=(5 * width, width)), rng.uniform(1, 3, 5 * width)),
        "ellipsoid": Ellipsoid(rng.uniform(0.5, 4, width)),
    }


def searched(model, X, space, queries=10**6, **budget):
    return play(multi_line_search, model, X, space, access=Access.LABELS, queries=queries, **budget)


@pytest.mark.parametrize("shape", ["half-space", "box", "polytope", "ellipsoid"])
@pytest.mark.parametrize("width", [1, 2, 7, 30])
def test_within_one_per_cent_of_the_cheapest_and_within_the_bound_of_queries(shape, width):
    rng = np.random.default_rng(width)
    space, model = wide(width, width), shapes(width, rng)[shape]
    X = rng.normal(size=(200, width)) * 0.5 / np.sqrt(width)
    X = X[model.labels(X) == 1][:10]
    best = np.array([cheapest(model, space, x) for x in X])
    _, won, cost, spent = searched(model, X, space)
    assert len(X) >= 3
    assert won.all()
    assert (cost >= best * (1 - 1e-9)).all()
    assert (cost <= best * FACTOR * (1 + 1e-9)).all()
    assert (spent <= START + most_queries(2 * width + 1)).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 8), st.integers(0, 10**6))
def test_the_bound_holds_whatever_the_polytope(width, seed):
    rng = np.random.default_rng(seed)
    model = Polytope(rng.normal(size=(rng.integers(1, 30), width)), rng.exponential(3) + rng.exponential(size=1))
    x, space = np.zeros((1, width)), wide(width, seed)
    _, won, cost, spent = searched(model, x, space)
    assert spent[0] <= START + most_queries(2 * width + 1)
    assert won[0]
    assert cost[0] <= cheapest(model, space, x[0]) * FACTOR * (1 + 1e-9)


def test_the_bound_is_of_the_papers_order():
    """K-step: the square root of the halvings multiplies the ways; one step a round would take all of them."""
    total = halvings(FACTOR)
    for ways in (10, 100, 1000):
        assert most_queries(ways) <= total + 5 * (np.ceil(np.sqrt(total)) + 1) * ways
        assert most_queries(ways) < total * ways + 100


def test_half_the_tolerance_is_one_halving_more():
    assert halvings(1.01) - halvings(1.02) == 1


def test_where_no_column_alone_passes_the_line_to_the_first_pass_is_taken():
    """The bounds stop every axis short: three columns must move together."""
    space, model = box(3, may=(May.BOTH,)), Polytope([[-1.0, -1.0, -1.0]], [7.0])
    x = np.full((1, 3), 1.0)
    changed, won, cost, _ = searched(model, x, space)
    assert won.all()
    assert (changed < x).all()
    assert np.isfinite(cost).all()


@pytest.mark.parametrize("queries", [1, 5, 40, 90])
def test_queries_are_kept_and_a_win_seen_is_not_lost(queries):
    space, model = wide(4, 0), Ellipsoid(np.ones(4))
    _, won, _, spent = searched(model, np.zeros((3, 4)), space, queries=queries)
    assert (spent <= queries).all()
    assert won.all() or queries < 5


def test_columns_that_cannot_go_that_way_are_not_tried():
    space = TabularSpace([Column("near", Kind.NUMERIC, -9, 9, may=May.UP), Column("far", Kind.NUMERIC, -9, 9, may=May.DOWN)])
    model = Polytope([[-1.0, 0], [0, -1.0], [1.0, 0], [0, 1.0]], [1.0, 3.0, 4.0, 1.0])
    changed, won, cost, _ = searched(model, np.zeros((1, 2)), space)
    assert won.all()
    assert cost[0] == pytest.approx(3, rel=0.011)
    assert changed[0] == pytest.approx([0, -3], rel=0.011)


def test_nothing_to_change_asks_nothing():
    assert searched(Ellipsoid(np.ones(3)), np.zeros((2, 3)), box(3, may=(May.NOT,)))[3].sum() == 0


def test_a_stump_is_crossed_within_one_per_cent():
    space, model = wide(5, 3), Stump(2, -1.0)
    X = np.random.default_rng(0).uniform(0, 3, (6, 5))
    _, won, cost, _ = searched(model, X, space)
    assert won.all()
    assert (cost <= FACTOR * (X[:, 2] + 1.0) * space.rate[2] * (1 + 1e-9)).all()
