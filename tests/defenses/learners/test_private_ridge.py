"""Private ridge: how far a row moves each sum, what the noise keeps of all three, and what follows from them."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from amlsec.defenses.learners.private_ridge import PRODUCTS, SMALLEST, SQUARES, PrivateRidge, _ridge, _symmetric
from amlsec.errors import InvalidInput
from amlsec.privacy import Privacy, gaussian_ratio
from estimator_checks import cases
from private_rows import exchanges, in_the_ball


def sums(F, side):
    return F.T @ F, F.T @ side, np.linalg.eigvalsh(F.T @ F)[0]


def test_no_exchange_moves_a_sum_by_more_than_its_sensitivity():
    moved = np.array(
        [
            [np.linalg.norm(a - b) for a, b in zip(sums(F, side), sums(other, flipped), strict=True)]
            for F, side, other, flipped in exchanges(0, 400)
        ]
    )
    assert (moved.max(axis=0) <= np.array([SQUARES, PRODUCTS, SMALLEST]) + 1e-9).all()
    assert (moved.max(axis=0) > 0.5 * np.array([SQUARES, PRODUCTS, SMALLEST]) * [1, 1, 0.2]).all()


class Counted:
    """A generator that remembers how wide its normal noise is, and draws none."""

    def __init__(self):
        self.spreads = []

    def normal(self, middle, spread, size=None):
        self.spreads.append(spread)
        return np.zeros(size) if size else 0.0


def test_the_three_sums_together_keep_the_claim():
    privacy, seen = Privacy(0.7, 1e-5), Counted()
    PrivateRidge()._released(*in_the_ball(1), privacy, seen)
    ratios = np.array([SMALLEST, PRODUCTS, SQUARES]) / seen.spreads
    assert np.linalg.norm(ratios) == pytest.approx(gaussian_ratio(privacy))


def test_symmetric_noise_is_the_same_in_every_direction():
    """Its length along any symmetric matrix of Frobenius length 1 has the variance of one entry drawn."""
    rng = np.random.default_rng(0)
    drawn = np.array([_symmetric(rng.normal(0, 2.0, (3, 3))) for _ in range(20_000)])
    for k in range(5):
        way = _symmetric(np.random.default_rng(k).normal(size=(3, 3)))
        along = (drawn * way / np.linalg.norm(way)).sum(axis=(1, 2))
        assert along.std() == pytest.approx(2.0, rel=0.03)


def test_the_noise_hardly_ever_outweighs_the_ridge():
    """At most in 5 of 100 cases has the noise an eigenvalue larger than what is added (Wang 2018)."""
    rng = np.random.default_rng(0)
    added = _ridge(0.0, 1.0, 12)[0]
    largest = [np.abs(np.linalg.eigvalsh(_symmetric(rng.normal(0, SQUARES, (12, 12))))).max() for _ in range(400)]
    assert np.mean(np.array(largest) > added) <= 0.05


def test_much_epsilon_is_regression_on_the_labels():
    X, side = in_the_ball(2)
    F = np.column_stack([X, np.ones(40)]) / np.sqrt(2)
    model = PrivateRidge(epsilon=1e9, random_state=0).fit(X, side)
    known = Ridge(alpha=1e-9, fit_intercept=False).fit(F, side)
    np.testing.assert_allclose(model.coef_, known.coef_, atol=1e-3)
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], np.clip((1 + F @ model.coef_) / 2, 0, 1))


def test_easy_rows_are_learned_privately():
    X, side = in_the_ball(3, 4000)
    side = np.where(X[:, 0] > 0, 1.0, -1.0)
    model = PrivateRidge(epsilon=1.0, random_state=0).fit(X, side)
    assert model.score(X, side) > 0.9
    assert model.privacy_ == (1.0, 1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epsilon": np.inf}, "epsilon is inf: must be a finite number above 0"),
        ({"delta": 0.0}, "delta is 0.0: must be above 0"),
    ],
)
def test_bad_settings_are_named(options, message):
    with pytest.raises(InvalidInput, match=message):
        PrivateRidge(**options).fit(*in_the_ball(0))


@pytest.mark.parametrize(("estimator", "check"), cases(little_noise=PrivateRidge(epsilon=100.0, random_state=0)))
def test_scikit_learn_s_own_checks(estimator, check):
    check(estimator)
