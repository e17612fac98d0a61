"""Red herrings: the space's most telling words, on every text, and not a question asked."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

from amlsec.attacks.evasion.good_words import good_words
from amlsec.attacks.evasion.red_herrings import red_herrings
from amlsec.budget import EvasionBudget
from amlsec.catalogue import named
from amlsec.data import MALICIOUS, Batch, texts
from amlsec.errors import InvalidInput
from amlsec.frame import evade
from amlsec.oracle import Classifier
from amlsec.space.text import TextSpace, infer_words
from amlsec.threat import Access
from oracles.play import play
from oracles.tables import box
from oracles.word_list import WordList

BAIT = tuple(f"b{k}" for k in range(12))
HAM = texts(["see you", "minutes of the meeting", "lunch"])


class Unasked:
    """A model that must not be asked."""

    def labels(self, X):
        raise AssertionError

    scores = labels


def baited(X, space, cost):
    budget, rng = EvasionBudget(cost, 0), np.random.default_rng(0)
    return red_herrings(Unasked(), X, space=space, budget=budget, rng=rng)


@pytest.mark.parametrize(("cost", "many"), [(0, 0), (0.9, 0), (1, 1), (4.5, 4), (12, 12), (100, 12), (np.inf, 12)])
def test_every_text_gets_as_many_of_the_first_words_as_the_cost_pays(cost, many):
    space = TextSpace(["meeting"], bad_words=BAIT)
    changed = baited(HAM, space, cost)
    assert list(changed) == [" ".join([mail, *BAIT[:many]]) for mail in HAM]
    assert (space.cost(HAM, changed) == many).all()


def test_without_bad_words_the_good_ones_are_taken_from_the_end():
    assert baited(HAM[:1], TextSpace(["meeting", "agenda", "free"]), 2)[0] == "see you free agenda"


def test_a_filter_that_sums_weights_alarms_from_the_word_that_the_sum_tells():
    weights = dict(zip(BAIT, 0.3 + np.arange(12) / 10, strict=True))
    model, space = WordList({**weights, "see": -2.0}), TextSpace(["meeting"], bad_words=BAIT)
    least = int(np.argmax(np.cumsum(list(weights.values())) > 2.0)) + 1
    for cost, alarms in ((least - 1, False), (least, True)):
        won = play(red_herrings, model, HAM[:1], space, access=Access.NONE, wanted=MALICIOUS, cost=cost)[1]
        assert won.all() == alarms


def mails(many, rng):
    """Ham of common and office words, spam of common and shop words, ten words a mail."""
    y = np.arange(many) % 2
    own = np.where(y[:, None] == 1, "shop", "office")
    drawn = rng.integers(0, 30, (many, 10))
    kinds = np.where(rng.random((many, 10)) < 0.5, "common", own)
    return Batch(texts([" ".join(map("{}{}".format, *row)) for row in zip(kinds, drawn, strict=True)]), y)


def test_alarms_mean_nothing_any_more():
    """The share of alarms that are spam falls from nearly all to the share of spam among all mails."""
    rng = np.random.default_rng(0)
    train, read, test = (mails(400, rng) for _ in range(3))
    model = Classifier(make_pipeline(CountVectorizer(), MultinomialNB()).fit(train.X, train.y))
    space, ham = infer_words(read, lookalikes=False), test.y == 0
    changed = test.X.copy()
    changed[ham] = baited(test.X[ham], space, 12)
    before, after = (test.y[model.labels(X) == MALICIOUS].mean() for X in (test.X, changed))
    assert before > 0.95
    assert after < 0.55


def test_they_are_the_good_words_of_the_space_turned_round():
    there, back = TextSpace(["x", "y"], bad_words=BAIT), TextSpace(BAIT, bad_words=["x", "y"])
    rng, budget = np.random.default_rng(0), EvasionBudget(5, 0)
    assert list(baited(HAM, there, 5)) == list(good_words(Unasked(), HAM, space=back, budget=budget, rng=rng))


def test_by_the_rules_of_the_frame_no_query_is_spent():
    model, space = WordList(dict.fromkeys(BAIT, 1.0)), TextSpace(["meeting"], bad_words=BAIT)
    budget, rng = EvasionBudget(3, 0), np.random.default_rng(0)
    found = evade(named("red-herrings"), model, HAM, space=space, budget=budget, rng=rng)
    assert found.verdicts.tolist() == [1, 1, 1]
    assert found.queries.sum() == 0


def test_no_mails_and_no_words():
    assert baited(HAM[:0], TextSpace(["meeting"]), 3).shape == (0,)
    assert list(baited(HAM, TextSpace([]), 3)) == list(HAM)


def test_tables_are_refused():
    with pytest.raises(InvalidInput, match="must be a TextSpace"):
        baited(np.zeros((1, 2)), box(2), 1)
