"""The score search against models whose cheapest evasion is known."""

import numpy as np
import pytest

from amlsec.attacks.evasion.label_search import label_search
from amlsec.attacks.evasion.random_noise import random_noise
from amlsec.attacks.evasion.score_search import score_search
from amlsec.errors import InvalidInput
from amlsec.space.tabular import Column, Kind, May, TabularSpace
from amlsec.space.text import TextSpace
from amlsec.threat import Access
from oracles.linear import Linear, cheapest
from oracles.play import play
from oracles.stump import Stump, Votes
from oracles.tables import box, stopped


@pytest.mark.parametrize("width", [5, 20])
def test_within_two_per_cent_of_the_cheapest_on_a_linear_model(width):
    space, model = box(width, seed=width), Linear(np.random.default_rng(width).normal(size=width), -1.0)
    X = stopped(model, width, 8)
    best = np.array([cheapest(model, space, x) for x in X])
    _, won, cost, _ = play(score_search, model, X, space, access=Access.SCORES)
    assert (won == np.isfinite(best)).all()
    assert (cost[won] <= 1.02 * best[won]).all()
    assert (cost[won] >= best[won] * (1 - 1e-9)).all()


def test_wins_at_a_cost_barely_above_the_cheapest():
    space, model = box(10, seed=3), Linear(np.random.default_rng(3).normal(size=10), -1.0)
    x = stopped(model, 10, 1)
    best = cheapest(model, space, x[0])
    assert play(score_search, model, x, space, access=Access.SCORES, cost=1.03 * best)[1].all()
    changed, won, _, _ = play(score_search, model, x, space, access=Access.SCORES, cost=0.97 * best)
    assert not won.any()
    assert (changed == x).all()


def test_crosses_a_stump_at_the_threshold():
    space, model = box(6, may=(May.BOTH,)), Stump(2, -1.0)
    X = stopped(model, 6, 10)
    best = (X[:, 2] + 1.0) * space.rate[2]
    _, won, cost, _ = play(score_search, model, X, space, access=Access.SCORES)
    assert won.all()
    assert (cost <= 1.02 * best + 1e-3).all()


def test_finds_the_cheapest_votes_on_plateaus():
    space, model = box(8, may=(May.BOTH,)), Votes(np.zeros(8), needed=4)
    X = stopped(model, 8, 10)
    best = np.array([model.cheapest(space, x) for x in X])
    _, won, cost, _ = play(score_search, model, X, space, access=Access.SCORES, queries=2000)
    assert won.all()
    assert (cost <= 1.2 * best + 1e-3).all()
    assert np.quantile(cost / best, 0.7) <= 1.02


def test_whole_numbers_stay_whole():
    space, model = box(6, kind=Kind.INTEGER, may=(May.BOTH,)), Linear([1, -1, 2, 0.5, -2, 1], -3.0)
    X = stopped(model, 6, 10).round()
    X = X[model.labels(X) == 1]
    changed, won, _, _ = play(score_search, model, X, space, access=Access.SCORES)
    assert won.all()
    assert (changed % 1 == 0).all()


def test_changes_categories():
    space = TabularSpace(
        [Column("tld", Kind.CATEGORY, 0, 2, categories=("com", "org", "zip")), Column("n", Kind.NUMERIC, 0, 1)]
    )
    changed, won, cost, _ = play(score_search, Stump(0, 1.5), np.array([[2.0, 0.5]]), space, access=Access.SCORES)
    assert won.all()
    assert changed[0, 0] in (0, 1)
    assert cost[0] == pytest.approx(1)


def test_a_rising_model_cannot_be_evaded_by_adding():
    space, model = box(5, may=(May.UP,)), Linear(np.ones(5), -20.0)
    X = stopped(model, 5, 5)
    changed, won, _, spent = play(score_search, model, X, space, access=Access.SCORES, queries=300)
    assert not won.any()
    assert (changed == X).all()
    assert (spent <= 300).all()


@pytest.mark.parametrize(("cost", "queries"), [(0, 100), (5, 0)])
def test_no_budget_changes_nothing(cost, queries):
    space, model = box(4), Linear(np.ones(4))
    X = stopped(model, 4, 3)
    changed, _, _, spent = play(score_search, model, X, space, access=Access.SCORES, cost=cost, queries=queries)
    assert (changed == X).all()
    assert spent.sum() == 0


@pytest.mark.parametrize("queries", [1, 7, 50])
def test_few_queries_are_enough_to_return(queries):
    space, model = box(4), Linear(np.ones(4))
    X = stopped(model, 4, 3)
    assert (play(score_search, model, X, space, access=Access.SCORES, queries=queries)[3] <= queries).all()


def test_a_row_s_result_does_not_depend_on_its_company():
    space, model = box(6), Linear(np.random.default_rng(1).normal(size=6))
    X = stopped(model, 6, 4)
    together = play(score_search, model, X, space, access=Access.SCORES)[0]
    assert (play(score_search, model, X[:2], space, access=Access.SCORES)[0] == together[:2]).all()


@pytest.mark.parametrize("model", [Linear(np.random.default_rng(4).normal(size=12), -4.0), Votes(np.zeros(12), needed=3)])
def test_beats_noise_at_equal_queries(model):
    space = box(12, may=(May.BOTH,))
    X = stopped(model, 12, 10)
    cost = np.quantile(play(score_search, model, X, space, access=Access.SCORES)[2], 0.8)
    rates = {
        attack: play(attack, model, X, space, access=access, cost=cost)[1].mean()
        for attack, access in ((score_search, Access.SCORES), (label_search, Access.LABELS), (random_noise, Access.LABELS))
    }
    assert rates[score_search] >= rates[random_noise] + 0.3
    assert rates[label_search] >= rates[random_noise] + 0.3
    assert rates[score_search] >= rates[label_search] - 0.05


def test_texts_are_refused():
    with pytest.raises(InvalidInput, match="must be a TabularSpace"):
        play(score_search, Stump(0, 0), np.array([[1.0]]), TextSpace(["a"]), access=Access.SCORES)
