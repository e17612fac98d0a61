"""The optimum and the noise that private linear learners share."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.stats import gamma, kstest, norm
from sklearn.linear_model import LogisticRegression

from amlsec.defenses.learners import private_linear
from amlsec.defenses.learners.private_linear import EXACTNESS, gradient, long_tailed, noise, optimum
from amlsec.errors import ModelFailed
from amlsec.privacy import Privacy, gaussian_delta
from private_rows import in_the_ball


@pytest.mark.parametrize("weight", [1e-6, 0.001, 0.1, 10.0])
def test_the_optimum_is_scikit_learn_s(weight):
    F, side = in_the_ball(0)
    known = LogisticRegression(C=1 / (weight * len(F)), fit_intercept=False, max_iter=10_000, tol=1e-12).fit(F, side)
    np.testing.assert_allclose(optimum(F, side, weight), known.coef_[0], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("n", [2, 40, 20_000])
@pytest.mark.parametrize("weight", [1e-4, 0.1])
def test_no_more_gradient_is_left_than_said(n, weight):
    F, side = in_the_ball(1, n)
    push = np.array([30.0, -4.0, 0.0])
    w = optimum(F, side, weight, push)
    losses = sum(s * f * np.exp(-np.logaddexp(0, s * f @ w)) for f, s in zip(F, side, strict=True))
    by_hand = weight * w + (push - losses) / n
    np.testing.assert_allclose(gradient(F, side, weight, push, w), by_hand, atol=1e-12)
    assert np.linalg.norm(by_hand) <= 1.01 * EXACTNESS / n


def test_sparse_rows_have_the_optimum_of_the_table():
    F, side = in_the_ball(2)
    np.testing.assert_allclose(optimum(csr_matrix(F), side, 0.01), optimum(F, side, 0.01), atol=1e-9)


def test_weights_that_are_no_optimum_are_never_handed_out(monkeypatch):
    monkeypatch.setattr(private_linear, "_STEPS", 1)
    with pytest.raises(ModelFailed, match="its weights stay secret"):
        optimum(*in_the_ball(0), 0.01)


def test_noise_has_the_length_and_the_direction_of_its_density():
    drawn = long_tailed(2.5, (4000, 3), np.random.default_rng(0))
    lengths = np.linalg.norm(drawn, axis=1)
    assert kstest(lengths, gamma(3, scale=1 / 2.5).cdf).pvalue > 0.01
    assert kstest(drawn[:, 0] / lengths, "uniform", args=(-1, 2)).pvalue > 0.01  # Archimedes: on a sphere, uniform


def test_noise_of_pure_epsilon_hides_the_sensitivity():
    """In one dimension it is Laplace noise of scale sensitivity / epsilon."""
    drawn = noise(Privacy(2.0), 3.0, (4000, 1), np.random.default_rng(1))[:, 0]
    assert kstest(drawn, "laplace", args=(0, 1.5)).pvalue > 0.01


def test_normal_noise_hides_the_sensitivity():
    drawn = noise(Privacy(1.0, 1e-5), 3.0, (4000,), np.random.default_rng(2))
    spread = drawn.std()
    assert kstest(drawn / spread, norm.cdf).pvalue > 0.01
    assert gaussian_delta(1.0, 3.0 / spread) == pytest.approx(1e-5, rel=0.5)
