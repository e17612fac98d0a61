"""Dynamic thresholds against their definition, a Gaussian pair whose thresholds are known, and the dictionary attack."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import norm
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import LinearSVC

from amlsec.catalogue import named
from amlsec.data import Batch, texts
from amlsec.defenses.guards.dynamic_threshold import ALLOW, DENY, ESCALATE, DynamicThreshold, decisions, thresholds
from amlsec.defenses.learners.spambayes import SPAM, SpamBayes
from amlsec.errors import InvalidInput
from amlsec.evaluation.systems import system
from mails_and_blobs import dictionary, inbox

SCORED = st.lists(st.tuples(st.integers(-5, 5), st.booleans()), min_size=1, max_size=20)
UTILITY = st.sampled_from([0.05, 0.1, 0.25, 0.4])


def columns(scored):
    values, labels = zip(*scored, strict=True)
    return np.array(values, dtype=float), np.array(labels, dtype=int)


def g(t, scores, y):
    """The paper's g at a threshold that is no score; None where no row is on the wrong side."""
    wrong = [int(((scores < t) & (y == 1)).sum()), int(((scores > t) & (y == 0)).sum())]
    return wrong[0] / sum(wrong) if sum(wrong) else None


@given(SCORED, UTILITY)
def test_thresholds_are_the_outermost_that_the_definition_allows(scored, utility):
    scores, y = columns(scored)
    cuts = np.arange(-5.5, 6)
    few = [t for t in cuts if g(t, scores, y) is None or g(t, scores, y) <= utility]
    many = [t for t in cuts if g(t, scores, y) is None or g(t, scores, y) >= 1 - utility]
    found = thresholds(scores, y, utility)
    told = decisions(scores, found)
    assert found[0] <= found[1]
    assert (told == ALLOW).tolist() == (scores < max(few)).tolist()
    assert (told == DENY).tolist() == (scores > min(many)).tolist()


@given(SCORED, UTILITY)
def test_poison_that_moves_all_scores_but_not_their_order_changes_no_decision(scored, utility):
    scores, y = columns(scored)
    moved = np.exp(scores) + 100
    told = [decisions(values, thresholds(values, y, utility)) for values in (scores, moved)]
    assert (told[0] == told[1]).all()


@given(SCORED)
def test_more_utility_escalates_no_more(scored):
    scores, y = columns(scored)
    escalated = [(decisions(scores, thresholds(scores, y, u)) == ESCALATE).sum() for u in (0.01, 0.05, 0.1, 0.3, 0.45)]
    assert escalated == sorted(escalated, reverse=True)


def test_told_apart_without_a_mistake_nothing_is_escalated():
    scores, y = np.array([0.1, 0.2, 0.8, 0.9]), np.array([0, 0, 1, 1])
    assert thresholds(scores, y) == (0.5, 0.5)
    assert decisions(scores, (0.5, 0.5)).tolist() == [ALLOW, ALLOW, DENY, DENY]


def test_ham_at_the_very_top_leaves_nothing_denied_and_spam_at_the_very_bottom_nothing_allowed():
    scores, y = np.array([0.0, 0.0, 0.5, 0.5, 1.0, 1.0]), np.array([1, 0, 0, 1, 0, 1])
    assert thresholds(scores, y) == (-np.inf, np.inf)
    assert decisions(scores, (-np.inf, np.inf)).tolist() == [ESCALATE] * 6


def test_neighbouring_scores_without_room_in_between_are_still_told_apart():
    scores, y = np.array([1 - 2**-53, 1.0]), np.array([0, 1])
    assert decisions(scores, thresholds(scores, y)).tolist() == [ALLOW, DENY]


def pair(seed, n=40_000):
    """Benign N(-1, 1) and malicious N(1, 1), equally many."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    return rng.normal(2.0 * y - 1)[:, None], y


@pytest.mark.parametrize("estimator", [LogisticRegression(), GaussianNB(), LinearSVC()])
@pytest.mark.parametrize("utility", [0.05, 0.10])
def test_finds_the_thresholds_of_a_gaussian_pair(estimator, utility):
    """g(t) = F(t - 1) / (F(t - 1) + F(-t - 1)), with F the standard normal distribution."""
    guard = DynamicThreshold(estimator=estimator, utility=utility).fit(*pair(0))
    x = np.linspace(-2, 2, 4001)
    escalated = x[guard.decide(x[:, None]) == ESCALATE]
    lower = brentq(lambda t: norm.cdf(t - 1) / (norm.cdf(t - 1) + norm.cdf(-t - 1)) - utility, -5, 0)
    assert (escalated.min(), escalated.max()) == pytest.approx((lower, -lower), abs=0.06)


class Recorder(ClassifierMixin, BaseEstimator):
    """Scores a row by its value, and remembers what it was trained on."""

    def fit(self, X, y):
        self.classes_ = np.array([0, 1])
        self.seen_ = X[:, 0]
        return self

    def decision_function(self, X):
        return X[:, 0]

    def predict(self, X):
        return (X[:, 0] > 0).astype(int)


def test_one_half_trains_the_other_sets_the_thresholds():
    X, y = pair(1, 400)
    guard = DynamicThreshold(estimator=Recorder()).fit(X, y)
    learned = np.isin(X[:, 0], guard.estimator_.seen_)
    assert learned.sum() == pytest.approx(200, abs=1)
    assert y[learned].mean() == pytest.approx(y.mean(), abs=0.01)
    assert guard.thresholds_ == thresholds(X[~learned, 0], y[~learned], 0.05)


def test_equal_rows_fall_into_one_half():
    X, y = np.repeat(pair(2, 60)[0], 5, axis=0), np.repeat(pair(2, 60)[1], 5)
    guard = DynamicThreshold(estimator=Recorder()).fit(X, y)
    assert set(np.unique(guard.estimator_.seen_, return_counts=True)[1]) == {5}


def test_under_a_dictionary_attack_ham_is_no_longer_called_spam_but_spam_goes_to_a_person():
    """The paper's trade on a small scale: scores of ham rise with the attack, and the thresholds with them."""
    rows, later = inbox(600, seed=0), inbox(400, seed=1)
    both = rows + dictionary(60)
    fixed = SpamBayes().fit(both.X, both.y).verdicts(later.X)
    told = DynamicThreshold(estimator=SpamBayes()).fit(both.X, both.y).decide(later.X)
    ham = later.y == 0
    assert (fixed[ham] == SPAM).mean() > (told[ham] == DENY).mean() + 0.2
    assert (told[ham] == ALLOW).mean() > 0.9


def test_default_models_for_texts_and_tables():
    y = np.repeat([0, 1], 30)
    mails = [f"agenda for meeting {i}" for i in range(30)] + [f"cheap pills offer {i}" for i in range(30)]
    guard = DynamicThreshold().fit(texts(mails), y)
    assert list(guard.decide(texts(["meeting agenda", "cheap pills"]))) == [ALLOW, DENY]
    assert list(DynamicThreshold().fit(*pair(0, 500)).decide(np.array([[-3.0], [3.0]]))) == [ALLOW, DENY]


def test_frame_builds_it_around_the_estimator_and_stops_what_is_escalated():
    rows = Batch(*pair(0, 1000))
    model = system(named("dynamic-threshold"), {"estimator": LogisticRegression()}).train(rows, rows.rows([0]))
    assert isinstance(model.guard.estimator_, LogisticRegression)
    assert list(model.labels(np.array([[-3.0], [0.0], [3.0]]))) == [0, 1, 1]


def test_clone_and_determinism():
    X, y = pair(0, 300)
    guard = DynamicThreshold(utility=0.2, random_state=3)
    assert clone(guard).get_params() == guard.get_params()
    assert (guard.fit(X, y).decide(X) == clone(guard).fit(X, y).decide(X)).all()
    assert len(guard.decide(X[:0])) == 0


@pytest.mark.parametrize("utility", [0.0, 0.5, -0.1, np.nan])
def test_bad_settings_are_named(utility):
    with pytest.raises(InvalidInput, match=r"utility is .*: must lie in \(0, 0.5\)"):
        DynamicThreshold(utility=utility).fit(*pair(0, 300))


@pytest.mark.parametrize("rows", [(np.arange(20.0), np.zeros(20)), (np.zeros(20), np.arange(20) % 2)])
def test_too_few_distinct_rows_of_a_label_are_refused(rows):
    X, y = rows
    with pytest.raises(InvalidInput, match="distinct rows of one label"):
        DynamicThreshold().fit(X[:, None], y.astype(int))
