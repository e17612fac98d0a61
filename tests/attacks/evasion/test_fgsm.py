"""One step is the cheapest evasion of a linear model, and no better than many steps elsewhere."""

import numpy as np
import pytest

from amlsec.attacks.evasion.fgsm import fgsm
from amlsec.oracle import Classifier
from amlsec.space.image import ImageSpace
from amlsec.threat import Access
from amlsec.whitebox.slope import Slope
from gradient_cases import won
from oracles.play import play


def test_its_success_does_not_fall_with_the_budget():
    shares = [won(fgsm, "net", cost)[0] for cost in (3.0, 6.0, 12.0, np.inf)]
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_in_the_norm_infinity_it_is_the_sign_of_the_gradient():
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(0)
    X = rng.random((200, 9))
    model = Classifier(LogisticRegression(C=100).fit(X, X[:, :4].sum(axis=1) > 2))
    stopped = X[model.labels(X) == 1][:10]
    changed, passed, cost, _ = play(
        fgsm, model, stopped, ImageSpace((3, 3), norm=np.inf), access=Access.PARAMETERS, queries=0, cost=0.5
    )
    weights = model.estimator.coef_[0]
    margin = model.estimator.decision_function(stopped)
    free = (cost > 0) & ((stopped >= cost[:, None]) & (stopped <= 1 - cost[:, None])).all(axis=1)
    assert passed.any()
    assert cost[free] == pytest.approx(margin[free] / np.abs(weights).sum(), rel=2e-3)
    assert free.sum() >= 1
    assert np.sign(changed - stopped)[free] == pytest.approx(np.sign(-weights)[None].repeat(free.sum(), axis=0))


def test_a_slope_is_what_it_looks_for():
    from amlsec.catalogue import named

    assert named("fgsm").inside is Slope
