"""Claims of one model: kept by one that keeps them, contradicted of one that tells who was in it."""

from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from amlsec.defenses.learners.output_perturbation import OutputPerturbation
from amlsec.errors import InvalidInput
from amlsec.evaluation.privacy_claims import checked, made_by
from amlsec.oracle import Classifier
from amlsec.privacy import Privacy


def labelled(guesses):
    return np.asarray(guesses, dtype=float), np.arange(len(guesses)) % 2


def by_loss(model, X, y):
    return np.where(y == 1, 1, -1) * model.decision_function(X), y


def told(weight, epsilon, seed):
    """Rows with 400 features of which each tells whose it is, and a model that claims epsilon 1 in any case."""
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(400, 400)), np.arange(400) % 2
    inside = rng.permutation(400) < 200
    model = OutputPerturbation(epsilon=epsilon, weight=weight, random_state=seed).fit(X[inside], y[inside])
    return checked(Privacy(1.0), by_loss(model, X[inside], y[inside]), by_loss(model, X[~inside], y[~inside]))


def test_a_private_model_s_claim_is_kept():
    assert all(told(0.01, 1.0, seed).kept for seed in range(10))


def test_the_same_model_with_its_noise_forgotten_is_contradicted():
    found = [told(0.01, 1e9, seed) for seed in range(10)]
    assert not any(each.kept for each in found)
    assert {each.pairs for each in found} <= set(range(150, 201))


def test_at_99_percent_confidence_chance_contradicts_nothing():
    rng = np.random.default_rng(0)
    kept = [checked(Privacy(1e-6), labelled(rng.normal(size=60)), labelled(rng.normal(size=60))).kept for _ in range(200)]
    assert kept.count(False) <= 8  # of 200 at 1 %, at most 8 but for 1 case in 1,000


@pytest.mark.parametrize(
    ("claimed", "others", "message"),
    [
        (Privacy(0.0), [1.0, 2.0], "epsilon is 0.0: must be a finite number above 0"),
        (Privacy(1.0, 1.0), [1.0, 2.0], "delta is 1.0"),
        (Privacy(1.0), [], "must be at least two canaries"),
    ],
)
def test_what_cannot_be_checked_is_named(claimed, others, message):
    with pytest.raises(InvalidInput, match=message):
        checked(claimed, labelled([1.0, 2.0]), labelled(others))


def test_a_claim_is_its_estimator_s_or_its_last_step_s():
    X, y = np.random.default_rng(0).normal(size=(40, 3)), np.arange(40) % 2
    learner = OutputPerturbation(epsilon=2.0, random_state=0)
    assert made_by(Classifier(clone(learner).fit(X, y))) == Privacy(2.0)
    assert made_by(Classifier(make_pipeline(StandardScaler(), clone(learner)).fit(X, y))) == Privacy(2.0)
    assert made_by(Classifier(LogisticRegression().fit(X, y))) is None
    assert made_by(object()) is None


def test_an_estimator_whose_steps_are_a_number_is_no_pipeline():
    net = SimpleNamespace(steps=100, privacy_=(2.0, 1e-5))
    assert made_by(SimpleNamespace(estimator=net)) == Privacy(2.0, 1e-5)
