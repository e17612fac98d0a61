"""Trainings with and without each target: the turns, whose model answers, and what a reader may do."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from amlsec.catalogue import Card
from amlsec.data import Batch
from amlsec.errors import AccessDenied, AttackError, QueriesSpent
from amlsec.evaluation.leakage import MOST, Expected, Trainings, read, single, turns
from amlsec.impact.refit import log_odds
from amlsec.shadow import Shadow
from amlsec.space.tabular import infer
from grounds import Stump, card, line

TARGETS = Batch(np.array([[1.0], [2.0], [3.0]]), np.array([0, 1, 1]))
SHADOW = Shadow(line(10, 20, 0), infer(np.array([[0.5], [99.5]]), ["x"]))


class Numbered:
    """Says of a row its number, and which training was asked."""

    def __init__(self, training):
        self.training = training

    def scores(self, X, /):
        return X[:, 0] + 100 * self.training

    def labels(self, X, /):
        return np.full(len(X), self.training % 2)


def trainings(many=4):
    of = np.repeat(np.arange(many), len(TARGETS))
    return Trainings(lambda k: (Numbered(k), np.arange(0)), of, line(0, 4, 1) + line(0, 6, 0))


def reading(run, access="scores") -> Card:
    return card("membership", run, violation="privacy", access=access)


def scores(oracle, rows, /, *, shadow, budget, rng):
    return oracle.scores(rows.X, of=np.arange(len(rows)))


@given(st.integers(1, 700), st.integers(1, 900), st.integers(0, 99))
def test_a_third_of_the_targets_is_in_each_training_and_about_as_many_answers_as_wanted(count, answers, seed):
    inside = turns(count, answers, np.random.default_rng(seed))
    assert (inside.sum(axis=1) == max(1, round(count / 3))).all()
    assert len(inside) == min(-(-answers // count), MOST)


def test_every_target_is_in_as_often_as_any_other():
    times = sum(turns(11, 700, np.random.default_rng(seed)).sum(axis=0) for seed in range(50))
    expected = times.sum() / 11
    assert np.abs(times - expected).max() < 4.5 * np.sqrt(expected)


def test_rows_that_stand_twice_are_no_targets():
    rows = line(0, 5, 0) + line(3, 7, 1)
    assert single(rows).tolist() == [0, 1, 2, 7, 8]


def test_each_row_is_answered_by_the_model_of_its_own_training():
    guesses = read(reading(scores), TARGETS, trainings(), SHADOW, np.random.default_rng(0))
    assert guesses.tolist() == [[1 + 100 * k, 2 + 100 * k, 3 + 100 * k] for k in range(4)]


def test_the_share_of_clean_rows_judged_rightly_is_noted_for_each_training():
    asked = trainings()
    read(reading(scores), TARGETS, asked, SHADOW, np.random.default_rng(0))
    assert asked.right == [0.6, 0.4, 0.6, 0.4]  # of ten rows six are benign
    assert asked.stopped == {}


def test_labels_are_whole_numbers():
    def labels(oracle, rows, /, *, shadow, budget, rng):
        seen = oracle.labels(rows.X, of=np.arange(len(rows)))
        assert seen.dtype == np.int64
        return seen.astype(float)

    guesses = read(reading(labels, "labels"), TARGETS, trainings(2), SHADOW, np.random.default_rng(0))
    assert guesses.tolist() == [[0, 0, 0], [1, 1, 1]]


def test_the_reader_asks_once_about_each_row_within_his_access_and_knows_what_his_card_says():
    def twice(oracle, rows, /, **_):
        scores(oracle, rows, shadow=None, budget=None, rng=None)
        return scores(oracle, rows, shadow=None, budget=None, rng=None)

    with pytest.raises(QueriesSpent):
        read(reading(twice), TARGETS, trainings(), SHADOW, np.random.default_rng(0))
    with pytest.raises(AccessDenied):
        read(reading(scores, "labels"), TARGETS, trainings(), SHADOW, np.random.default_rng(0))

    def told(oracle, rows, /, *, shadow, budget, rng):
        assert shadow.learner is None
        return np.zeros(len(rows))

    known = Shadow(SHADOW.rows, SHADOW.space, learner="a learner")
    assert not read(reading(told), TARGETS, trainings(), known, np.random.default_rng(0)).any()


@pytest.mark.parametrize("wrong", [lambda n: np.zeros(n + 1), lambda n: np.full(n, np.nan)])
def test_a_guess_for_each_row_is_asked_for(wrong):
    def guessing(oracle, rows, /, **_):
        return wrong(len(rows))

    with pytest.raises(AttackError, match="gave guesses of shape"):
        read(reading(guessing), TARGETS, trainings(), SHADOW, np.random.default_rng(0))


@pytest.mark.parametrize("learner", [RandomForestClassifier(5, random_state=7), LogisticRegression()])
def test_what_is_expected_to_be_trained_answers_in_log_odds_from_a_seed_of_its_own(learner):
    rng = np.random.default_rng(0)
    rows = Batch(rng.normal(size=(60, 2)), rng.integers(0, 2, 60))
    trusted, offered = rows.rows(slice(20)), rows.rows(slice(20, None))
    every = offered + trusted

    def expected(seed):
        return Expected(None, {"estimator": learner}, trusted, seed).fit(offered.X, offered.y)

    seeds = {"random_state": 3} if "random_state" in learner.get_params() else {}
    alone = clone(learner).set_params(**seeds).fit(every.X, every.y)
    assert expected(3).decision_function(rows.X) == pytest.approx(log_odds(alone.predict_proba(rows.X)[:, 1]))
    assert (expected(3).predict(rows.X) == alone.predict(rows.X)).all()
    again = expected(4).decision_function(rows.X)
    assert (again == expected(3).decision_function(rows.X)).all() == isinstance(learner, LogisticRegression)


def test_margins_are_log_odds_already():
    rows = line(-20, 0, 0) + line(1, 20, 1)
    margins = Expected(None, {"estimator": Stump()}, rows).fit(rows.X, rows.y).decision_function(rows.X)
    assert (margins == rows.X[:, 0]).all()
