"""Output perturbation: how far a row moves the weights, and the noise that hides it."""

import numpy as np
import pytest
from scipy.stats import chi, gamma, kstest

from amlsec.data import texts
from amlsec.defenses.learners.output_perturbation import OutputPerturbation, sensitivity
from amlsec.defenses.learners.private_linear import optimum
from amlsec.errors import InvalidInput
from amlsec.privacy import Privacy, gaussian_ratio
from estimator_checks import cases
from private_rows import exchanges, in_the_ball


@pytest.mark.parametrize("weight", [0.001, 0.1, 1.0])
def test_no_exchange_of_a_row_moves_the_optimum_by_more_than_the_sensitivity(weight):
    moved = [
        np.linalg.norm(optimum(F, side, weight) - optimum(other, flipped, weight))
        for F, side, other, flipped in exchanges(0, 60)
    ]
    assert 0 < max(moved) <= sensitivity(20, weight)


def test_the_sensitivity_is_nearly_reached():
    """By one row whose label changes, where all others say nothing: the weights are small and the loss is steep."""
    F = np.zeros((50, 2))
    F[0, 0] = 1
    side = np.where(np.arange(50) % 2, 1.0, -1.0)
    other = side.copy()
    other[0] = 1
    moved = np.linalg.norm(optimum(F, side, 10.0) - optimum(F, other, 10.0))
    assert 0.49 * sensitivity(50, 10.0) < moved < sensitivity(50, 10.0)


def test_weights_are_the_optimum_and_noise_of_the_claim():
    X, side = in_the_ball(3)
    exact = optimum(np.column_stack([X, np.ones(40)]) / np.sqrt(2), side, 0.01)
    scale, unit = sensitivity(40, 0.01) / 4.0, sensitivity(40, 0.01) / gaussian_ratio(Privacy(4.0, 1e-5))
    for delta, known in ((0.0, gamma(4, scale=scale)), (1e-5, chi(4, scale=unit))):
        models = [OutputPerturbation(epsilon=4.0, delta=delta, random_state=s).fit(X, side) for s in range(300)]
        lengths = [np.linalg.norm(model.coef_ - exact) for model in models]
        assert kstest(lengths, known.cdf).pvalue > 0.01


def test_much_epsilon_is_hardly_any_noise():
    X, side = in_the_ball(4)
    F = np.column_stack([X, np.ones(40)]) / np.sqrt(2)
    for delta in (0.0, 0.1):
        model = OutputPerturbation(epsilon=1e7, delta=delta, random_state=0).fit(X, side)
        np.testing.assert_allclose(model.coef_, optimum(F, side, 0.01), atol=0.02)


def test_probabilities_are_of_its_log_odds():
    X, side = in_the_ball(5)
    model = OutputPerturbation(random_state=0).fit(X, side)
    odds = model.decision_function(X)
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], 1 / (1 + np.exp(-odds)))
    assert (model.predict(X) == np.where(odds > 0, 1.0, -1.0)).all()


def test_noise_is_fresh_unless_a_seed_is_given():
    X, side = in_the_ball(6)
    one, two = (OutputPerturbation().fit(X, side).coef_ for _ in range(2))
    assert (one != two).all()
    one, two = (OutputPerturbation(random_state=1).fit(X, side).coef_ for _ in range(2))
    assert (one == two).all()


def test_texts_and_the_claim():
    mails = texts(["cash prize now", "lunch agenda team"] * 2000)
    model = OutputPerturbation(epsilon=2.0, delta=1e-6, random_state=0).fit(mails, np.tile([1, 0], 2000))
    assert model.predict(mails[:2]).tolist() == [1, 0]
    assert model.privacy_ == (2.0, 1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epsilon": 0.0}, "epsilon is 0.0: must be a finite number above 0"),
        ({"epsilon": np.nan}, "epsilon is nan"),
        ({"delta": 1.0}, "delta is 1.0: must lie in"),
        ({"delta": -1e-9}, "delta is -1e-09"),
        ({"weight": 0.0}, "weight is 0.0: must be a finite number above 0"),
        ({"weight": np.inf}, "weight is inf"),
    ],
)
def test_bad_settings_are_named(options, message):
    with pytest.raises(InvalidInput, match=message):
        OutputPerturbation(**options).fit(*in_the_ball(0))


def test_three_labels_are_refused():
    with pytest.raises(InvalidInput, match="Only binary classification"):
        OutputPerturbation().fit(np.zeros((3, 1)), [0, 1, 2])


@pytest.mark.parametrize(("estimator", "check"), cases(little_noise=OutputPerturbation(epsilon=50.0, random_state=0)))
def test_scikit_learn_s_own_checks(estimator, check):
    check(estimator)
