"""Laws of tables with groups and relations, whatever they are."""

import numpy as np
from hypothesis import given, settings

from joint_cases import cases, grouped, in_space, one_hot, related

CASES = cases(related() | grouped())


@settings(deadline=None, max_examples=150)
@given(CASES)
def test_projection_stays_inside_and_is_idempotent(case):
    space, X, Z, cost, _ = case
    projected = space.project(X, Z, cost)
    in_space(space, X, projected, cost)
    assert (space.project(X, projected, cost) == projected).all()


@settings(deadline=None, max_examples=100)
@given(CASES)
def test_rows_within_the_cost_are_left_alone_and_no_change_costs_nothing(case):
    space, X, Z, cost, _ = case
    assert (space.cost(X, X) == 0).all()
    assert (space.project(X, X, cost) == X).all()
    inside = space.project(X, Z, np.inf)
    assert (space.project(X, inside, float(space.cost(X, inside).max())) == inside).all()


@settings(deadline=None, max_examples=100)
@given(CASES)
def test_samples_and_steps_stay_inside(case):
    space, X, Z, cost, rng = case
    in_space(space, X, space.sample(X, cost, rng), cost)
    in_space(space, X, space.anywhere(X, rng), np.inf)
    order = rng.permutation(len(space.columns))
    in_space(space, X, space.spend(X, Z, order, cost), cost)
    target = space.project(X, Z, np.inf)
    assert (space.spend(X, target, order, np.inf) == target).all()


@settings(deadline=None, max_examples=60)
@given(CASES)
def test_each_row_for_itself(case):
    space, X, Z, cost, _ = case
    alone = np.concatenate([space.project(X[[i]], Z[[i]], cost) for i in range(len(X))])
    assert np.allclose(space.project(X, Z, cost), alone, rtol=1e-9, atol=1e-9)


@settings(deadline=None, max_examples=60)
@given(CASES)
def test_the_cost_is_the_sum_over_columns_where_rows_are_one_hot(case):
    space, X, Z, _, _ = case
    changed = space.project(X, Z, np.inf)
    whole = one_hot(space, X).all(axis=1)
    assert np.allclose(space.cost(X, changed)[whole], space.by_column(X, changed).sum(axis=1)[whole])
