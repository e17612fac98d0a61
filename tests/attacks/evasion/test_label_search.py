"""The label search against models whose cheapest evasion is known."""

import numpy as np
import pytest

from amlsec.attacks.evasion.label_search import label_search
from amlsec.space.tabular import May
from amlsec.threat import Access
from oracles.linear import Linear, cheapest
from oracles.play import play
from oracles.stump import Stump, Votes
from oracles.tables import box, stopped


@pytest.mark.parametrize("width", [5, 20])
def test_near_the_cheapest_on_a_linear_model(width):
    space, model = box(width, seed=width), Linear(np.random.default_rng(width).normal(size=width), -1.0)
    X = stopped(model, width, 8)
    best = np.array([cheapest(model, space, x) for x in X])
    X, best = X[np.isfinite(best)], best[np.isfinite(best)]
    _, won, cost, _ = play(label_search, model, X, space, access=Access.LABELS, queries=2000)
    assert won.all()
    assert np.median(cost / best) <= 1.02
    assert (cost <= 1.3 * best).all()


def test_one_column_is_enough_on_a_stump():
    space, model = box(6, may=(May.BOTH,)), Stump(2, -1.0)
    X = stopped(model, 6, 10)
    _, won, cost, _ = play(label_search, model, X, space, access=Access.LABELS)
    assert won.all()
    assert (cost <= 1.02 * (X[:, 2] + 1.0) * space.rate[2] + 1e-3).all()


def test_loses_no_more_votes_than_needed():
    space, model = box(8, may=(May.BOTH,)), Votes(np.zeros(8), needed=4)
    X = stopped(model, 8, 10)
    best = np.array([model.cheapest(space, x) for x in X])
    _, won, cost, _ = play(label_search, model, X, space, access=Access.LABELS, queries=2000)
    assert won.all()
    assert np.median(cost / np.maximum(best, 1e-3)) <= 1.05


def test_the_multi_line_search_asks_no_more_than_its_bound():
    """Nelson et al. 2012: the lines, once each, and one halving of the cost at a time."""
    space, model = box(10, may=(May.BOTH,)), Stump(0, 0.0)
    X = stopped(model, 10, 5)
    _, won, cost, _ = play(label_search, model, X, space, access=Access.LABELS, queries=2 * 10 + 24 + 12 * 24)
    assert won.all()
    assert (cost <= 1.02 * X[:, 0] * space.rate[0] + 6 * space.rate[0] / 2**12).all()


def test_without_a_start_rows_stay_as_they_are():
    space, model = box(5, may=(May.UP,)), Linear(np.ones(5), -20.0)
    X = stopped(model, 5, 5)
    changed, won, _, spent = play(label_search, model, X, space, access=Access.LABELS, queries=200)
    assert not won.any()
    assert (changed == X).all()
    assert (spent <= 200).all()


def test_a_win_over_the_cost_is_given_up():
    space, model = box(4, may=(May.BOTH,)), Stump(0, -2.0)
    X = np.full((2, 4), 2.0)
    changed, won, _, _ = play(label_search, model, X, space, access=Access.LABELS, cost=3.9 * space.rate[0])
    assert not won.any()
    assert (changed == X).all()


def test_nothing_to_change_ends_at_once():
    space, model = box(4, may=(May.NOT,)), Stump(0, 0.0)
    assert play(label_search, model, np.ones((2, 4)), space, access=Access.LABELS)[3].sum() == 0
