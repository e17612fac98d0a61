import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.naive_bayes import MultinomialNB
from sklearn.tree import DecisionTreeClassifier

from amlsec.data import Batch
from amlsec.impact.losses import log_losses
from amlsec.impact.measure import impacts
from amlsec.impact.units import Units


def drawn(n: int, seed: int) -> Batch:
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    return Batch(rng.poisson(2.0 + y[:, None] * np.array([1.0, 0.0, 0.5]), (n, 3)).astype(float), y)


@pytest.mark.parametrize("estimator", [MultinomialNB(), LogisticRegression(solver="newton-cholesky", tol=1e-12)])
def test_it_is_the_log_loss_of_probabilities(estimator):
    """To rounding where evidence is exact, within its bound where it is certified."""
    base, offered, quiz = drawn(40, 0), drawn(700, 1), drawn(30, 2)
    found, error = log_losses(estimator, base, offered, quiz), impacts(estimator, base, offered, quiz).error
    assert found.shape == (700, 2)
    assert np.median(error) < 1e-3
    before = clone(estimator).fit(base.X, base.y)
    for k in (0, 1, 650, 699):
        both = base + offered.rows([k])
        after = clone(estimator).fit(both.X, both.y)
        for c in (0, 1):
            rows = quiz.labelled(c)
            losses = [log_loss(rows.y, model.predict_proba(rows.X), labels=[0, 1]) for model in (after, before)]
            assert abs(found[k, c] - (losses[0] - losses[1])) <= error[k] + 1e-7


def test_an_empty_unit_changes_nothing_and_a_trained_model_has_losses_too():
    base, offered, quiz = drawn(40, 0), drawn(6, 1), drawn(30, 2)
    found = log_losses(DecisionTreeClassifier(max_depth=2), base, offered, quiz, units=Units.of([[], [0, 1, 2, 3, 4, 5]]))
    assert not found[0].any()
    assert np.isfinite(found).all()
    assert log_losses(MultinomialNB(), base, drawn(0, 0), quiz).shape == (0, 2)
