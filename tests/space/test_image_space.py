"""Laws of image spaces, and the plain cases."""

import math

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from amlsec.errors import InvalidInput
from amlsec.space.image import ImageSpace


@st.composite
def cases(draw):
    """A space, images (some outside the range), others, a cost and a generator."""
    low, high = draw(st.sampled_from([(0.0, 1.0), (-1.0, 1.0), (0.0, 255.0), (1e-7, 0.1)]))
    space = ImageSpace((2, 3), low=low, high=high, norm=draw(st.sampled_from([2, math.inf])))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    X, Z = (rng.uniform(low - 0.1, high + width, (4, 6)) for width in (0.1, 3 * (high - low)))
    return space, X, Z, draw(st.sampled_from([0.0, 1e-3, 0.3, 1.0, 10.0, np.inf])), rng


@settings(deadline=None, max_examples=80)
@given(cases())
def test_projection_and_samples_stay_inside(case):
    space, X, Z, cost, rng = case
    for changed in (space.project(X, Z, cost), space.sample(X, cost, rng)):
        assert (space.cost(X, changed) <= cost * (1 + 1e-9) + 1e-12).all()
        assert (space.project(X, changed, cost) == changed).all()


@settings(deadline=None, max_examples=80)
@given(cases())
def test_no_change_costs_nothing_and_is_left_alone(case):
    space, X, _, cost, _ = case
    assert (space.cost(X, X) == 0).all()
    assert (space.project(X, X, cost) == X).all()


@settings(deadline=None, max_examples=80)
@given(cases())
def test_the_direction_is_kept_where_only_the_cost_pulls_back(case):
    space, X, Z, cost, _ = case
    X = np.clip(X, space.low, space.high)
    projected, clipped = space.project(X, Z, cost), np.clip(Z, space.low, space.high)
    changed, wanted = projected - X, clipped - X
    assert (np.sign(changed) * np.sign(wanted) >= 0).all()
    assert (np.abs(changed) <= np.abs(wanted) + 1e-9 * space.high).all()
    spent, most = space.cost(X, projected), space.cost(X, clipped)
    assert spent == pytest.approx(np.minimum(most, cost), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("norm", [2, math.inf])
def test_samples_spread_over_the_cost_and_leave_the_range_alone(norm):
    space = ImageSpace((4, 4), norm=norm)
    X = np.full((500, 16), 0.5)
    changed = space.sample(X, 0.3, np.random.default_rng(0))
    assert np.quantile(space.cost(X, changed), [0.1, 0.5, 0.9]) == pytest.approx([0.03, 0.15, 0.27], abs=0.03)
    assert ((space.sample(X, np.inf, np.random.default_rng(0)) >= 0) & (changed <= 1)).all()


def test_cost_is_the_norm_in_units_of_the_range():
    X, changed = np.zeros((1, 6)), np.array([[3.0, 4, 0, 0, 0, 0]])
    assert ImageSpace((2, 3), high=10).cost(X, changed) == pytest.approx(0.5)
    assert ImageSpace((2, 3), high=10, norm=math.inf).cost(X, changed) == pytest.approx(0.4)
    assert ImageSpace((2, 3)).cost(X, changed) == math.inf
    assert ImageSpace((2, 3), high=10).differences(X, changed) == [["pixel 0, 0: 0 → 3", "pixel 0, 1: 0 → 4"]]


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"shape": (3,)}, "shape"),
        ({"shape": (0, 3)}, "shape"),
        ({"shape": (2, 3), "low": 1.0}, "low, high"),
        ({"shape": (2, 3), "high": math.inf}, "low, high"),
        ({"shape": (2, 3), "norm": 1}, "norm"),
    ],
)
def test_wrong_input_is_named(settings, named):
    with pytest.raises(InvalidInput, match=named):
        ImageSpace(**settings)
