"""Substitutes against models whose cheapest evasion is known, and what all rows gain from one another."""

import numpy as np
import pytest

from amlsec.attacks.evasion.label_search import label_search
from amlsec.attacks.evasion.substitute_transfer import substitute_transfer
from amlsec.errors import InvalidInput
from amlsec.space.tabular import Kind, May
from amlsec.space.text import TextSpace
from amlsec.threat import Access
from oracles.linear import Linear, cheapest
from oracles.play import play
from oracles.stump import Stump, Votes
from oracles.tables import box, stopped


def test_near_the_cheapest_on_a_linear_model():
    space, model = box(12, seed=1), Linear(np.random.default_rng(1).normal(size=12), -1.0)
    X = stopped(model, 12, 8)
    best = np.array([cheapest(model, space, x) for x in X])
    _, won, cost, spent = play(substitute_transfer, model, X, space, access=Access.LABELS)
    assert (won == np.isfinite(best)).all()
    assert (cost[won] >= best[won] * (1 - 1e-9)).all()
    assert np.median(cost[won] / best[won]) <= 1.02
    assert (spent <= 1000).all()


def test_with_few_queries_substitutes_beat_a_search_row_by_row():
    """A thousand verdicts shared tell more of a plane than fifty of each row's own."""
    space, model = box(20, may=(May.BOTH,), seed=2), Linear(np.random.default_rng(2).normal(size=20), -2.0)
    X = stopped(model, 20, 20)
    best = np.array([cheapest(model, space, x) for x in X])
    costs = {
        attack: np.median(play(attack, model, X, space, access=Access.LABELS, queries=50)[2] / best)
        for attack in (substitute_transfer, label_search)
    }
    assert costs[substitute_transfer] <= 0.7 * costs[label_search]


def test_votes_are_found_by_the_forest():
    space, model = box(8, may=(May.BOTH,)), Votes(np.zeros(8), needed=4)
    X = stopped(model, 8, 10)
    best = np.array([model.cheapest(space, x) for x in X])
    _, won, cost, _ = play(substitute_transfer, model, X, space, access=Access.LABELS, queries=500)
    assert won.all()
    assert np.median(cost / best) <= 1.1


def test_results_stay_in_the_space():
    space, model = box(6, kind=Kind.INTEGER), Linear([1, -1, 2, 0.5, -2, 1], -3.0)
    X = stopped(model, 6, 10).round()
    X = X[model.labels(X) == 1]
    changed, won, cost, _ = play(substitute_transfer, model, X, space, access=Access.LABELS)
    assert won.any()
    assert np.isfinite(cost).all()
    assert (changed % 1 == 0).all()


def test_a_model_that_never_passes_leaves_rows_as_they_are():
    space, model = box(5, may=(May.UP,)), Linear(np.ones(5), -20.0)
    X = stopped(model, 5, 5)
    changed, won, _, spent = play(substitute_transfer, model, X, space, access=Access.LABELS, queries=200)
    assert not won.any()
    assert (changed == X).all()
    assert (spent <= 200).all()


@pytest.mark.parametrize(("cost", "queries"), [(0, 100), (5, 0), (5, 1), (5, 7)])
def test_hardly_any_budget(cost, queries):
    space, model = box(4), Linear(np.ones(4))
    X = stopped(model, 4, 3)
    changed, won, paid, spent = play(substitute_transfer, model, X, space, access=Access.LABELS, cost=cost, queries=queries)
    assert (spent <= queries).all()
    assert (paid <= cost).all()
    assert (changed[~won] == X[~won]).all()


def test_nothing_to_change_asks_nothing():
    assert (
        play(substitute_transfer, Stump(0, 0.0), np.ones((2, 4)), box(4, may=(May.NOT,)), access=Access.LABELS)[3].sum() == 0
    )


def test_texts_are_refused():
    with pytest.raises(InvalidInput, match="must be a TabularSpace"):
        play(substitute_transfer, Stump(0, 0), np.array([[1.0]]), TextSpace(["a"]), access=Access.LABELS)
