"""Objective perturbation: the paper's proof, computed; and where the solver stops."""

import numpy as np
import pytest
from scipy.special import expit

from amlsec.defenses.learners import objective_perturbation
from amlsec.defenses.learners.objective_perturbation import HIDING, ObjectivePerturbation, shared
from amlsec.defenses.learners.private_linear import EXACTNESS, optimum
from amlsec.errors import InvalidInput
from estimator_checks import cases
from private_rows import exchanges, in_the_ball


def log_density(F, side, weight, left, w):
    """Of the exact minimum w: that of the one push whose minimum it is, and by how much pushes near it spread apart."""
    push = side * expit(-side * (F @ w)) @ F - len(F) * weight * w
    curved = np.exp(-np.logaddexp(0, F @ w) - np.logaddexp(0, -F @ w))
    square = F.T @ (F * curved[:, None]) + len(F) * weight * np.eye(F.shape[1])
    return -left / 2 * np.linalg.norm(push) + np.linalg.slogdet(square)[1]


@pytest.mark.parametrize(("epsilon", "weight"), [(0.2, 1e-4), (1.0, 0.01), (1.0, 1.0), (5.0, 1e-4)])
def test_no_minimum_is_likelier_by_more_than_epsilon_after_an_exchange(epsilon, weight):
    """Theorem 9: the density of the minimum on two training sets that differ in one row, at many minima."""
    raised, left = shared(epsilon, 20, weight)
    rng = np.random.default_rng(0)
    ratios = [
        log_density(F, side, raised, left, w) - log_density(other, flipped, raised, left, w)
        for F, side, other, flipped in exchanges(1, 60)
        for w in rng.normal(size=(20, 3)) * 10 ** rng.uniform(-2, 2, (20, 1))
    ]
    assert 0.3 * epsilon < np.max(np.abs(ratios)) <= epsilon


def test_the_density_is_that_of_minima():
    """The test's own formula: the push that it finds has that minimum."""
    F, side = in_the_ball(2)
    w = np.array([0.4, -1.0, 0.2])
    push = side * expit(-side * (F @ w)) @ F - len(F) * 0.1 * w
    np.testing.assert_allclose(optimum(F, side, 0.1, push), w, atol=1e-6)


@pytest.mark.parametrize("epsilon", [0.01, 0.5, 1.0, 10.0])
@pytest.mark.parametrize("weight", [1e-6, 1e-3, 1.0])
@pytest.mark.parametrize("n", [10, 10_000])
def test_at_least_half_of_epsilon_is_left_and_all_is_accounted_for(epsilon, weight, n):
    raised, left = shared(epsilon, n, weight)
    assert raised >= weight
    assert left >= epsilon / 2 * (1 - 1e-12)
    assert left + 2 * np.log1p(0.25 / (n * raised)) == pytest.approx(epsilon)


def test_where_the_solver_stops_is_hidden_by_noise_of_its_own(monkeypatch):
    """Two solvers that stop as far apart as they may: the noise between is steep enough by the share that pays for it."""
    drawn = []
    known = objective_perturbation.long_tailed
    monkeypatch.setattr(
        objective_perturbation, "long_tailed", lambda steep, *told: drawn.append(steep) or known(steep, *told)
    )
    ObjectivePerturbation(epsilon=2.0, weight=0.05, random_state=0).fit(*in_the_ball(3))
    apart = 2 * EXACTNESS / (40 * 0.05)
    assert drawn[0] == pytest.approx(shared(2.0 * (1 - HIDING), 40, 0.05)[1] / 2)
    assert drawn[1] * apart == pytest.approx(2.0 * HIDING)


def test_it_disturbs_less_than_noise_on_the_weights():
    from amlsec.defenses.learners.output_perturbation import OutputPerturbation

    X, side = in_the_ball(4, 400, 8)
    side = np.where(X[:, 0] > 0, 1.0, -1.0)
    right = {
        kind: np.mean([kind(epsilon=1.0, weight=0.01, random_state=s).fit(X, side).score(X, side) for s in range(20)])
        for kind in (OutputPerturbation, ObjectivePerturbation)
    }
    assert right[ObjectivePerturbation] > right[OutputPerturbation] + 0.05


def test_much_epsilon_is_logistic_regression():
    X, side = in_the_ball(5)
    F = np.column_stack([X, np.ones(40)]) / np.sqrt(2)
    model = ObjectivePerturbation(epsilon=1e6, random_state=0).fit(X, side)
    np.testing.assert_allclose(model.coef_, optimum(F, side, 0.01), atol=1e-3)
    assert model.privacy_ == (1e6, 0.0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epsilon": -1.0}, "epsilon is -1.0: must be a finite number above 0"),
        ({"weight": 0.0}, "weight is 0.0: must be a finite number above 0"),
    ],
)
def test_bad_settings_are_named(options, message):
    with pytest.raises(InvalidInput, match=message):
        ObjectivePerturbation(**options).fit(*in_the_ball(0))


@pytest.mark.parametrize(("estimator", "check"), cases(little_noise=ObjectivePerturbation(epsilon=50.0, random_state=0)))
def test_scikit_learn_s_own_checks(estimator, check):
    check(estimator)
