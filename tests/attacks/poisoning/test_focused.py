"""The focused attack: which words it guesses, and what they do to a filter known in closed form."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import BernoulliNB
from sklearn.pipeline import make_pipeline

from amlsec.attacks.poisoning.focused import focused
from amlsec.budget import PoisonBudget
from amlsec.catalogue import named
from amlsec.data import Batch, texts
from amlsec.errors import InvalidInput
from amlsec.frame import poison as run
from amlsec.scene import Scene, contaminate
from amlsec.space.text import TextSpace

HAM = texts([f"meeting agenda minutes{i}" for i in range(20)])
SPAM = texts([f"cash prize{i}" for i in range(20)])
TRAIN = Batch(np.concatenate([HAM, SPAM]), np.repeat([0, 1], 20))
OWN = np.arange(20, 40)
WORDS = [f"clause{i}" for i in range(400)]


def ham(*mails):
    return Batch(texts(mails), np.zeros(len(mails), dtype=np.int64))


def attack(target, share=0.25, seed=0, own=None, **options):
    scene = Scene(TRAIN.rows(OWN) if own is None else own, 40, TextSpace([]), target=target)
    return focused(scene, budget=PoisonBudget(share), rng=np.random.default_rng(seed), **options)


def test_three_tenths_of_the_words_are_guessed_on_average():
    target = ham(" ".join(WORDS))
    shares = [len(set(WORDS) & set(attack(target, 0.025, seed).added.X[0].split())) / 400 for seed in range(40)]
    standard_error = np.sqrt(0.3 * 0.7 / (400 * 40))
    assert np.mean(shares) == pytest.approx(0.3, abs=4 * standard_error)


@pytest.mark.parametrize(("guessed", "words"), [(0.0, set()), (1.0, set(WORDS))])
def test_none_or_all_of_the_words(guessed, words):
    assert set(WORDS) & set(attack(ham(" ".join(WORDS)), guessed=guessed).added.X[0].split()) == words


def test_one_guess_for_all_mails_each_under_a_spam_of_his_own():
    added = attack(ham(" ".join(WORDS))).added
    assert len(added) == 10
    assert len({frozenset(set(text.split()) & set(WORDS)) for text in added.X}) == 1
    covers = [" ".join(word for word in text.split() if word not in WORDS) for text in added.X]
    assert set(covers) <= set(SPAM)
    assert len(set(covers)) > 1
    assert (added.y == 1).all()


def test_the_targets_log_odds_move_as_the_counts_say():
    """Bernoulli naive Bayes: each of w guessed words moves from 1/22 to (m+1)/22 of spam, all else unchanged."""
    target = ham("sealed bid bridge tender")
    model = make_pipeline(CountVectorizer(binary=True, vocabulary=["sealed", "bid", "bridge", "tender"]), BernoulliNB())

    def log_odds(rows):
        benign, malicious = model.fit(rows.X, rows.y).predict_log_proba(target.X)[0]
        return malicious - benign

    after = log_odds(contaminate(TRAIN, OWN, attack(target, share=0.2, guessed=1.0)))
    assert after - log_odds(TRAIN) == pytest.approx(4 * np.log(9 / 1))


def test_targets_share_the_mails_evenly_and_malicious_ones_get_none():
    target = ham("alpha", "beta") + Batch(texts(["gamma"]), np.array([1]))
    words = " ".join(attack(target, guessed=1.0).added.X).split()
    assert (words.count("alpha"), words.count("beta"), words.count("gamma")) == (5, 5, 0)


def test_without_spam_of_his_own_the_guess_goes_bare():
    assert set(attack(ham("sealed bid"), guessed=1.0, own=TRAIN.rows(OWN[:0])).added.X) == {"sealed bid"}


@pytest.mark.parametrize("target", [None, ham(), Batch(texts(["cash"]), np.array([1]))])
def test_without_a_benign_target_nothing_happens(target):
    assert len(attack(target)) == 0


def test_no_budget_no_mail():
    assert len(attack(ham("sealed bid"), share=0.0)) == 0


def test_the_seed_decides():
    target = ham(" ".join(WORDS))
    assert (attack(target, seed=2).added.X == attack(target, seed=2).added.X).all()
    assert (attack(target, seed=2).added.X != attack(target, seed=3).added.X).any()


@pytest.mark.parametrize("guessed", [-0.1, 1.1])
def test_a_probability_is_asked_for(guessed):
    with pytest.raises(InvalidInput, match=r"guessed is .*: must lie in \[0, 1\]"):
        attack(ham("bid"), guessed=guessed)


def test_its_card_and_the_frame_accept_it():
    card = named("focused")
    assert (card.code, str(card.cell)) == ("AML-P04", "causative availability targeted")
    scene = Scene(TRAIN.rows(OWN), 40, TextSpace([]), target=ham("sealed bid"))
    assert len(run(card, scene, budget=PoisonBudget(0.1), rng=np.random.default_rng(0))) == 4
