"""The oracle counts each attacked row's questions, grants no more than the access, and passes failures on as its own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression, RidgeClassifier

from amlsec.errors import AccessDenied, ModelFailed, QueriesSpent
from amlsec.oracle import Alarms, Classifier, Oracle
from amlsec.threat import Access
from oracles.stump import Stump

X = np.array([[1.0], [-1.0], [2.0]])


def _oracle(access=Access.SCORES, queries=5, rows=2):
    return Oracle(Stump(0, 0.0), access=access, rows=rows, queries=queries)


def test_questions_are_counted_for_the_row_they_are_about():
    oracle = _oracle()
    assert oracle.labels(X, of=np.array([0, 0, 1])).tolist() == [1, 0, 1]
    assert oracle.scores(X[:1], of=np.array([1])).tolist() == [1.0]
    assert oracle.spent.tolist() == [2, 2]
    assert oracle.left(np.array([1, 0, 1])).tolist() == [3, 3, 3]


@given(st.lists(st.lists(st.integers(0, 2), max_size=4), max_size=8))
def test_no_row_is_ever_over_its_queries(rounds):
    oracle, asked = _oracle(queries=5, rows=3), np.zeros(3, dtype=int)
    for of in rounds:
        counts = np.bincount(np.array(of, dtype=int), minlength=3)
        if (asked + counts > 5).any():
            with pytest.raises(QueriesSpent, match="5 are granted"):
                oracle.labels(np.zeros((len(of), 1)), of=np.array(of, dtype=int))
        else:
            oracle.labels(np.zeros((len(of), 1)), of=np.array(of, dtype=int))
            asked += counts
        assert (oracle.spent == asked).all()


@pytest.mark.parametrize(
    ("access", "granted"),
    [(Access.NONE, 0), (Access.OUTCOMES, 0), (Access.LABELS, 1), (Access.SCORES, 2), (Access.PARAMETERS, 3)],
)
def test_access_includes_what_stands_below_it(access, granted):
    oracle, of = _oracle(access), np.array([0])
    for k, ask in enumerate((lambda: oracle.labels(X[:1], of=of), lambda: oracle.scores(X[:1], of=of), oracle.parameters)):
        if k < granted:
            ask()
        else:
            with pytest.raises(AccessDenied, match=f"the access is {access.value}"):
                ask()


def test_a_denied_question_costs_nothing():
    oracle = _oracle(Access.NONE)
    with pytest.raises(AccessDenied):
        oracle.labels(X, of=np.zeros(3, dtype=int))
    assert oracle.spent.sum() == 0


@pytest.mark.parametrize("of", [[0, 1], [0, 1, 2]])
def test_every_question_is_charged_to_an_attacked_row(of):
    with pytest.raises(AccessDenied, match="charged to"):
        _oracle().labels(X, of=np.array(of))


class _Broken:
    """A classifier that fails in one way or another."""

    classes_ = (0, 1)

    def __init__(self, answer):
        self.answer = answer

    def predict(self, X):
        if isinstance(self.answer, Exception):
            raise self.answer
        return np.full(len(X), self.answer)

    def decision_function(self, X):
        return self.predict(X)


@pytest.mark.parametrize("answer", [np.nan, np.inf])
def test_an_answer_that_is_no_number_is_the_model_s_failure(answer):
    for ask in (Classifier(_Broken(answer)).labels, Classifier(_Broken(answer)).scores):
        with pytest.raises(ModelFailed, match="answered NaN or infinity for 3 rows"):
            ask(X)


class _Answers:
    """A classifier or outlier detector that gives this answer whatever it is asked."""

    def __init__(self, answer):
        self.answer = answer

    def predict(self, X):
        return self.answer


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ([0, 1], "answered with shape (2,) for 3 rows"),
        ([[0], [1], [0]], "labels are 0 and 1, it answered with shape (3, 1)"),
        (1, "answered with shape () for 3 rows"),
        ([0, 1, 2], "it answered with labels [2.0]"),
        ([0.4, 1, 0], "it answered with labels [0.4]"),
        (["spam", "ham", "ham"], "predict raised ValueError"),
        ("<html>busy</html>", "predict raised ValueError"),
        (None, "answered with shape () for 3 rows"),
    ],
)
def test_garbage_is_never_taken_for_labels(answer, said):
    with pytest.raises(ModelFailed) as caught:
        Classifier(_Answers(answer)).labels(X)
    assert said in str(caught.value)


def test_a_failure_is_told_once():
    class Gone:
        def predict(self, X):
            raise ModelFailed("the line is dead")

    with pytest.raises(ModelFailed, match="^the line is dead$"):
        Classifier(Gone()).labels(X)


@pytest.mark.parametrize("answer", [[0, 1, 1], [2, 1, -1]])
def test_a_detector_says_1_or_minus_1(answer):
    with pytest.raises(ModelFailed, match="labels are -1 and 1"):
        Alarms(_Answers(answer)).labels(X)
    assert Alarms(_Answers([1, -1, 1])).labels(X).tolist() == [0, 1, 0]


def test_booleans_are_labels():
    assert Classifier(_Answers([True, False, True])).labels(X).tolist() == [1, 0, 1]


def test_an_exception_is_the_model_s_failure_and_is_kept():
    with pytest.raises(ModelFailed, match="predict raised KeyError: 'gone'") as caught:
        Classifier(_Broken(KeyError("gone"))).labels(X)
    assert isinstance(caught.value.__cause__, KeyError)


def test_scores_are_the_malicious_class_s_probability_where_there_is_one():
    estimator = LogisticRegression().fit(X, [1, 0, 1])
    assert (Classifier(estimator).scores(X) == estimator.predict_proba(X)[:, 1]).all()


def test_scores_are_the_decision_function_else():
    estimator = RidgeClassifier().fit(X, [1, 0, 1])
    assert (Classifier(estimator).scores(X) == estimator.decision_function(X)).all()


def test_scores_are_the_label_where_there_is_nothing_else():
    class Bare:
        def predict(self, X):
            return (X[:, 0] > 0).astype(int)

    assert Classifier(Bare()).scores(X).tolist() == [1.0, 0.0, 1.0]


def test_no_rows_get_no_answers():
    model = Classifier(LogisticRegression().fit(X, [1, 0, 1]))
    assert model.labels(X[:0]).shape == model.scores(X[:0]).shape == (0,)


def test_an_attacker_cannot_give_himself_queries_or_access():
    oracle = Oracle(Stump(0, 0.0), access=Access.LABELS, rows=1, queries=1)
    oracle.labels(np.zeros((1, 2)), of=np.array([0]))
    oracle.spent[:] = 0
    with pytest.raises(QueriesSpent):
        oracle.labels(np.zeros((1, 2)), of=np.array([0]))
    with pytest.raises(AttributeError):
        oracle.access = Access.PARAMETERS
