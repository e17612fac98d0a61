"""Closed forms of a dragged centre against the recurrence, against simulation, and against each other."""

import math

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from amlsec.centroid.displacement import max_displacement, max_displacement_of_a_mean, share_needed
from amlsec.centroid.memory import Memory, average_out, infinite_horizon
from amlsec.errors import InvalidInput

shares = st.floats(0, 1)
windows = st.integers(1, 500)
rates = st.floats(0, 0.9)


def recurrence(share, rows, step, false_alarms=0.0):
    """E[D] a row at a time, each counting `step(k)`."""
    expected = 0.0
    for k in range(rows):
        innocent = false_alarms - (1 - false_alarms) * expected
        expected += step(k) * (share + (1 - share) * innocent)
    return expected


@settings(max_examples=100, deadline=None)
@given(shares, windows, st.integers(0, 300), rates)
def test_a_finite_horizon_is_the_recurrence_s_solution(share, window, rows, rate):
    found = max_displacement(share, window, rows, false_alarms=rate)
    assert found == pytest.approx(recurrence(share, rows, lambda _: 1 / window, rate), rel=1e-9, abs=1e-12)


@settings(max_examples=100, deadline=None)
@given(shares, windows, st.integers(0, 300))
def test_an_infinite_horizon_is_the_recurrence_s_solution(share, window, rows):
    found = max_displacement_of_a_mean(share, window, rows)
    assert found == pytest.approx(recurrence(share, rows, lambda k: 1 / (window + k + 1)), rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("pull", [1e-3, 1e-5, 1e-7, 1e-12, 0])
def test_an_infinite_horizon_forgets_no_digits_of_a_faint_pull(pull):
    found, expected = max_displacement_of_a_mean(1 - pull, 100, 1000), recurrence(1 - pull, 1000, lambda k: 1 / (101 + k))
    assert found == pytest.approx(expected, rel=1e-6)


def test_full_control_is_linear_under_a_finite_horizon_and_logarithmic_under_an_infinite_one():
    assert max_displacement(1, 100, 1000) == 10
    assert max_displacement_of_a_mean(1, 100, 1000) == pytest.approx(sum(1 / (100 + k) for k in range(1, 1001)))
    assert max_displacement_of_a_mean(1, 100, 1000) <= math.log(11)
    assert max_displacement(1, 100) == max_displacement_of_a_mean(1, 100) == math.inf


@settings(max_examples=100, deadline=None)
@given(st.floats(0, 0.99), windows, st.integers(0, 10**6), rates)
def test_no_patience_passes_the_ceiling(share, window, rows, rate):
    ceiling = max_displacement(share, window, false_alarms=rate)
    assert ceiling == pytest.approx((share + rate * (1 - share)) / ((1 - share) * (1 - rate)))
    assert max_displacement(share, window, rows, false_alarms=rate) <= ceiling
    assert max_displacement_of_a_mean(share, window, rows) <= max_displacement(share, window) * (1 + 1e-12)


@settings(max_examples=100, deadline=None)
@given(st.floats(0, 50), rates)
def test_the_share_needed_is_that_of_the_ceiling(displacement, rate):
    share = share_needed(displacement, false_alarms=rate)
    if share:
        assert max_displacement(share, 10, false_alarms=rate) == pytest.approx(displacement)
    else:
        assert max_displacement(0, 10, false_alarms=rate) >= displacement * (1 - 1e-9)


def simulated(rule, share, rows, rng, innocent, runs=1000, window=20):
    """How far a centre at 0 gets in each run, in radii; an innocent row of NaN is one that is rejected."""
    memory = Memory(np.zeros(runs), np.zeros((window, 1)), window)
    for _ in range(rows):
        others = innocent(memory.centre, rng)
        row = np.where(rng.random(runs) < share, memory.centre + 1, np.where(np.isnan(others), memory.centre, others))
        memory = rule(memory, row)
    return memory.centre


def bounded(_, rng):
    return rng.uniform(-1, 1, 1000)


@pytest.mark.parametrize("share", [0.05, 0.1, 0.2, 0.5])
@pytest.mark.parametrize(("rule", "form"), [(average_out, max_displacement), (infinite_horizon, max_displacement_of_a_mean)])
def test_limited_control_agrees_with_simulation(rule, form, share):
    for rows in (15, 150):
        found = simulated(rule, share, rows, np.random.default_rng(rows), bounded)
        assert abs(found.mean() - form(share, 20, rows)) <= 3 * found.std(ddof=1) / np.sqrt(1000)


def test_false_alarms_where_they_hurt_most_reach_the_bound():
    """Innocent rows at -1 and 1, and those at -1 rejected as often as the rate allows: the bound is met exactly."""

    def worst(_, rng):
        x = rng.choice([-1.0, 1.0], 1000)
        return np.where((x < 0) & (rng.random(1000) < 0.2), np.nan, x)

    found = simulated(average_out, 0.2, 300, np.random.default_rng(0), worst)
    bound = max_displacement(0.2, 20, 300, false_alarms=0.1)
    assert abs(found.mean() - bound) <= 3 * found.std(ddof=1) / np.sqrt(1000)
    assert bound > max_displacement(0.2, 20, 300) + 0.1


def test_other_false_alarms_stay_below_the_bound():
    def sphere(centre, rng):
        x = rng.uniform(-1, 1, 1000)
        return np.where((x < centre - 0.9) & (rng.random(1000) < 0.5), np.nan, x)

    found = simulated(average_out, 0.2, 300, np.random.default_rng(0), sphere)
    assert found.mean() < max_displacement(0.2, 20, 300, false_alarms=0.15)


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"share": 1.1}, "share"),
        ({"share": -0.1}, "share"),
        ({"share": math.nan}, "share"),
        ({"window": 0}, "window"),
        ({"window": math.nan}, "window"),
        ({"window": math.inf}, "window"),
        ({"rows": -1}, "rows"),
        ({"rows": math.nan}, "rows"),
        ({"false_alarms": 1.0}, "false_alarms"),
    ],
)
def test_what_is_out_of_range_is_named(change, argument):
    with pytest.raises(InvalidInput, match=argument):
        max_displacement(**({"share": 0.1, "window": 10, "rows": 5} | change))
    with pytest.raises(InvalidInput, match="displacement"):
        share_needed(-1)
