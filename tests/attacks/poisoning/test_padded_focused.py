"""The padded focused attack: how much spam hides the guess, and that a model of trusted rows no longer sees it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import BernoulliNB
from sklearn.pipeline import make_pipeline

from amlsec.attacks.poisoning.focused import focused
from amlsec.attacks.poisoning.padded_focused import padded_focused
from amlsec.budget import PoisonBudget
from amlsec.catalogue import named
from amlsec.data import Batch, texts
from amlsec.errors import InvalidInput
from amlsec.frame import poison as run
from amlsec.scene import Scene, contaminate
from amlsec.space.text import TextSpace
from mails_and_blobs import HAM, inbox

SPAM = texts([f"cash{i} prize{i} now{i}" for i in range(20)])
TRAIN = Batch(np.concatenate([texts([f"agenda minutes{i}" for i in range(20)]), SPAM]), np.repeat([0, 1], 20))
OWN = np.arange(20, 40)
WORDS = [f"clause{i}" for i in range(10)]


def ham(*mails):
    return Batch(texts(mails), np.zeros(len(mails), dtype=np.int64))


def scene(target, own=None):
    return Scene(TRAIN.rows(OWN) if own is None else own, 40, TextSpace([]), target=target)


def attack(target, share=0.25, seed=0, own=None, **options):
    options = {"guessed": 1.0, **options}
    return padded_focused(scene(target, own), budget=PoisonBudget(share), rng=np.random.default_rng(seed), **options)


@given(st.floats(0, 8), st.integers(0, 50))
def test_spams_are_added_until_they_hold_enough_words_and_no_longer(padding, seed):
    """Spams of 3 words each: the fewest, at least 1 and at most 20, that hold `padding` words for each of 10."""
    fewest = min(max(1, int(np.ceil(padding * 10 / 3))), 20)
    for text in attack(ham(" ".join(WORDS)), seed=seed, padding=padding).added.X:
        words = text.split()
        assert len(words) == len(set(words)) == 3 * fewest + 10
        assert set(words[-10:]) == set(WORDS)
        assert all(" ".join(words[k : k + 3]) in SPAM for k in range(0, 3 * fewest, 3))


def test_one_guess_for_all_mails_and_no_two_alike():
    added = attack(ham(" ".join(WORDS)), guessed=0.5, seed=1).added
    guesses = [frozenset(set(text.split()) & set(WORDS)) for text in added.X]
    assert len(set(guesses)) == 1
    assert 0 < len(guesses[0]) < 10
    assert len({frozenset(text.split()) for text in added.X}) == len(added) == 10
    assert (added.y == 1).all()


def test_targets_share_the_mails_evenly_and_malicious_ones_get_none():
    target = ham("alpha", "beta") + Batch(texts(["gamma"]), np.array([1]))
    words = " ".join(attack(target).added.X).split()
    assert (words.count("alpha"), words.count("beta"), words.count("gamma")) == (5, 5, 0)


def test_a_filter_that_counts_the_guess_learns_the_same_as_without_padding():
    """Bernoulli naive Bayes over the target's words: 8 of 20 spam hold each of them, whatever else they hold."""
    target = ham("sealed bid bridge tender")
    model = make_pipeline(CountVectorizer(binary=True, vocabulary=["sealed", "bid", "bridge", "tender"]), BernoulliNB())

    def log_odds(rows):
        benign, malicious = model.fit(rows.X, rows.y).predict_log_proba(target.X)[0]
        return malicious - benign

    after = log_odds(contaminate(TRAIN, OWN, attack(target, share=0.2)))
    assert after - log_odds(TRAIN) == pytest.approx(4 * np.log(9 / 1))


def test_a_model_of_trusted_mails_finds_it_as_spammy_as_spam_and_the_plain_attack_much_less():
    trusted, rows = inbox(600, seed=0), inbox(200, seed=1)
    model = make_pipeline(CountVectorizer(binary=True), BernoulliNB()).fit(trusted.X, trusted.y)
    target = ham(" ".join(HAM[:12]))
    options = {"budget": PoisonBudget(0.1), "guessed": 0.5}

    def evidence(mails):
        benign, malicious = model.predict_log_proba(mails).T
        return np.median(malicious - benign)

    on = Scene(rows, 200, TextSpace([]), target=target)
    plain = evidence(focused(on, rng=np.random.default_rng(0), **options).added.X)
    padded = evidence(padded_focused(on, rng=np.random.default_rng(0), **options).added.X)
    assert plain < evidence(rows.labelled(1).X) - 5
    assert padded >= evidence(rows.labelled(1).X)


def test_without_spam_of_his_own_the_guess_goes_bare():
    assert {frozenset(text.split()) for text in attack(ham("sealed bid"), own=TRAIN.rows(OWN[:0])).added.X} == {
        frozenset({"sealed", "bid"})
    }


@pytest.mark.parametrize("target", [None, ham(), Batch(texts(["cash"]), np.array([1]))])
def test_without_a_benign_target_nothing_happens(target):
    assert len(attack(target)) == 0


def test_no_budget_no_mail():
    assert len(attack(ham("sealed bid"), share=0.0)) == 0


def test_the_seed_decides():
    target = ham(" ".join(WORDS))
    assert (attack(target, seed=2).added.X == attack(target, seed=2).added.X).all()
    assert (attack(target, seed=2).added.X != attack(target, seed=3).added.X).any()


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        ({"guessed": 1.1}, r"guessed is 1.1: must lie in \[0, 1\]"),
        ({"guessed": np.nan}, r"guessed is nan: must lie in \[0, 1\]"),
        ({"padding": -1}, "padding is -1: must be at least 0"),
        ({"padding": np.nan}, "padding is nan: must be at least 0"),
    ],
)
def test_bad_settings_are_named(wrong, rule):
    with pytest.raises(InvalidInput, match=rule):
        attack(ham("bid"), **wrong)


def test_its_card_and_the_frame_accept_it():
    card = named("padded-focused")
    assert (card.code, str(card.cell)) == ("AML-P08", "causative availability targeted")
    assert len(run(card, scene(ham("sealed bid")), budget=PoisonBudget(0.1), rng=np.random.default_rng(0))) == 4
