"""Laws of every tabular space, and the plain cases."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from amlsec.errors import InvalidInput
from amlsec.space.tabular import Column, Kind, May, TabularSpace, infer

NUMBERS = st.floats(-1e9, 1e9) | st.floats(-3, 3) | st.sampled_from([0.0, 1e-9, 1e12, -1e12])


@st.composite
def columns(draw):
    kind = draw(st.sampled_from(Kind))
    if kind == Kind.CATEGORY:
        names = tuple("abc"[: draw(st.integers(1, 3))])
        may = draw(st.sampled_from([May.BOTH, May.NOT]))
        return Column("c", kind, 0, len(names) - 1, may=may, price=draw(st.sampled_from([0.5, 1, 7])), categories=names)
    low, high = sorted(draw(st.tuples(NUMBERS, NUMBERS)))
    if kind != Kind.NUMERIC:
        low, high = np.floor(low), np.floor(high)
    scale, may = draw(st.sampled_from([1e-6, 0.3, 1, 1e9])), draw(st.sampled_from(May))
    return Column("c", kind, float(low), float(high), scale, may, usual=draw(st.sampled_from([(), (low, high)])))


@st.composite
def cases(draw):
    """A space, rows (some outside its bounds), other rows to change them to, a cost and a seed."""
    space = TabularSpace(draw(st.lists(columns(), min_size=1, max_size=4)))
    width = len(space.columns)
    X, Z = (np.array([draw(st.lists(NUMBERS, min_size=width, max_size=width)) for _ in range(3)]) for _ in range(2))
    for j, column in enumerate(space.columns):
        if column.kind == Kind.CATEGORY:
            X[:, j] = np.abs(X[:, j].round()) % (column.high + 1)
    return space, X, Z, draw(st.sampled_from([0.0, 1e-3, 0.7, 1.0, 5.5, 1e6, np.inf])), draw(st.integers(0, 99))


def _in_space(space, X, changed, cost):
    paid = space.cost(X, changed)
    assert np.isfinite(paid).all()
    assert (paid <= cost + 1e-9 * max(1, cost)).all()
    for old, new, column in zip(X.T, changed.T, space.columns, strict=True):
        touched = new != old
        assert ((new >= np.minimum(column.low, old)) & (new <= np.maximum(column.high, old))).all()
        assert column.is_fluid or (new[touched] % 1 == 0).all()
        assert column.may in (May.BOTH, May.UP) or (new <= old).all()
        assert column.may in (May.BOTH, May.DOWN) or (new >= old).all()


@settings(deadline=None, max_examples=60)
@given(cases())
def test_projection_stays_inside_and_is_idempotent(case):
    space, X, Z, cost, _ = case
    projected = space.project(X, Z, cost)
    _in_space(space, X, projected, cost)
    assert (space.project(X, projected, cost) == projected).all()


@settings(deadline=None, max_examples=60)
@given(cases())
def test_no_change_costs_nothing_and_is_left_alone(case):
    space, X, _, cost, _ = case
    assert (space.cost(X, X) == 0).all()
    assert (space.project(X, X, cost) == X).all()


@settings(deadline=None, max_examples=60)
@given(cases())
def test_rows_within_the_cost_are_left_alone(case):
    space, X, Z, _, _ = case
    inside = space.project(X, Z, np.inf)
    assert (space.project(X, inside, float(space.cost(X, inside).max())) == inside).all()


@settings(deadline=None, max_examples=60)
@given(cases())
def test_samples_and_steps_stay_inside(case):
    space, X, Z, cost, seed = case
    rng = np.random.default_rng(seed)
    _in_space(space, X, space.sample(X, cost, rng), cost)
    _in_space(space, X, space.anywhere(X, rng), np.inf)
    order = rng.permutation(len(space.columns))
    _in_space(space, X, space.spend(X, Z, order, cost), cost)
    assert (space.spend(X, Z, order, np.inf) == space.project(X, Z, np.inf)).all()


@settings(deadline=None, max_examples=60)
@given(cases())
def test_differences_name_what_was_changed(case):
    space, X, Z, _, _ = case
    changed = space.project(X, Z, np.inf)
    assert [len(words) for words in space.differences(X, changed)] == (changed != X).sum(axis=1).tolist()


def test_the_cost_is_the_priced_distance_summed():
    space = TabularSpace(
        [
            Column("a", Kind.NUMERIC, -9, 9, scale=2.0, price=3.0),
            Column("b", Kind.CATEGORY, 0, 2, price=5.0, categories=("x", "y", "z")),
        ]
    )
    assert space.cost(np.array([[1.0, 0.0]]), np.array([[-3.0, 2.0]])) == pytest.approx(4 / 2 * 3 + 5)


@pytest.mark.parametrize(
    ("column", "new"),
    [
        (Column("a", Kind.INTEGER, 0, 9), 2.5),
        (Column("a", Kind.NUMERIC, 0, 9), 9.1),
        (Column("a", Kind.NUMERIC, 0, 9, may=May.UP), 1.0),
        (Column("a", Kind.NUMERIC, 0, 9, may=May.DOWN), 3.0),
        (Column("a", Kind.NUMERIC, 0, 9, may=May.NOT), 2.1),
        (Column("a", Kind.CATEGORY, 0, 1, categories=("x", "y")), 7.0),
    ],
)
def test_what_is_not_allowed_costs_infinity(column, new):
    assert TabularSpace([column]).cost(np.array([[2.0]]), np.array([[new]])) == np.inf


def test_a_whole_column_may_keep_a_value_that_is_not_and_stands_outside():
    space, X = TabularSpace([Column("a", Kind.INTEGER, 0, 3)]), np.array([[7.5]])
    assert space.project(X, np.array([[9.0]]), 5) == 7.5
    assert space.project(X, np.array([[2.2]]), 5) == 3
    assert space.project(X, np.array([[2.2]]), np.inf) == 2


@pytest.mark.parametrize("may", May)
def test_the_bounds_of_tiny_columns_bind_too(may):
    space, changed = TabularSpace([Column("a", Kind.NUMERIC, 0, 4e-12, 1e-12, may)]), np.array([[5.0], [-1], [3], [1]])
    costs = space.cost(np.full((4, 1), 2e-12), changed * 1e-12)
    up, down = may in (May.BOTH, May.UP), may in (May.BOTH, May.DOWN)
    assert np.allclose(costs, [np.inf, np.inf, 1 if up else np.inf, 1 if down else np.inf])


def test_a_column_with_one_value_stays():
    space = TabularSpace([Column("a", Kind.NUMERIC, 2, 2)])
    assert space.sample(np.full((5, 1), 2.0), 9.0, np.random.default_rng(0)).tolist() == [[2.0]] * 5


def test_samples_reach_every_usual_value():
    space = TabularSpace([Column("a", Kind.NUMERIC, 0, 1e9, usual=(3.0, 5.0))])
    drawn = space.sample(np.zeros((200, 1)), np.inf, np.random.default_rng(0))
    assert set(drawn.ravel()) == {3.0, 5.0}


def test_samples_spread_over_the_cost():
    space = TabularSpace([Column(f"c{j}", Kind.NUMERIC, -50, 50) for j in range(4)])
    X = np.zeros((2000, 4))
    changed = space.sample(X, 3.0, np.random.default_rng(0))
    assert np.quantile(space.cost(X, changed), [0.1, 0.5, 0.9]) == pytest.approx([0.3, 1.5, 2.7], abs=0.2)
    assert set((changed != X).sum(axis=1)) == {1, 2, 3, 4}


def test_inferred_from_a_table():
    X = np.array([[0, 0.5, 1e300, 7, 0], [1, 0.7, -1e300, 7, 1], [1, 0.9, 0, 7, 2]], dtype=float)
    space = infer(X, ["flag", "rate", "huge", "same", "tld"], [(), (), (), (), ("com", "org", "zip")])
    flag, rate, huge, same, tld = space.columns
    assert (flag.kind, flag.low, flag.high, flag.scale) == (Kind.INTEGER, 0, 1, 1)
    assert (rate.kind, rate.usual) == (Kind.NUMERIC, (0.5, 0.7, 0.9))
    assert rate.scale == pytest.approx(X[:, 1].std())
    assert huge.scale == pytest.approx(np.std([1, -1, 0]) * 1e300)
    assert (same.low, same.high, same.scale) == (7, 7, 1)
    assert (tld.kind, tld.low, tld.high) == (Kind.CATEGORY, 0, 2)
    assert tld.shown(2.0) == "zip"


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"low": 3}, "low of column a is 3: must not exceed high, 2"),
        ({"low": np.nan}, "low of column a is nan: must be a finite number"),
        ({"high": 2.5}, "high of column a is 2.5: must be whole, the column is integer"),
        ({"kind": Kind.NUMERIC, "step": 0.3}, "high of column a is 2: must be a multiple of the step, 0.3"),
        ({"step": -1}, "step of column a is -1: must be a finite number, at least 0"),
        ({"scale": 0}, "scale of column a is 0: must be a finite number above 0"),
        ({"price": -1}, "price of column a is -1: must be a finite number above 0"),
        ({"kind": Kind.CATEGORY, "may": May.UP}, "a category has no up or down"),
    ],
)
def test_a_broken_column_is_refused(broken, message):
    with pytest.raises(InvalidInput, match=message):
        Column(**{"name": "a", "kind": Kind.INTEGER, "low": 0, "high": 2} | broken)


def test_values_of_every_size_suggest_a_space_and_no_row_none():
    values = np.array([[0.0], [1e-310], [1e300]] * 40)
    assert infer(values, ["a"]).columns[0].step == 0
    with pytest.raises(InvalidInput, match=r"X is 'of shape \(0, 1\)': must hold one row at least"):
        infer(values[:0], ["a"])


def test_numbers_on_a_grid_stay_on_it():
    rng = np.random.default_rng(0)
    ternary, flowing, odd = rng.choice([0.0, 0.5, 1.0], 300), rng.random(300), rng.choice([0.1, 0.5, 1.3], 300)
    space = infer(np.column_stack([ternary, flowing, odd]), ["ternary", "flowing", "odd"])
    assert [column.step for column in space.columns] == [0.5, 0.0, 0.0]
    X = np.column_stack([ternary, flowing, odd])
    for changed in (space.project(X, X + rng.normal(size=X.shape), 1.0), space.sample(X, 3.0, rng), space.anywhere(X, rng)):
        assert set(np.unique(changed[:, 0])) <= {0.0, 0.5, 1.0}
        assert np.isfinite(space.cost(X, changed)).all()
    between = X.copy()
    between[:, 0] = 0.25
    assert np.isinf(space.cost(X, between)).all()


@given(st.sampled_from([0.25, 0.5, 2.0]), st.integers(-8, 8), st.floats(-20, 20), st.floats(0, 5))
def test_a_step_is_kept_whatever_the_cost(step, multiple, target, cost):
    space = TabularSpace([Column("a", Kind.NUMERIC, -8 * step, 8 * step, step=step)])
    X = np.array([[multiple * step]])
    changed = space.project(X, np.array([[target]]), cost)
    assert float(changed[0, 0] / step).is_integer()
    assert space.cost(X, changed)[0] <= cost + 1e-9
