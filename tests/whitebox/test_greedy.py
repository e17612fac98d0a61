import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amlsec.whitebox.cells import cells
from amlsec.whitebox.greedy import lowered, scattered
from oracles.trees import forest, rows, space


@given(st.integers(0, 10**6), st.sampled_from([0.3, 1.0, 4.0]))
@settings(max_examples=25, deadline=None)
def test_margins_fall_or_stay_within_the_cost_and_the_space(seed, cost):
    model, X, table = forest(seed), rows(20, seed), space()
    changed = lowered(cells(model, 6), X, table, cost, 8)
    assert (table.cost(X, changed) <= cost + 1e-9).all()
    moved = (changed != X).any(axis=1)
    assert (model.margin(changed)[moved] < model.margin(X)[moved]).all()


def test_one_step_is_the_best_bargain_of_all_single_columns():
    model, X, table = forest(3), rows(30, 3), space()
    changed = lowered(cells(model, 6), X, table, 5.0, 1)
    assert ((changed != X).sum(axis=1) <= 1).all()
    rng = np.random.default_rng(0)
    tried = table.sample(np.repeat(X, 300, axis=0), 5.0, rng)
    alone = (tried != np.repeat(X, 300, axis=0)).sum(axis=1) == 1
    start = np.repeat(X, 300, axis=0)
    bargain = (model.margin(start) - model.margin(tried)) / np.maximum(table.cost(start, tried), 1e-9)
    best = (model.margin(X) - model.margin(changed)) / np.maximum(table.cost(X, changed), 1e-9)
    assert alone.sum() > 100
    assert (bargain[alone] <= np.repeat(best, 300)[alone] + 1e-6).all()


@pytest.mark.parametrize(("cost", "many"), [(0.0, 5), (1.0, 0)])
def test_without_cost_or_rows_there_is_nothing_to_do(cost, many):
    X = rows(many)
    assert (lowered(cells(forest(0), 6), X, space(), cost, 5) == X).all()


def test_scattered_rows_are_as_low_and_lie_farther_in():
    model, X, table = forest(4), rows(60, 4), space()
    of = cells(model, 6)
    found = lowered(of, X, table, 3.0, 4)
    drawn = scattered(of, X, found, table, 3.0, np.random.default_rng(0))
    assert (table.cost(X, drawn) <= 3.0 + 1e-9).all()
    assert (model.margin(drawn) <= model.margin(found) + 1e-9).all()
    assert ((found == X).all(axis=1) <= (drawn == X).all(axis=1)).all()
    assert (table.cost(X, drawn) >= table.cost(X, found) - 1e-9).mean() > 0.9
    assert (np.abs(drawn - found) > 0.05).any(axis=1).sum() > 10
