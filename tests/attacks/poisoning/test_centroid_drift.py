"""Centroid drift against spheres whose best attack has a closed form, and against others by what it must and must not do."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import IsolationForest

from amlsec.attacks.greedy_rows import best_row
from amlsec.attacks.poisoning.centroid_drift import centroid_drift
from amlsec.budget import PoisonBudget
from amlsec.catalogue import named
from amlsec.centroid.displacement import max_displacement, max_displacement_of_a_mean
from amlsec.centroid.memory import average_out, infinite_horizon, nearest_out
from amlsec.data import Batch
from amlsec.defenses.detectors.online_centroid import OnlineCentroid
from amlsec.defenses.detectors.pca_residual import PCAResidual
from amlsec.evaluation.rounds import played, updated
from amlsec.scene import Scene
from amlsec.space.tabular import infer
from amlsec.threat import Knowledge

SPACE = infer(np.array([[-90.5] * 3, [90.5] * 3]), ["a", "b", "c"])
TARGET = Batch(np.array([[30.0, 0.0, 0.0]]), np.array([1]))
RNG = np.random.default_rng


def rows(n, seed=0):
    return Batch(RNG(seed).normal(size=(n, 3)), np.zeros(n, dtype=np.int64))


def open_centroid(rule=average_out, **settings):
    return OnlineCentroid(rule=rule, most_false_alarms=1, radius=3.0, **settings).fit(rows(100).X)


def scene(deployed, own=50, total=50, target=TARGET):
    return Scene(rows(own, 1), total, SPACE, rows(200, 2), deployed, target, deployed=deployed)


def way(before, after):
    return float(np.linalg.norm(after.memory_.centre - before) / after.radius_)


@pytest.mark.parametrize(("rule", "form"), [(average_out, max_displacement), (infinite_horizon, max_displacement_of_a_mean)])
def test_who_owns_all_rows_gets_as_far_as_the_closed_form(rule, form):
    model = open_centroid(rule)
    before = model.memory_.centre
    for _ in range(4):
        poison = centroid_drift(scene(model, total=51), budget=PoisonBudget(0.985), rng=RNG(0))
        assert len(poison) == 50
        model.partial_fit(poison.edits.X)
    assert model.learned_ == 200
    assert way(before, model) == pytest.approx(form(1, 100, 200), rel=0.05)


def test_a_step_of_nearest_out_is_the_best_of_all_cells():
    model = open_centroid(nearest_out)
    poison = centroid_drift(scene(model, own=1, total=10), budget=PoisonBudget(0.1), rng=RNG(0))
    toward = (TARGET.X[0] - model.memory_.centre) / np.linalg.norm(TARGET.X[0] - model.memory_.centre)
    best = best_row(nearest_out, model.memory_, 3.0, toward)
    start = model.memory_.centre
    gone = np.linalg.norm(poison.edits.X[0] - start) / np.linalg.norm(best - start)
    assert np.cross(poison.edits.X[0] - start, best - start) == pytest.approx(0, abs=1e-5)
    assert 0.69 <= gone <= 1.000001


def test_a_target_that_is_accepted_is_what_he_sends():
    near = Batch(np.array([[2.0, 0.5, 0.0]]), np.array([1]))
    poison = centroid_drift(scene(open_centroid(), total=60, target=near), budget=PoisonBudget(0.5), rng=RNG(0))
    assert (poison.edits.X == near.X).all()


def drifted(share, quota, rounds=40, size=20):
    """How far the centre of a detector got, in radii, and whether the target passes at the end."""
    model = OnlineCentroid(most_false_alarms=quota).fit(rows(100).X)
    test, stream = rows(100, 9) + TARGET, [rows(size, 100 + k) for k in range(rounds)]
    game = {"space": SPACE, "budget": PoisonBudget(share), "rng": RNG(0), "learn": updated, "target": TARGET}
    last = played(named("centroid-drift"), stream, test, learner=OnlineCentroid(), deployed=model, **game)[-1]
    return way(model.memory_.centre, last.deployed), last


def test_over_rounds_a_larger_share_goes_further_and_the_quota_stops_it():
    little, _ = drifted(0.1, 1)
    much, open_ = drifted(0.5, 1)
    held, guarded = drifted(0.5, 0.05)
    assert 0.03 < little <= max_displacement(0.1, 100) + 0.05
    assert much > 3 * little
    assert held < 0.7 * much
    assert (open_.deployed.refused_, guarded.deployed.refused_ > 20) == (0, True)
    assert guarded.alarmed <= 0.1
    assert held <= max_displacement(0.5, 100, false_alarms=0.05)


@pytest.mark.parametrize("victim", [PCAResidual(n_components=1, false_alarm_rate=0.05), IsolationForest(random_state=0)])
def test_what_is_trained_anew_gets_the_furthest_row_it_accepts(victim):
    deployed = victim.fit(rows(300, 3).X)
    poison = centroid_drift(scene(deployed, total=100), budget=PoisonBudget(0.1), rng=RNG(0))
    assert len(np.unique(poison.edits.X, axis=0)) == 1
    row, start = poison.edits.X[0], np.concatenate([rows(200, 2).X, rows(50, 1).X]).mean(axis=0)
    assert deployed.predict(row[None]) == [1]
    further = row + 0.01 * (TARGET.X[0] - start)
    assert deployed.predict(further[None]) == [-1]


def test_without_the_model_he_stays_where_most_of_what_he_knows_lies():
    known = scene(None).limited_to(Knowledge.DATA)
    poison = centroid_drift(known, budget=PoisonBudget(0.2), rng=RNG(0))
    X = np.concatenate([known.known.X, known.own.X])
    far = np.linalg.norm(poison.edits.X[0] - X.mean(axis=0))
    assert (np.linalg.norm(X - X.mean(axis=0), axis=1) <= far).mean() == pytest.approx(0.95, abs=0.02)
    toward = (poison.edits.X[0] - X.mean(axis=0)) @ (TARGET.X[0] - X.mean(axis=0))
    assert toward == pytest.approx(far * np.linalg.norm(TARGET.X[0] - X.mean(axis=0)))


def test_his_rows_stay_within_the_space():
    narrow = infer(np.array([[-1.5, -9.5, -9.5], [1.5, 9.5, 9.5]]), ["a", "b", "c"])
    model = open_centroid()
    poison = centroid_drift(replace(scene(model, total=60), space=narrow), budget=PoisonBudget(0.5), rng=RNG(0))
    assert poison.edits.X[:, 0].max() <= 1.5
    assert (model.predict(poison.edits.X[:1]) == 1).all()


def test_without_a_target_he_does_nothing():
    assert len(centroid_drift(replace(scene(open_centroid()), target=None), budget=PoisonBudget(0.5), rng=RNG(0))) == 0
