"""The descents on models whose lowest point or cheapest win is known."""

import numpy as np
import pytest

from amlsec.errors import InvalidInput, ModelFailed
from amlsec.space.image import ImageSpace
from amlsec.space.tabular import Column, Kind, May, TabularSpace
from amlsec.space.text import TextSpace
from amlsec.whitebox.descent import automatic_steps, checkpoints, one_step, projected_steps, random_changes, towards
from amlsec.whitebox.field import Field, field, reach
from amlsec.whitebox.minimal import few_columns, jumps, shrinking_ball
from amlsec.whitebox.norms import farthest, size
from amlsec.whitebox.slope import Slope
from oracles.linear import Linear, cheapest
from oracles.tables import box, stopped

RNG = np.random.default_rng


def linear(weights, bias=0.0):
    return Slope(lambda X: X @ weights + bias, lambda X: np.broadcast_to(weights, X.shape))


def bowl(centre, radius=1.0):
    """Above 0 outside a sphere."""
    return Slope(lambda X: ((X - centre) ** 2).sum(axis=1) - radius**2, lambda X: 2 * (X - centre))


def ground(width=6, seed=0, slope=None):
    space, model = box(width, seed), Linear(RNG(seed).normal(size=width), -1.0)
    X = stopped(model, width, 6, seed)
    return field(X, reach(space, X), slope or linear(model.weights, 1.0), 0), space, model, X


def streams(at: Field):
    return RNG(0).spawn(len(at.start))


@pytest.mark.parametrize("descent", [projected_steps, automatic_steps])
@pytest.mark.parametrize("norm", [1, 2, np.inf])
def test_on_a_linear_slope_descents_end_at_the_deepest_point_of_the_ball(descent, norm):
    if norm == 1:
        at = ground()[0]
    else:
        X = RNG(0).random((6, 9))
        at = field(X, reach(ImageSpace((3, 3), norm=norm), X), linear(RNG(1).normal(size=9), 9.0), 0)
    limit = np.minimum(1.0, at.reach.length)
    deepest = descent(at, limit, streams(at))[1]
    G = at.uphill(np.zeros_like(at.start))
    best = farthest(G, at.reach.low, at.reach.high, limit, norm)
    lost = (-(G * deepest).sum(axis=1)) / (-(G * best).sum(axis=1))
    assert (size(deepest, norm) <= limit * (1 + 1e-9) + 1e-9).all()
    assert (lost > (0.999 if descent is automatic_steps else 0.97)).all()


@pytest.mark.parametrize("descent", [one_step, shrinking_ball])
def test_minimal_ones_reach_the_cheapest_evasion_of_a_linear_model(descent):
    at, space, model, X = ground(width=12, seed=4)
    best = np.array([cheapest(model, space, x) for x in X])
    cost = at.size(descent(at, at.reach.length, streams(at))[0])
    share = 1 + (1 / 20 if descent is one_step else 0.0)
    reached = np.isfinite(best)
    assert (cost[reached] >= best[reached] * (1 - 1e-6)).all()
    if descent is shrinking_ball:
        assert cost[reached] == pytest.approx(best[reached], rel=1e-4)
    else:
        assert (cost[reached] <= best[reached] * share + at.reach.length[reached] / 20).all()


def test_the_smallest_change_into_a_sphere_is_straight_towards_it():
    X = np.array([[0.9, 0.9, 0.1], [0.2, 0.8, 0.4]])
    centre = np.array([0.5, 0.5, 0.5])
    at = field(X, reach(ImageSpace((1, 3)), X), bowl(centre, 0.2), 0)
    cost = at.size(shrinking_ball(at, at.reach.length, streams(at))[0])
    assert cost == pytest.approx(np.linalg.norm(X - centre, axis=1) - 0.2, rel=0.01)


def test_few_columns_are_the_most_salient_ones():
    space = TabularSpace([Column(f"c{j}", Kind.NUMERIC, 0, 1) for j in range(5)])
    X = np.ones((1, 5))
    at = field(X, reach(space, X), linear(np.array([1.0, 5.0, 2.0, 4.0, 3.0]), -6.5), 0)
    U = few_columns(at, at.reach.length, streams(at))[0]
    assert np.flatnonzero(U[0]).tolist() == [1, 3]


def test_a_column_that_was_pushed_is_not_pushed_back():
    """At both ends of `a` the gradient says that the other end is better; only `b` wins."""
    slope = Slope(
        lambda X: 8 * (X[:, 0] - 0.5) ** 2 - 2 * X[:, 1] - 1,
        lambda X: np.stack([16 * (X[:, 0] - 0.5), np.full(len(X), -2.0)], axis=1),
    )
    space = TabularSpace([Column("a", Kind.NUMERIC, 0, 1), Column("b", Kind.NUMERIC, 0, 1)])
    X = np.array([[1.0, 0.0]])
    at = field(X, reach(space, X), slope, 0)
    U = few_columns(at, at.reach.length, streams(at))[0]
    assert (at.height(U) <= 0).all()
    assert np.flatnonzero(U[0]).tolist() == [0, 1]


def test_jumps_leave_a_ridge_where_the_slope_is_0():
    slope = Slope(lambda X: 0.5 - (X[:, 0] - 1) ** 2, lambda X: np.stack([2 - 2 * X[:, 0], 0 * X[:, 1]], axis=1))
    space = TabularSpace([Column("a", Kind.NUMERIC, 0, 5), Column("b", Kind.NUMERIC, 0, 5)])
    X = np.array([[1.0, 1.0]])
    at = field(X, reach(space, X), slope, 0)
    assert np.isfinite(at.size(jumps(at, at.reach.length, streams(at))[0])).all()
    assert (at.height(jumps(at, at.reach.length, streams(at))[0]) <= 0).all()
    assert (at.height(one_step(at, at.reach.length, streams(at))[1]) > 0).all()


def test_the_density_draws_towards_benign_rows():
    space = TabularSpace([Column("a", Kind.NUMERIC, -5, 5), Column("b", Kind.NUMERIC, -5, 5)])
    X = np.array([[2.0, 0.0]])
    at = field(X, reach(space, X), linear(np.array([1.0, 0.0]), 5.0), 0)
    benign = RNG(0).normal([-1.0, 2.0], 0.3, (30, 2))
    plain, drawn = (towards(benign, weight)(at, np.array([6.0]), streams(at))[-1] for weight in (0.0, 30.0))
    assert plain == pytest.approx(np.array([[-6.0, 0.0]]), abs=0.2)
    assert at.rows(drawn) == pytest.approx(benign.mean(axis=0)[None], abs=0.3)


def test_the_density_s_slope_is_that_of_finite_differences():
    from amlsec.whitebox.descent import _drawn

    at = ground()[0]
    slope = _drawn(at, RNG(2).normal(size=(9, 6)), np.linspace(1, 3, len(at.start)))
    for j in range(6):
        step = 1e-6 * np.eye(6)[j]
        change = (slope.margin(at.start + step) - slope.margin(at.start - step)) / 2e-6
        assert slope.gradient(at.start)[:, j] == pytest.approx(change, abs=1e-6)


def test_random_changes_are_within_the_limit_and_each_row_s_own():
    at = ground()[0]
    limit = np.minimum(np.linspace(0, 3, len(at.start)), at.reach.length)
    U = random_changes(at, limit, streams(at))
    assert (at.size(U) <= limit + 1e-9).all()
    assert (U[0] == 0).all()
    fewer = Field(at.start[:2], reach(box(6), at.start[:2]), at.slope, at.sign[:2], at.slack[:2])
    assert (random_changes(fewer, limit[:2], streams(at)[:2]) == U[:2]).all()


@pytest.mark.parametrize(("steps", "known"), [(100, [22, 41, 57, 70, 80, 87, 93, 99]), (10, [3, 5, 6, 7, 8, 9, 10, 10])])
def test_checkpoints_are_the_papers(steps, known):
    assert checkpoints(steps) == known


def test_reach_is_what_the_space_allows():
    space = TabularSpace(
        [
            Column("up", Kind.NUMERIC, 0, 4, scale=2.0, may=May.UP),
            Column("down", Kind.INTEGER, 0, 4, price=3.0, may=May.DOWN),
            Column("not", Kind.NUMERIC, 0, 4, may=May.NOT),
            Column("code", Kind.CATEGORY, 0, 2),
            Column("beyond", Kind.NUMERIC, 0, 4),
        ]
    )
    found = reach(space, np.array([[1.0, 1.0, 1.0, 1.0, 6.0]]))
    assert found.low.tolist() == [[0.0, -3.0, 0.0, 0.0, -6.0]]
    assert found.high.tolist() == [[1.5, 0.0, 0.0, 0.0, 0.0]]
    assert found.length.tolist() == [1.5 + 3.0 + 6.0]


def test_an_image_reaches_its_range():
    found = reach(ImageSpace((1, 2), low=0, high=2, norm=np.inf), np.array([[0.5, 2.0]]))
    assert found.low.tolist() == [[-0.25, -1.0]]
    assert found.high.tolist() == [[0.75, 0.0]]
    assert found.length.tolist() == [1.0]


def test_the_field_is_uphill_against_what_is_wanted():
    X = np.array([[0.0]])
    space = TabularSpace([Column("a", Kind.NUMERIC, -1, 1, scale=2.0)])
    for wanted, sign in ((0, 1), (1, -1)):
        at = field(X, reach(space, X), linear(np.array([3.0]), 0.5), wanted)
        assert at.uphill(np.zeros((1, 1))).tolist() == [[sign * 6.0]]
        assert at.height(np.zeros((1, 1))) == pytest.approx([sign * 0.5], abs=1e-6)


def test_gradients_that_are_no_numbers_are_the_model_s_fault():
    at = ground(slope=Slope(lambda X: X[:, 0], lambda X: X * np.nan))[0]
    with pytest.raises(ModelFailed, match="gradient is NaN or infinite"):
        at.uphill(np.zeros_like(at.start))


def test_texts_have_no_slope():
    with pytest.raises(InvalidInput, match="must be a TabularSpace or an ImageSpace"):
        reach(TextSpace(["a"]), np.array([["a"]]))
