import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import norm
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from amlsec.catalogue import named
from amlsec.data import Batch, texts
from amlsec.defenses.guards.abstain import ALLOW, DENY, ESCALATE, Abstain, _threshold
from amlsec.errors import InvalidInput
from amlsec.evaluation.systems import system

SHARE = 0.1


def pair(seed, n=20_000):
    """Benign N(-1, 1) and malicious N(1, 1), equally many: the posterior of malice is the logistic of 2x."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    return rng.normal(2.0 * y - 1)[:, None], y


def chow_reach(share):
    """Chow's region of rejection is |x| < t; its t where a share of all rows is rejected."""
    return brentq(lambda t: norm.cdf(t - 1) - norm.cdf(-t - 1) - share, 0, 5)


@pytest.mark.parametrize("estimator", [LogisticRegression(), GaussianNB(), LinearSVC()])
def test_finds_chows_region_of_a_gaussian_pair(estimator):
    guard = Abstain(estimator=estimator, escalate=SHARE).fit(*pair(0))
    x = np.linspace(-1, 1, 4001)
    escalated = x[guard.decide(x[:, None]) == ESCALATE]
    reach = chow_reach(SHARE)
    assert (escalated.min(), escalated.max()) == pytest.approx((-reach, reach), abs=0.05)
    assert guard.threshold_ == pytest.approx(1 / (1 + np.exp(-2 * reach)), abs=0.02)


def test_errors_and_escalations_on_new_rows_are_chows():
    guard = Abstain(estimator=LogisticRegression(), escalate=SHARE).fit(*pair(0))
    X, y = pair(1, 200_000)
    decided = guard.decide(X)
    wrong = ((decided == ALLOW) & (y == 1)) | ((decided == DENY) & (y == 0))
    assert (decided == ESCALATE).mean() == pytest.approx(SHARE, abs=0.01)
    assert wrong.mean() == pytest.approx(norm.cdf(-chow_reach(SHARE) - 1), abs=0.005)


def test_confidence_is_the_posterior():
    guard = Abstain(estimator=LinearSVC()).fit(*pair(0))
    x = np.array([-2.0, -0.5, 0.5, 2.0])
    np.testing.assert_allclose(guard.confidence(x[:, None]), 1 / (1 + np.exp(-2 * np.abs(x))), atol=0.01)


def test_a_threshold_from_held_out_rows_keeps_its_promise_on_average():
    """Split-conformal: over draws of n calibration confidences and a new one, P(new < threshold) <= share."""
    rng = np.random.default_rng(0)
    for share, n in ((0.1, 9), (0.05, 100), (0.05, 10)):
        under = [rng.random() < _threshold(rng.random(n), share) for _ in range(20_000)]
        assert np.mean(under) <= share + 0.005
    assert _threshold(np.array([0.7, 0.7, 0.7, 0.9]), 0.5) == 0.7


def test_nothing_is_escalated_at_share_zero():
    X, y = pair(0, 500)
    guard = Abstain(estimator=LogisticRegression(), escalate=0).fit(X, y)
    assert (guard.decide(X) == guard.estimator_.predict(X)).all()


def test_more_share_escalates_more():
    X, y = pair(0, 2000)
    shares = [
        (Abstain(estimator=LogisticRegression(), escalate=s).fit(X, y).decide(X) == 2).mean() for s in (0.01, 0.05, 0.3)
    ]
    assert shares == sorted(shares)
    assert shares == pytest.approx([0.01, 0.05, 0.3], abs=0.02)


def test_equal_rows_do_not_leak_into_calibration():
    """A tree recalls rows exactly: were copies on both sides, pure noise would look certain."""
    rng = np.random.default_rng(0)
    X = np.repeat(rng.normal(size=(200, 2)), 5, axis=0)
    y = np.repeat(rng.integers(0, 2, 200), 5)
    guard = Abstain(estimator=DecisionTreeClassifier(random_state=0)).fit(X, y)
    assert guard.confidence(X).max() < 0.65


def test_default_models_for_texts_and_tables():
    good = [f"agenda for meeting {i}" for i in range(30)]
    bad = [f"cheap pills offer {i}" for i in range(30)]
    y = np.repeat([0, 1], 30)
    guard = Abstain().fit(texts(good + bad), y)
    assert list(guard.decide(texts(["meeting agenda", "cheap pills"]))) == [ALLOW, DENY]
    X, y = pair(0, 500)
    assert list(Abstain().fit(X, y).decide(np.array([[-3.0], [3.0]]))) == [ALLOW, DENY]


def test_frame_builds_it_around_the_estimator_and_stops_what_is_escalated():
    X, y = pair(0, 1000)
    rows = Batch(X, y)
    model = system(named("abstain"), {"estimator": LogisticRegression()}).train(rows, rows.rows([0]))
    assert isinstance(model.guard.estimator_, LogisticRegression)
    assert list(model.labels(np.array([[-3.0], [0.0], [3.0]]))) == [0, 1, 1]


def test_clone_and_determinism():
    X, y = pair(0, 300)
    guard = Abstain(escalate=0.2, random_state=3)
    assert clone(guard).get_params() == guard.get_params()
    assert (guard.fit(X, y).decide(X) == clone(guard).fit(X, y).decide(X)).all()
    assert len(guard.decide(X[:0])) == 0


@pytest.mark.parametrize("wrong", [{"escalate": 1.0}, {"escalate": -0.1}, {"folds": 1}, {"folds": 400}])
def test_bad_settings_are_named(wrong):
    with pytest.raises(InvalidInput):
        Abstain(**wrong).fit(*pair(0, 300))


def test_one_label_is_refused():
    with pytest.raises(InvalidInput, match="distinct rows of one label"):
        Abstain().fit(np.arange(20.0)[:, None], np.zeros(20, dtype=int))
