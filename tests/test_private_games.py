"""The games of reproductions/epsilon_auditor.py: what no guess of a whole mechanism exceeds, and how broken ones differ."""

import importlib
from pathlib import Path

import numpy as np
import pytest

from amlsec.defenses.learners.output_perturbation import OutputPerturbation, sensitivity
from amlsec.defenses.learners.private_linear import optimum
from amlsec.defenses.learners.unit_ball import UnitBall
from amlsec.privacy import gaussian_delta


@pytest.fixture
def played(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "reproductions"))
    return importlib.import_module("_private_games")


def test_no_likelihood_ratio_of_a_pure_learner_is_above_its_epsilon(played, monkeypatch):
    monkeypatch.setattr(played, "PUSHES", 60)
    for name, unit in (("output perturbation", sensitivity(40, played.WEIGHT)), ("objective perturbation", 1.0)):
        (game,) = [game for game in played.games() if game.name == name]
        for guesses in game.many(played.WHOLE, np.random.default_rng(0)):
            assert 0.1 < np.abs(guesses / unit).max() <= game.claimed.epsilon


@pytest.mark.parametrize("delta", [0.0, 1e-5])
def test_noisy_optima_are_what_the_learner_releases(played, monkeypatch, delta):
    monkeypatch.setattr(played, "NOISES", 1)
    privacy, learner = played.Privacy(1.0, delta), OutputPerturbation(delta=delta, weight=played.WEIGHT, random_state=3)
    X, y = np.eye(5)[:, :4], np.array([1.0, -1.0, 1.0, -1.0, 1.0])
    training = played.Training(UnitBall().fit(X).transform(X), y)
    game = played.Learned(learner, privacy, played.noisy, played.nearer)
    (w,) = played.noisy(game, training, played.WHOLE, np.random.default_rng(3))
    np.testing.assert_allclose(w, learner.fit(X, y).coef_, rtol=1e-6)


def test_a_share_of_normal_noise_is_that_share(played):
    claimed = played.Privacy(1.0, 1e-5)
    kept = played.less_noise(claimed, 0.1)
    ratio = 10 * played.gaussian_ratio(claimed)
    assert gaussian_delta(kept.epsilon, ratio) == pytest.approx(1e-5)


@pytest.mark.parametrize("case", ["scaled by the data's longest row", "each row counted ten times"])
def test_broken_training_sets_move_the_optimum_farther_than_the_noise_hides(played, case):
    one, zero = played.trainings(case)
    ends = [optimum(each.F, each.side, played.WEIGHT) for each in (one, zero)]
    assert np.linalg.norm(ends[0] - ends[1]) > 2 * sensitivity(len(one.F), played.WEIGHT)


def test_whole_training_sets_differ_in_one_row_and_stay_within_the_sensitivity(played):
    one, zero = played.trainings(played.WHOLE)
    assert (one.side != zero.side).sum() == 1
    assert (one.F == zero.F).all()
    moved = np.linalg.norm(optimum(one.F, one.side, played.WEIGHT) - optimum(zero.F, zero.side, played.WEIGHT))
    assert 0.3 * sensitivity(40, played.WEIGHT) < moved <= sensitivity(40, played.WEIGHT)


def test_a_model_without_noise_tells_every_label(played):
    played_once = played.Learned(OutputPerturbation(weight=played.WEIGHT), played.Privacy(1.0), played.noisy, played.nearer)
    toward, away = played_once.one(played.FORGOTTEN, np.random.default_rng(0))
    assert (toward > 0).all()
    assert (toward == -away).all()
