"""Naive Bayes over counts as a linear rule."""

import numpy as np
import pytest
from sklearn.naive_bayes import ComplementNB, MultinomialNB

from amlsec.errors import NotApplicable
from amlsec.whitebox.linear import Linear
from amlsec.whitebox.look import read
from amlsec.whitebox.slope import Slope


@pytest.mark.parametrize(
    "estimator", [MultinomialNB(), MultinomialNB(fit_prior=False), ComplementNB(), ComplementNB(norm=True)]
)
def test_margins_and_slopes_are_the_models_own(estimator):
    rng = np.random.default_rng(0)
    X, y = rng.poisson(2, (60, 6)).astype(float), np.arange(60) % 3 // 2
    log = estimator.fit(X, y).predict_log_proba(X)
    rule, slope = read(estimator, Linear), read(estimator, Slope)
    assert rule.margin(X) == pytest.approx(log[:, 1] - log[:, 0], abs=1e-9)
    assert slope.margin(X) == pytest.approx(rule.margin(X))
    assert (slope.gradient(X) == rule.weights).all()


def test_three_classes_are_not_applicable():
    estimator = MultinomialNB().fit(np.eye(3), [0, 1, 2])
    with pytest.raises(NotApplicable, match="no model of 0 and 1"):
        read(estimator, Linear)
