"""A detector that follows its rows: scikit-learn's checks, naive updates, and its quota against the best attack."""

import numpy as np
import pytest

from amlsec.attacks.greedy_rows import best_row
from amlsec.centroid.displacement import max_displacement
from amlsec.centroid.memory import average_out, infinite_horizon, nearest_out, oldest_out
from amlsec.defenses.detectors.following_sphere import quantile_radius
from amlsec.defenses.detectors.online_centroid import OnlineCentroid
from amlsec.errors import InvalidInput
from estimator_checks import cases

AWAY = np.array([1.0, 0.0])


def rows(n=100, seed=0):
    """Evenly drawn from a disc of radius 1."""
    rng = np.random.default_rng(seed)
    angle, way = rng.uniform(0, 2 * np.pi, n), np.sqrt(rng.random(n))
    return np.column_stack([way * np.cos(angle), way * np.sin(angle)])


def dragged(model, count):
    """The model after so many of the attacker's rows, each the best of its time."""
    for _ in range(count):
        edge = best_row(model.rule, model.memory_, model.radius_ * (1 - 1e-12), AWAY)
        model.partial_fit(edge[None])
    return model


def way(model):
    """How far it was dragged, in radii."""
    return float((model.memory_.centre - model.enrolled_.mean(axis=0)) @ AWAY / model.radius_)


@pytest.mark.parametrize(
    ("estimator", "check"), cases(own=OnlineCentroid(), other=OnlineCentroid(rule=nearest_out, radius=2.0))
)
def test_scikit_learn_s_own_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("rate", [0.0, 0.01, 0.1, 0.5])
def test_the_radius_leaves_out_no_more_than_the_rate(rate):
    X = rows(200)
    model = OnlineCentroid(false_alarm_rate=rate, most_false_alarms=1).fit(X)
    assert (model.predict(X) == -1).mean() == pytest.approx(rate, abs=1e-9)
    assert model.radius_ == quantile_radius(X, rate)
    assert model.distance(X) == pytest.approx(np.linalg.norm(X - X.mean(axis=0), axis=1))


@pytest.mark.parametrize("rule", [average_out, infinite_horizon, oldest_out, nearest_out])
def test_it_learns_what_it_accepts_one_row_after_another(rule):
    X, new = rows(), 1.5 * rows(60, 1)
    model = OnlineCentroid(rule=rule, most_false_alarms=1, radius=1.1).fit(X)
    memory = model.memory_
    for row in new:
        memory = rule(memory, row) if np.linalg.norm(row - memory.centre) <= 1.1 else memory
    model.partial_fit(new[:25]).partial_fit(new[25:])
    assert (model.memory_.centre == memory.centre).all()
    assert model.learned_ + 100 == memory.seen
    assert 0 < model.learned_ < 60
    assert model.refused_ == 0


def test_without_the_quota_it_is_dragged_as_far_as_the_closed_form_says():
    model = dragged(OnlineCentroid(most_false_alarms=1, radius=1.0).fit(rows()), 300)
    assert way(model) == pytest.approx(max_displacement(1, 100, 300), rel=1e-6)
    assert model.predict([[3.5, 0.0]]) == [1]


@pytest.mark.parametrize("rule", [average_out, infinite_horizon, oldest_out, nearest_out])
def test_the_quota_stops_the_best_attack(rule):
    model = OnlineCentroid(rule=rule, most_false_alarms=0.1, radius=1.2).fit(rows(30))
    dragged(model, 120)
    assert (model.predict(model.enrolled_) == -1).mean() <= 0.1
    assert model.refused_ > 0
    assert way(model) < 0.6


def test_the_quota_holds_whatever_is_offered():
    rng = np.random.default_rng(3)
    model = OnlineCentroid(false_alarm_rate=0.02, most_false_alarms=0.06).fit(rows())
    for _ in range(300):
        direction = rng.normal(size=2)
        model.partial_fit(
            (model.memory_.centre + rng.random() * model.radius_ * direction / np.linalg.norm(direction))[None]
        )
        assert (model.predict(model.enrolled_) == -1).mean() <= 0.06


def test_honest_rows_are_learned_under_the_quota():
    model = OnlineCentroid().fit(rows(500))
    model.partial_fit(rows(1000, 1))
    assert model.refused_ == 0
    assert model.learned_ > 900


def test_learning_before_any_fit_is_the_fit():
    assert (OnlineCentroid().partial_fit(rows()).memory_.centre == OnlineCentroid().fit(rows()).memory_.centre).all()


@pytest.mark.parametrize(
    ("settings", "argument"),
    [
        ({"radius": 0.0}, "radius"),
        ({"radius": -1.0}, "radius"),
        ({"false_alarm_rate": 1.0}, "false_alarm_rate"),
        ({"false_alarm_rate": -0.1}, "false_alarm_rate"),
        ({"false_alarm_rate": 0.2, "most_false_alarms": 0.1}, "most_false_alarms"),
        ({"most_false_alarms": 1.1}, "most_false_alarms"),
    ],
)
def test_what_is_out_of_range_is_named(settings, argument):
    with pytest.raises(InvalidInput, match=argument):
        OnlineCentroid(**settings).fit(rows())


@pytest.mark.parametrize("alike", [rows(1), np.repeat(rows(1), 9, axis=0)])
def test_rows_that_give_no_radius_are_refused_unless_one_is_given(alike):
    with pytest.raises(InvalidInput, match="radius is None: must be given"):
        OnlineCentroid().fit(alike)
    assert OnlineCentroid(radius=1.0).fit(rows(1)).predict(rows(1)).tolist() == [1]
