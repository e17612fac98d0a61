"""The private mechanism and the net of reproductions/lira.py, against what is known of them."""

import importlib
import warnings
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import gamma, kstest

from amlsec.data import Batch


@pytest.fixture
def script(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "reproductions"))
    return importlib.import_module


def in_the_ball(seed, n=40, d=3):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    return Batch(X / np.linalg.norm(X, axis=1, keepdims=True), rng.integers(0, 2, n))


def test_the_optimum_has_no_gradient(script):
    rows = in_the_ball(0)
    w = script("_output_perturbation").optimum(rows.X, rows.y, 0.05)
    gradient = 0.05 * w + rows.X.T @ (expit(rows.X @ w) - rows.y) / len(rows)
    np.testing.assert_allclose(gradient, 0, atol=1e-5)


@pytest.mark.parametrize("weight", [0.001, 0.1])
def test_no_exchange_of_a_row_moves_the_optimum_by_more_than_the_sensitivity(script, weight):
    private, rows, other = script("_output_perturbation"), in_the_ball(1, 20), in_the_ball(2, 20)
    before = private.optimum(rows.X, rows.y, weight)
    moved = []
    for i in range(20):
        X, y = rows.X.copy(), rows.y.copy()
        X[i], y[i] = other.X[i], other.y[i]
        moved.append(np.linalg.norm(private.optimum(X, y, weight) - before))
    assert 0 < max(moved) <= 2 / (20 * weight)


def test_noise_has_the_length_and_the_direction_of_its_density(script):
    drawn = script("_output_perturbation").noise(2.5, 4000, 3, np.random.default_rng(0))
    lengths = np.linalg.norm(drawn, axis=1)
    assert kstest(lengths, gamma(3, scale=1 / 2.5).cdf).pvalue > 0.01
    assert kstest(drawn[:, 0] / lengths, "uniform", args=(-1, 2)).pvalue > 0.01  # Archimedes: on a sphere, uniform


def test_no_likelihood_ratio_of_a_canary_is_above_its_epsilon(script):
    game = script("_output_perturbation").canary(in_the_ball(3), 0.05, 1.0, 0)
    for guesses in game.guesses(2000, np.random.default_rng(0)):
        assert 0 < np.abs(guesses).max() <= game.epsilon + 1e-9
    assert game.epsilon <= 1


@pytest.mark.data
def test_no_row_of_the_private_table_is_longer_than_one(script):
    missing = script("_data").missing(script("_adult").NEEDS)
    if missing:
        pytest.skip(f"{missing[0]}: missing; AMLSEC_DATA names the data")
    rows = script("_adult").in_the_unit_ball()
    assert len(rows) == 48_842
    assert np.linalg.norm(rows.X, axis=1).max() <= 1


def test_margins_are_the_log_odds_of_the_nets_probabilities(script):
    rows = in_the_ball(4, 60)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = script("lira").overfit().set_params(max_iter=3, random_state=0).fit(rows.X, rows.y)
    model = script("lira").Margins(net)
    np.testing.assert_allclose(model.scores(rows.X), logit(net.predict_proba(rows.X)[:, 1]), rtol=1e-6, atol=1e-9)
    assert (model.labels(rows.X) == net.predict(rows.X)).all()
