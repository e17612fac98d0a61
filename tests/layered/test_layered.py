"""Layers as one defense: what each says, what follows, and what it costs."""

import pickle
import time

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, RidgeClassifier

from amlsec.data import Batch
from amlsec.defenses.guards.abstain import Abstain
from amlsec.errors import InvalidInput
from amlsec.evaluation.guarded import LayeredModel
from amlsec.evidence import Decision, Verdicts
from amlsec.layered.layered import Layered, said
from amlsec.whitebox.linear import Linear
from amlsec.whitebox.look import inside


class Below(BaseEstimator):
    """A screen that rejects rows below a number."""

    def __init__(self, least=0.0):
        self.least = least

    def fit(self, trusted, /):
        self.trusted_ = trusted
        return self

    def judge(self, offered, /):
        low = offered.X[:, 0] < self.least
        decision = np.where(low, Decision.REJECT, Decision.ACCEPT).astype(np.int8)
        return Verdicts(decision, -offered.X[:, 0], -self.least, [f"below {self.least}" if b else "fine" for b in low])


class Odd(BaseEstimator):
    """A guard that escalates rows whose whole part is odd, and remembers what it saw."""

    def __init__(self, estimator=None):
        self.estimator = estimator

    def fit(self, X, y, /):
        self.estimator_ = clone(self.estimator).fit(X, y)
        self.seen = []
        return self

    def decide(self, X, client="", /):
        self.seen += [(client, x) for x in X[:, 0].tolist()]
        return np.where(np.floor(X[:, 0]) % 2 == 1, 2, 0).astype(np.int8)


class Above(BaseEstimator):
    """A learner that calls malicious what lies above a number."""

    def __init__(self, most=2.0):
        self.most = most

    def fit(self, X, y, /):
        self.X_, self.classes_ = X, np.array([0, 1])
        return self

    def predict(self, X, /):
        return (X[:, 0] > self.most).astype(np.int64)


TRUSTED = Batch(np.array([[0.0], [4.0]]), np.array([0, 1]))
X = np.array([[-1.0], [0.5], [1.5], [2.5], [3.5]])
y = np.array([0, 0, 0, 1, 1])


def layered(rule=None, **more):
    given = {"below": Below(), "above": Above(), "odd": Odd()}
    return Layered(given, rule=rule, trusted=TRUSTED, **more).fit(X, y)


def test_learners_train_on_what_the_screens_accept_and_on_trusted_rows():
    found = layered()
    assert found.verdicts_.accepted.tolist() == [False, True, True, True, True]
    assert found.deciders_["above"].X_[:, 0].tolist() == [0.5, 1.5, 2.5, 3.5, 0.0, 4.0]
    assert isinstance(found.deciders_["odd"].estimator_, Above), "a guard without a classifier guards the learner"


def test_every_layer_decides_and_the_strictest_wins():
    decided = layered().decided(X[1:])
    assert decided.said["above"].tolist() == [0, 0, 2, 2]
    assert decided.said["odd"].tolist() == [0, 1, 0, 1]
    assert decided.decision.tolist() == [0, 1, 2, 2]
    assert decided.why()[1] == "goes to a person: odd asks a person, above lets it pass"
    assert layered().decide(X[1:]).tolist() == [0, 2, 1, 1], "guards' codes: 0 allow, 1 deny, 2 escalate"


def test_of_alternatives_the_mildest_wins():
    found = layered("below & (above | odd)")
    assert found.decide(X[1:]).tolist() == [0, 0, 0, 2]
    assert found.predict(X[1:]).tolist() == [0, 0, 0, 1]


def test_rows_are_judged_alike_alone_and_together():
    found = layered()
    assert [int(found.decide(row[None])[0]) for row in X] == found.decide(X).tolist()


def test_a_guard_is_told_the_client_and_sees_every_row_once():
    found = layered()
    found.deciders_["odd"].seen.clear()
    found.decide(X[:2], "someone")
    assert found.deciders_["odd"].seen == [("someone", -1.0), ("someone", 0.5)]


def test_evidence_falls_as_layers_are_won_over():
    evidence = layered().decision_function(np.array([[0.5], [1.5], [2.5], [3.5]]))
    assert evidence[0] < 1
    assert evidence[0] < evidence[1] < evidence[2] < evidence[3]


def test_evidence_falls_with_every_layers_evidence_however_sure_it_is():
    """No plateau hides the way: not among rows beyond all training rows, nor in the gap between the classes."""
    rng = np.random.default_rng(0)
    rows = rng.normal(np.repeat([-10.0, 10.0], 100))[:, None]
    found = Layered({"abstain": Abstain()}, estimator=RidgeClassifier()).fit(rows, np.repeat([0, 1], 100))
    evidence = found.decision_function(np.linspace(100, -100, 2001)[:, None])
    assert (np.diff(evidence) < 0).all()


def test_before_it_is_fitted_it_says_so():
    for ask in (Layered.decide, Layered.predict, Layered.decision_function, Layered.decided):
        with pytest.raises(NotFittedError):
            ask(Layered({"odd": Odd()}, estimator=LogisticRegression()), X)


def test_who_knows_the_model_looks_into_the_first_learner():
    alone = LogisticRegression().fit(X, y)
    for layers in ({"odd": Odd()}, {"odd": Odd(), "abstain": Odd(LogisticRegression())}):
        model = LayeredModel(Layered(layers, estimator=LogisticRegression()).fit(X, y))
        assert inside(model, Linear).weights == pytest.approx(alone.coef_[0])
    assert isinstance(layered().estimator_, Above)


def test_it_is_pickled_and_judges_none_one_and_all_rows():
    found = layered()
    assert pickle.loads(pickle.dumps(found)).decide(X).tolist() == found.decide(X).tolist()
    assert found.decide(X[:0]).shape == found.predict(X[:0]).shape == found.decision_function(X[:0]).shape == (0,)
    assert found.decided(X[:0]).why() == []
    assert len(found.decided(X[:1]).why()) == 1


def test_a_frame_is_refused_by_name():
    with pytest.raises(InvalidInput, match="X is 'a DataFrame'"):
        Layered({"odd": Odd()}, estimator=LogisticRegression()).fit(pd.DataFrame(X), y)


def test_screens_are_joined_too_and_say_why():
    found = Layered({"low": Below(0.0), "high": Below(1.0)}, rule="low | high", estimator=Above(), trusted=TRUSTED).fit(X, y)
    assert found.verdicts_.accepted.tolist() == [False, True, True, True, True]
    assert found.verdicts_.reason[1] == "low: fine; high: below 1.0"


def test_without_a_learner_the_classifier_decides():
    found = Layered({"odd": Odd()}, estimator=LogisticRegression()).fit(X, y)
    assert list(found.deciders_) == ["model", "odd"]
    assert isinstance(found.deciders_["odd"].estimator_, LogisticRegression)


def test_it_is_a_scikit_learn_object():
    once = Layered({"odd": Odd()}, estimator=LogisticRegression())
    assert clone(once).get_params()["layers"].keys() == {"odd"}


@pytest.mark.parametrize(
    ("settings", "rule"),
    [
        ({"layers": {"below": Below()}, "estimator": Above()}, "trusted is None: must be rows known to be good"),
        ({"layers": {"odd": Odd()}}, "estimator is None: must be a classifier"),
        ({"layers": {"odd": Odd(), "above": Above()}, "rule": "odd"}, "rule is 'odd': must name each of the layers once"),
        ({"layers": {"odd": object()}, "estimator": Above()}, "layer is 'object': must be a screen"),
        ({"layers": {"below": Below(), "odd": Odd()}, "rule": "below | odd"}, "layers is 'below | odd': screens judge"),
        ({"layers": {"model": Odd()}, "estimator": Above()}, "layers is 'model': is the name of the classifier"),
        ({"layers": {}, "estimator": Above()}, "layers is '': ends too early"),
    ],
)
def test_bad_layers_are_refused_by_name_before_anything_is_fitted(settings, rule):
    with pytest.raises(InvalidInput, match=rule.replace("|", r"\|")):
        Layered(**settings).fit(X, y)


def test_a_row_costs_little_more_than_its_layers_take():
    """Processor time of one row at a time; best of five. On any machine some microseconds, a third of three plain layers."""
    found, row = layered(), X[2:3]
    rounds = 2000

    def seconds(work):
        return min(_timed(work, rounds) for _ in range(5)) / rounds

    own = seconds(lambda: [said(decider, row, "") for decider in found.deciders_.values()])
    assert seconds(lambda: found.decide(row)) < 1.7 * own


def _timed(work, rounds):
    start = time.process_time()
    for _ in range(rounds):
        work()
    return time.process_time() - start
