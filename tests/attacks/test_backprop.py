"""Gradients and their slopes against finite differences of the loss itself."""

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from amlsec.attacks.backprop import OneHidden, Straight, surrogate
from amlsec.attacks.logistic import Linear
from amlsec.whitebox.activations import ACTIVATIONS

Floats = np.ndarray
WIDTH, UNITS = 3, 4


def straight(parameters: Floats) -> Straight:
    return Straight(Linear(parameters[:-1], float(parameters[-1])))


def hidden(name: str) -> Callable[[Floats], OneHidden]:
    def build(parameters: Floats) -> OneHidden:
        inner, at, outer, outer_at = np.split(parameters, np.cumsum([WIDTH * UNITS, UNITS, UNITS]))
        return OneHidden(inner.reshape(WIDTH, UNITS), at, outer, float(outer_at[0]), ACTIVATIONS[name])

    return build


MODELS = [(straight, WIDTH + 1), *((hidden(name), WIDTH * UNITS + 2 * UNITS + 1) for name in ACTIVATIONS)]


def evidence(model, z: Floats) -> float:
    if isinstance(model, Straight):
        return float(model.model.evidence(z[None])[0])
    return float(model.activation.value(z @ model.inner + model.inner_at) @ model.outer + model.outer_at)


def loss(model, z: Floats, label: int) -> float:
    return float(np.logaddexp(0, evidence(model, z) * (1 - 2 * label)))


def differences(function: Callable[[Floats], float], at: Floats) -> Floats:
    return np.array([(function(at + step) - function(at - step)) / 2e-6 for step in 1e-6 * np.eye(len(at))])


@pytest.mark.parametrize(("build", "size"), MODELS)
@pytest.mark.parametrize("label", [0, 1])
def test_gradients_and_slopes_are_those_of_finite_differences(build, size: int, label: int) -> None:
    rng = np.random.default_rng(size + label)
    parameters, Z, along = rng.normal(size=size), rng.normal(size=(3, WIDTH)), rng.normal(size=size)
    model = build(parameters)
    naive = [differences(lambda p, z=z: loss(build(p), z, label), parameters) for z in Z]
    assert model.gradients(Z, label) == pytest.approx(np.array(naive), abs=1e-7)
    bent = [differences(lambda x: float(model.gradients(x[None], label)[0] @ along), z) for z in Z]
    assert model.slopes(Z, label, along) == pytest.approx(np.array(bent), abs=1e-6)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_fitted_perceptron_is_taken_over_as_it_is(activation: str) -> None:
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(60, WIDTH))
    y = (Z[:, 0] > 0).astype(np.int64)
    learner = MLPClassifier((UNITS,), activation=activation, max_iter=100, random_state=0, tol=1e-1)
    model = surrogate(learner, Z, y)
    theirs = learner.fit(Z, y).predict_proba(Z)[:, 1]
    assert [1 / (1 + np.exp(-evidence(model, z))) for z in Z] == pytest.approx(theirs)


@pytest.mark.parametrize("learner", [None, LogisticRegression(), MLPClassifier((3, 3))])
def test_any_other_learner_has_a_straight_surrogate(learner) -> None:
    Z = np.random.default_rng(0).normal(size=(20, WIDTH))
    assert isinstance(surrogate(learner, Z, np.arange(20) % 2), Straight)
