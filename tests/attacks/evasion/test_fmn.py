"""The smallest change: a linear model's is known; elsewhere none of the others' is smaller by much."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from amlsec.attacks.evasion.apgd import apgd
from amlsec.attacks.evasion.fgsm import fgsm
from amlsec.attacks.evasion.fmn import fmn
from amlsec.attacks.evasion.standard_ensemble import standard_ensemble
from amlsec.oracle import Classifier
from amlsec.space.image import ImageSpace
from amlsec.threat import Access
from gradient_cases import fitted, won
from oracles.linear import Linear, cheapest
from oracles.play import play


@pytest.mark.parametrize("attack", [fgsm, fmn, standard_ensemble])
def test_within_one_per_cent_of_the_cheapest_on_a_linear_model(attack):
    model, space, X = fitted("linear")
    scaler, rule = model.estimator[0], model.estimator[1]
    weights = rule.coef_[0] / scaler.scale_
    flat = Linear(weights, weights @ scaler.mean_ - rule.intercept_[0])
    best = np.array([cheapest(flat, space, x) for x in X])
    share, cost = won(attack, "linear", np.inf)
    assert share == 1
    assert (cost <= 1.01 * best).all()
    assert (cost >= best * (1 - 1e-6)).all()


@pytest.mark.parametrize("norm", [2, np.inf])
def test_within_one_per_cent_in_images_too(norm):
    rng = np.random.default_rng(0)
    X = 0.3 + 0.4 * rng.random((200, 9))
    model = Classifier(LogisticRegression(C=100).fit(X, X[:, :4].sum(axis=1) > 2))
    stopped = X[model.labels(X) == 1][:10]
    _, passed, cost, _ = play(fmn, model, stopped, ImageSpace((3, 3), norm=norm), access=Access.PARAMETERS, queries=0)
    dual = np.linalg.norm(model.estimator.coef_[0], 2 if norm == 2 else 1)
    best = model.estimator.decision_function(stopped) / dual
    assert passed.all()
    assert (cost >= best * (1 - 1e-6)).all()
    inner = best < 0.2
    assert cost[inner] == pytest.approx(best[inner], rel=0.01)


def test_its_changes_cost_less_than_those_of_attacks_with_a_budget():
    assert np.median(won(fmn, "net", np.inf)[1]) < 0.9 * np.median(won(apgd, "net", np.inf)[1])
