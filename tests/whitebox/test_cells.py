import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amlsec.whitebox.boxes import boxes
from amlsec.whitebox.cells import cells, prices, slotted
from amlsec.whitebox.forest import numeric, planted
from oracles.trees import forest, rows, space


@given(st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_a_row_lies_in_the_one_box_of_each_tree_whose_value_the_tree_says(seed):
    model, X = forest(seed), rows(40, seed)
    known = boxes(model)
    inside = (known.low < X[:, known.column]) & (X[:, known.column] <= known.high)
    sides = np.unique(np.stack([known.leaf, known.column]), axis=1)
    met = np.array([[row[(known.leaf == k) & (known.column == j)].any() for k, j in sides.T] for row in inside])
    reached = np.array([[side[sides[0] == k].all() for k in range(len(known.value))] for side in met])
    assert (reached.sum(axis=1) == len(model.roots)).all()
    assert reached @ known.value + model.bias == pytest.approx(model.margin(X))


@given(st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_profiles_are_the_forests_margins_of_rows_with_one_column_moved(seed):
    model, X, table = forest(seed), rows(3, seed), space()
    of = cells(model, 6)
    at = np.stack([of.located(x) for x in X])
    assert of.margins(at) == pytest.approx(model.margin(X))
    for x, profile in zip(X, of.profiles(at), strict=True):
        paid = prices(of, slotted(of, table), x[None])[0]
        slots = np.flatnonzero(np.isfinite(paid.costs))
        moved = np.repeat(x[None], len(slots), axis=0)
        moved[np.arange(len(slots)), of.column[slots]] = paid.values[slots]
        assert profile[slots] == pytest.approx(model.margin(moved))
        assert table.cost(np.repeat(x[None], len(slots), axis=0), moved) == pytest.approx(paid.costs[slots])


@given(st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_no_allowed_value_of_a_slot_is_cheaper_than_its_price(seed):
    model, (x,), table = forest(seed), rows(1, seed), space()
    of = cells(model, 6)
    paid = prices(of, slotted(of, table), x[None])[0]
    rng = np.random.default_rng(seed)
    tried = np.repeat(x[None], 600, axis=0)
    column = rng.integers(0, 6, 600)
    tried[np.arange(600), column] = np.where(column == 2, rng.integers(-20, 21, 600) / 10, rng.uniform(-2, 2, 600))
    tried = np.where(np.isin(np.arange(6), (1, 5)), tried.round(), tried)
    cost = table.cost(np.broadcast_to(x, tried.shape), tried)
    slots = np.array([of.located(row)[j] for row, j in zip(tried, column, strict=True)])
    assert (paid.costs[slots] <= cost + 1e-12).all()


def test_slack_moves_a_price_further_in_and_never_out_of_its_slot():
    of = cells(planted([numeric([0, 0, 0], [1.0, 0, 0], [1, 1, 2], [2, 1, 2], [0.0, -1.0, 1.0])], 0.0), 6)
    table, (x,) = space(), rows(1)
    for start, way in ((1.5, -1), (0.5, 1)):
        x[0] = start
        slot = of.located(np.where(np.arange(6) == 0, start + way, x))[0]
        tight, wide = (prices(of, slotted(of, table), x[None], slack)[0] for slack in (0.0, 1e-3))
        assert (wide.values[slot] - tight.values[slot]) * way == pytest.approx(1e-3, rel=1e-6)
        assert of.low[slot] < wide.values[slot] <= of.high[slot]


def test_without_the_leaves_that_do_not_count_the_rest_stays():
    model, X = forest(1), rows(30, 1)
    of = cells(model, 6)
    at = np.stack([of.located(x) for x in X])
    reached = (of.standing(at)[1] == 0).any(axis=0)
    assert not reached.all()
    assert of.within(reached).margins(at) == pytest.approx(of.margins(at))
    assert of.within(~reached).margins(at) == pytest.approx(np.full(30, of.bias))


def test_trees_of_one_leaf_are_in_the_bias():
    alone = planted([numeric([0], [0.0], [0], [0], [0.7])], 0.1)
    of = cells(alone, 6)
    at = of.located(rows(1)[0])[None]
    assert of.bias == pytest.approx(0.8)
    assert of.margins(at) == pytest.approx([0.8])
    assert of.profiles(at) == pytest.approx(np.full((1, 12), 0.8))
