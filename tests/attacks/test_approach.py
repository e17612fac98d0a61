"""How far a row gets on its way, and what an attacker takes for the model."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.base import BaseEstimator

from amlsec.attacks.approach import (
    Ball,
    believed,
    centre_of,
    furthest_accepted,
    replaced,
    shaper,
    usual,
    victim,
    within_reach,
)
from amlsec.data import Batch
from amlsec.defenses.detectors.online_centroid import OnlineCentroid
from amlsec.defenses.detectors.pca_residual import PCAResidual
from amlsec.scene import Scene
from amlsec.space.tabular import Column, Kind, TabularSpace

ROWS = Batch(np.random.default_rng(0).normal(size=(50, 2)), np.repeat([0, 1], [40, 10]))
SPACE = TabularSpace([Column("a", Kind.INTEGER, -3, 3), Column("b", Kind.NUMERIC, -2, 2)])


def plain(point):
    return point


@pytest.mark.parametrize("radius", [0.25, 1.0, 3.0])
def test_the_edge_is_found(radius):
    found = furthest_accepted(Ball(np.zeros(2), radius), np.zeros(2), np.array([4.0, 3.0]), plain)
    assert found == pytest.approx(np.array([0.8, 0.6]) * radius, abs=1e-8)
    assert Ball(np.zeros(2), radius).labels(found[None])[0] == 0


def test_a_goal_that_passes_is_reached_and_a_start_that_does_not_is_kept():
    model = Ball(np.zeros(1), 1.0)
    assert furthest_accepted(model, np.zeros(1), np.array([0.5]), plain) == [0.5]
    assert furthest_accepted(model, np.array([7.0]), np.array([9.0]), plain) == [7.0]


def test_a_search_starts_at_the_edge_of_a_sphere():
    sphere = OnlineCentroid(radius=2.0).fit(np.zeros((4, 2)))
    assert within_reach(sphere, np.zeros(2), np.array([3.0, 4.0])) == pytest.approx([1.2, 1.6], abs=1e-8)
    assert within_reach(sphere, np.zeros(2), np.array([1.0, 1.0])).tolist() == [1, 1]
    assert within_reach(PCAResidual(), np.zeros(2), np.array([90.0, 1.0])).tolist() == [90, 1]
    assert sphere.predict(within_reach(sphere, np.zeros(2), np.array([3.0, 4.0]))[None]) == [1]


def test_a_row_keeps_the_space_s_form_and_still_passes():
    scene = Scene(ROWS.rows([0]), 50, SPACE, ROWS)
    found = furthest_accepted(Ball(np.zeros(2), 2.5), np.zeros(2), np.array([30.0, 0.0]), shaper(scene))
    assert found.tolist() == [2.0, 0.0]


def test_without_a_model_he_takes_it_for_a_sphere_of_what_is_usual():
    known = Scene(ROWS.rows([]), 50, SPACE, ROWS)
    model = believed(None, known)
    assert (model.labels(ROWS.X[:40]) == 0).mean() == pytest.approx(0.95, abs=0.03)
    assert centre_of(None, known) == pytest.approx(ROWS.X[:40].mean(axis=0))
    assert len(usual(replace(known, known=ROWS.labelled(1)))) == 10


def test_the_victim_is_what_is_deployed_else_what_he_can_train():
    learner = PCAResidual(n_components=1)
    deployed = PCAResidual(n_components=1).fit(ROWS.X)
    scene = Scene(ROWS.rows([0]), 50, SPACE, ROWS, learner)
    assert victim(scene).limit_ == learner.fit(np.concatenate([ROWS.X, ROWS.X[:1]])).limit_
    both = Scene(ROWS.rows([0]), 50, SPACE, ROWS, learner, deployed=deployed)
    assert victim(both) is not deployed
    assert victim(both).limit_ == deployed.limit_
    assert victim(Scene(ROWS.rows([0]), 50, SPACE, ROWS, Refusing())) is None
    assert victim(Scene(ROWS.rows([0]), 50, SPACE, ROWS)) is None


class Refusing(BaseEstimator):
    def fit(self, X, y):
        raise ValueError("too few rows")


def test_his_rows_take_their_places_by_time():
    time = np.array(["2024-03-01", "2024-01-01", "2024-02-01"], dtype="datetime64[us]")
    own = Batch(ROWS.X[:3], np.array([1, 1, 1]), time=time)
    poison = replaced(Scene(own, 3, SPACE), [np.array([1.0, 1.0]), np.array([2.0, 2.0])])
    assert poison.edited.tolist() == [1, 2]
    assert poison.edits.X[:, 0].tolist() == [1, 2]
    assert poison.edits.y.tolist() == [0, 0]
    assert replaced(Scene(own.rows([0, 1]), 2, SPACE), [np.zeros(2)]).edited.tolist() == [1]
