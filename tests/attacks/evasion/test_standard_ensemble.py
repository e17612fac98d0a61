"""The ensemble is no weaker than any of its parts, and sees through hidden gradients by asking."""

import numpy as np
import pytest

from amlsec.attacks.evasion.apgd import apgd
from amlsec.attacks.evasion.fmn import fmn
from amlsec.attacks.evasion.jsma import jsma
from amlsec.attacks.evasion.standard_ensemble import standard_ensemble
from amlsec.oracle import Classifier
from amlsec.threat import Access
from amlsec.whitebox.look import reads
from amlsec.whitebox.slope import Slope
from gradient_cases import fitted, won
from oracles.play import play


@pytest.mark.parametrize("name", ["net", "radial"])
def test_it_wins_no_less_than_its_parts_and_no_dearer(name):
    share, cost = won(standard_ensemble, name, 12.0)
    for part in (apgd, fmn, jsma):
        theirs, paid = won(part, name, 12.0)
        assert share >= theirs
        both = (paid > 0) & (cost > 0)
        assert np.median(cost[both]) <= 1.02 * np.median(paid[both])


class Staircase:
    """A model whose slope is 0 nearly everywhere: its margin goes in steps."""

    def __init__(self, inner):
        self.inner, self.classes_ = inner, np.array([0, 1])

    def predict(self, X):
        return self.inner.predict(X)

    def predict_proba(self, X):
        return self.inner.predict_proba(X)


@reads(Slope, "Staircase")
def _hidden(model):
    return Slope(lambda X: np.round(model.inner.decision_function(X)), lambda X: 0.0 * X)


def test_questions_see_what_hidden_gradients_do_not_show():
    inner, space, X = fitted("linear")
    model = Classifier(Staircase(inner.estimator))
    shares = [
        play(standard_ensemble, model, X[:8], space, access=Access.PARAMETERS, queries=queries, cost=20.0)[1].mean()
        for queries in (0, 600)
    ]
    assert play(apgd, model, X[:8], space, access=Access.PARAMETERS, queries=0, cost=20.0)[1].mean() <= shares[0]
    assert shares[1] >= 0.5
    assert shares[1] >= shares[0]
