"""The dictionary attack on word-counting filters whose shift is known in closed form."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import BernoulliNB
from sklearn.pipeline import make_pipeline

from amlsec.attacks.poisoning.dictionary import dictionary
from amlsec.budget import PoisonBudget
from amlsec.catalogue import named
from amlsec.data import Batch, texts
from amlsec.errors import InvalidInput
from amlsec.frame import poison as run
from amlsec.scene import Scene, contaminate
from amlsec.space.tabular import infer
from amlsec.space.text import TextSpace

WORDS = ("agenda", "minutes", "budget", "lunch", "report", "team")
HAM = texts(["agenda minutes report", "budget report team", "lunch team agenda", "minutes budget lunch"] * 5)
SPAM = texts([f"cash prize{i} winner" for i in range(20)])
TRAIN = Batch(np.concatenate([HAM, SPAM]), np.repeat([0, 1], 20))
OWN = np.arange(20, 40)


def scene(words=WORDS, total=40):
    return Scene(TRAIN.rows(OWN), total, TextSpace(words))


def attacked(share, words=WORDS, seed=0):
    poison = dictionary(scene(words), budget=PoisonBudget(share), rng=np.random.default_rng(seed))
    return contaminate(TRAIN, OWN, poison)


def document_rate(rows, word):
    """Share of spam that holds the word."""
    return np.mean([word in text.split() for text in rows.X[rows.y == 1]])


@given(st.floats(0, 0.5), st.integers(0, 9))
def test_every_word_stands_in_exactly_the_budgeted_share_of_spam(share, seed):
    rows = attacked(share, seed=seed)
    mails = int(np.floor(share * 40 + 1e-9))
    assert len(rows) == 40
    assert all(document_rate(rows, word) == mails / 20 for word in WORDS)


@pytest.mark.parametrize("mails", [1, 4, 10])
def test_the_spam_likelihood_of_a_word_is_the_smoothed_share_of_poison(mails):
    model = make_pipeline(CountVectorizer(binary=True), BernoulliNB(alpha=1.0))
    rows = attacked(mails / 40)
    model.fit(rows.X, rows.y)
    column = model[0].vocabulary_["agenda"]
    assert np.exp(model[1].feature_log_prob_[1, column]) == pytest.approx((mails + 1) / (20 + 2))


def test_the_spambayes_word_score_follows_its_formula_and_ham_turns_into_spam():
    """f(w) = (0.45 x 0.5 + n p) / (0.45 + n): a word of 10 ham and no spam mails goes from 0.02 to over a half."""

    def word_score(rows, word):
        s, h = (sum(word in t.split() for t in rows.X[rows.y == label]) for label in (1, 0))
        p = (s / 20) / (s / 20 + h / 20)
        return (0.45 * 0.5 + (s + h) * p) / (0.45 + s + h)

    assert word_score(TRAIN, "agenda") == pytest.approx(0.225 / 10.45)
    expected = (0.225 + 22 * (12 / 20) / (12 / 20 + 10 / 20)) / 22.45
    assert word_score(attacked(12 / 40), "agenda") == pytest.approx(expected)
    assert expected > 0.5


def test_no_two_mails_are_equal_but_all_hold_the_same_words():
    added = dictionary(scene(), budget=PoisonBudget(0.25), rng=np.random.default_rng(1)).added
    assert len(set(added.X)) == len(added) == 10
    assert {tuple(sorted(text.split())) for text in added.X} == {tuple(sorted(WORDS))}
    assert (added.y == 1).all()


def test_the_seed_decides_the_order():
    one, same, other = (
        dictionary(scene(), budget=PoisonBudget(0.1), rng=np.random.default_rng(s)).added.X for s in (5, 5, 6)
    )
    assert (one == same).all()
    assert (one != other).any()


def test_without_rows_or_words_nothing_happens():
    assert len(dictionary(scene(), budget=PoisonBudget(0.02), rng=np.random.default_rng(0))) == 0
    assert len(dictionary(scene(words=()), budget=PoisonBudget(0.5), rng=np.random.default_rng(0))) == 0


def test_a_dictionary_of_his_own_takes_the_place_of_the_spaces_words():
    options = {"budget": PoisonBudget(0.1), "rng": np.random.default_rng(0)}
    assert {tuple(sorted(text.split())) for text in dictionary(scene(), words=["zoo", "ant"], **options).added.X} == {
        ("ant", "zoo")
    }
    assert len(dictionary(scene(), words=[], **options)) == 0
    with pytest.raises(InvalidInput, match="words is 'ice cream'"):
        dictionary(scene(), words=["ice cream"], **options)


def test_a_table_has_no_dictionary():
    table = Batch(np.eye(2), np.array([0, 1]))
    with pytest.raises(InvalidInput, match="space is 'tabular': must be a TextSpace"):
        dictionary(Scene(table, 10, infer(table.X, ["a", "b"])), budget=PoisonBudget(0.5), rng=np.random.default_rng(0))


def test_its_card_and_the_frame_accept_it():
    card = named("dictionary")
    assert (card.code, str(card.cell)) == ("AML-P03", "causative availability indiscriminate")
    assert len(run(card, scene(), budget=PoisonBudget(0.1), rng=np.random.default_rng(0))) == 4
