"""Word swaps reach the fewest swaps of a filter that weighs words, keep mails valid, and leave what they cannot win."""

from itertools import combinations

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from amlsec.attacks.evasion.word_swaps import word_swaps
from amlsec.data import texts
from amlsec.errors import InvalidInput
from amlsec.oracle import Classifier
from amlsec.space.mail import MailSpace
from amlsec.space.tabular import TabularSpace
from amlsec.space.text import TextSpace
from amlsec.threat import Access
from grounds import mails
from oracles.play import play
from oracles.word_list import WordList

SPACE = TextSpace([], lookalikes=True)
NAMES = ("pills", "cash", "casino", "prize", "the", "agenda")
WEIGHTS = st.lists(st.integers(-3, 6), min_size=6, max_size=6).map(
    lambda some: dict(zip(NAMES, map(float, some), strict=True))
)


def _play(filtered, X, space=SPACE, **budget):
    return play(word_swaps, filtered, X, space, access=Access.SCORES, **budget)


def _fewest(filtered, text, space):
    """The least cost of swapping some of the words for something unknown, by brute force."""
    words = text.split()
    prices = [
        sum(words.count(word) for word in some) * space.swap_cost
        for many in range(len(set(words)) + 1)
        for some in combinations(sorted(set(words)), many)
        if filtered.labels([" ".join(word for word in words if word not in some)])[0] == 0
    ]
    return min(prices, default=np.inf)


@settings(max_examples=60)
@given(WEIGHTS)
def test_of_words_that_stand_once_the_fewest_are_swapped(weights):
    filtered, X = WordList(weights), texts([" ".join(NAMES)])
    if filtered.labels(X)[0]:
        changed, won, cost, _ = _play(filtered, X)
        assert won[0]
        assert cost[0] == _fewest(filtered, X[0], SPACE)
        assert len(changed[0].split()) == len(NAMES)


@settings(max_examples=60)
@given(WEIGHTS, st.lists(st.sampled_from(NAMES), min_size=4, max_size=9))
def test_of_words_that_stand_often_no_swap_is_spare_and_the_cost_is_near_the_least(weights, words):
    """A knapsack filled by gain per cost, then thinned: at most one word dearer than the best."""
    filtered, X = WordList(weights), texts([" ".join(words)])
    if filtered.labels(X)[0]:
        _, won, cost, _ = _play(filtered, X)
        assert won[0]
        most = max(map(words.count, words))
        assert _fewest(filtered, X[0], SPACE) <= cost[0] <= _fewest(filtered, X[0], SPACE) + most


@pytest.mark.parametrize("cost", [0.0, 1.0, 2.0])
def test_what_costs_more_than_he_has_stays(cost):
    filtered, X = WordList({"pills": 1.0}), texts(["pills and pills and pills"])
    assert _play(filtered, X, cost=cost)[0][0] == X[0]
    assert _play(filtered, X, cost=3.0)[1][0]


def test_a_text_of_words_without_alternatives_stays():
    filtered, X = WordList({"pills": 1.0}), texts(["pills", ""])
    changed, _, _, spent = _play(filtered, X, TextSpace([], swaps={"cash": ["money"]}))
    assert (changed == X).all()
    assert spent.max() <= 1


@pytest.mark.parametrize("queries", [0, 1, 5, 30])
def test_few_questions_are_not_overspent(queries):
    filtered, X = WordList(dict.fromkeys(NAMES, 1.0)), texts([" ".join(NAMES)] * 3)
    assert (_play(filtered, X, queries=queries)[3] <= queries).all()


def test_a_trained_filter_is_evaded_wherever_misspelling_its_spam_words_does_and_for_no_more_words():
    rows = mails(400)
    model = Classifier(make_pipeline(CountVectorizer(), LogisticRegression()).fit(rows.X, rows.y))
    X = rows.X[(rows.y == 1) & (model.labels(rows.X) == 1)][:40]
    bad = [[word for word in row.split() if word.startswith("spam")] for row in X]
    plainly = texts([" ".join(word for word in row.split() if not word.startswith("spam")) for row in X])
    enough = model.labels(plainly) == 0
    _, won, cost, _ = _play(model, X, queries=300)
    assert enough.sum() >= 5
    assert won[enough].all()
    assert won.mean() > 0.6
    assert (cost[enough] <= np.array([len(words) for words in bad])[enough]).all()


def test_a_mail_s_subject_and_bodies_are_swapped_and_it_stays_a_mail():
    filtered = WordList({"pills": 1.0, "<b>pills</b>": 1.0})
    space = MailSpace([], lookalikes=True)
    X = texts(["Subject: pills\nContent-Type: text/html\n\n<b>pills</b>\n"])

    class Reading:
        def labels(self, X):
            return filtered.labels(texts([space.said(row) for row in X]))

        def scores(self, X):
            return filtered.scores(texts([space.said(row) for row in X]))

    changed, won, cost, _ = _play(Reading(), X, space)
    assert won[0]
    assert cost[0] == 2
    assert "<b>" in changed[0]


def test_a_table_s_space_is_refused():
    with pytest.raises(InvalidInput, match="must be a TextSpace"):
        _play(WordList({}), np.ones((1, 1)), TabularSpace([]))
