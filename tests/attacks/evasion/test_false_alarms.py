"""False alarms: the searches the other way."""

import numpy as np

from amlsec.attacks.evasion.false_alarms import false_alarms
from amlsec.data import texts
from amlsec.space.tabular import Column, Kind, TabularSpace
from amlsec.space.text import TextSpace
from amlsec.threat import Access
from oracles.linear import Linear, cheapest
from oracles.play import play
from oracles.tables import box
from oracles.word_list import WordList


def test_near_the_cheapest_alarm_of_a_linear_model():
    """An alarm where w x > t is a pass of the model turned round, but for the boundary itself."""
    weights, space = np.random.default_rng(2).normal(size=10), box(10, seed=2)
    X = np.random.default_rng(0).uniform(-2, 2, (300, 10))
    X = X[X @ weights < -2][:15]
    best = np.array([cheapest(Linear(-weights, 0.0), space, x) for x in X])
    _, won, cost, _ = play(false_alarms, Linear(weights), X, space, access=Access.SCORES, wanted=1)
    assert (won == np.isfinite(best)).all()
    assert (cost[won] <= 1.02 * best[won]).all()


def test_the_fewest_alarming_words_are_found():
    model = WordList({"lunch": -3.0, "free": 1.0, "casino": 2.5, "now": 0.2})
    space = TextSpace(["lunch"], bad_words=["now", "free", "casino"])
    changed, won, cost, _ = play(false_alarms, model, texts(["lunch at ten"]), space, access=Access.SCORES, wanted=1)
    assert won.all()
    assert cost[0] == 2
    assert set(changed[0].split()[3:]) == {"casino", "free"}


def test_without_bad_words_the_least_good_are_tried():
    model = WordList({"hello": -1.0, "free": 2.0})
    changed, won, _, _ = play(
        false_alarms, model, texts(["hello"]), TextSpace(["lunch", "free"]), access=Access.SCORES, wanted=1, cost=1
    )
    assert won.all()
    assert changed[0] == "hello free"


class _Counting:
    """An alarm after the third "free"; once is not enough."""

    def labels(self, X):
        return (self.scores(X) >= 3).astype(np.int64)

    def scores(self, X):
        return np.array([float(row.split().count("free")) for row in X])


def test_words_are_repeated_where_once_is_not_enough():
    _, won, cost, _ = play(
        false_alarms, _Counting(), texts(["hello"]), TextSpace(["free"]), access=Access.SCORES, wanted=1, cost=8
    )
    assert won.all()
    assert cost[0] == 3


def test_a_falling_model_cannot_be_alarmed_by_adding():
    space = TabularSpace([Column("a", Kind.INTEGER, 0, 9)])
    X = np.array([[3.0]])
    changed, won, _, _ = play(false_alarms, Linear([-1.0], 1.0), X, space, access=Access.SCORES, wanted=1)
    assert not won.any()
    assert (changed == X).all()
