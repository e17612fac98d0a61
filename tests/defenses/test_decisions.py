import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB

from amlsec.data import Batch
from amlsec.defenses.decisions import exceeded_by, log_odds, on_unseen, stricter


@pytest.mark.parametrize(("share", "n"), [(0.1, 9), (0.05, 100), (0.05, 19), (0.3, 10)])
def test_a_new_value_exceeds_the_limit_as_often_as_is_allowed(share, n):
    rng = np.random.default_rng(0)
    exceeded = np.mean([rng.random() > exceeded_by(rng.random(n), share) for _ in range(20_000)])
    assert share - 1 / (n + 1) - 0.01 <= exceeded <= share + 0.005


def test_too_few_values_promise_nothing():
    assert exceeded_by(np.arange(18.0), 0.05) == np.inf
    assert exceeded_by(np.arange(19.0), 0.05) == 18.0
    assert exceeded_by(np.arange(10.0), 0.0) == np.inf


def test_log_odds_are_the_decision_function_or_those_of_the_probability():
    X = np.random.default_rng(0).normal(size=(100, 2))
    y = (X[:, 0] > 0).astype(int)
    linear, normal = LogisticRegression().fit(X, y), GaussianNB().fit(X, y)
    np.testing.assert_allclose(log_odds(linear, X), linear.decision_function(X))
    p = normal.predict_proba(X)
    np.testing.assert_allclose(log_odds(normal, X), np.clip(np.log(p[:, 1] / p[:, 0]), -20.8, 20.8), atol=0.1)
    assert log_odds(normal, X[:0]).shape == (0,)


def test_the_statistic_is_of_rows_that_the_model_has_not_seen():
    rows = Batch(np.arange(100.0)[:, None], np.arange(100) % 2)

    class Recall(LogisticRegression):
        def fit(self, X, y):
            self.seen = set(X[:, 0])
            return super().fit(X, y)

    unseen = on_unseen(Recall(), rows, lambda model, held: np.array([x not in model.seen for x in held.X[:, 0]]), 0)
    assert unseen.all()
    assert len(unseen) == 20


def test_a_guard_never_lets_pass_what_its_classifier_stops():
    verdicts, suspect = np.array([0, 0, 1, 1]), np.array([False, True, False, True])
    assert stricter(verdicts, suspect, 2).tolist() == [0, 2, 1, 1]
