"""The steps shared by attacks with spam: what is guessed, and what is only put in another order."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amlsec.attacks.poisoning.spam_mails import guesses, mails, shuffled
from amlsec.data import Batch, texts
from amlsec.errors import InvalidInput

LETTERS = st.lists(st.sampled_from("abcdefghij"), unique=True)


@given(LETTERS, st.integers(0, 5), st.integers(0, 9))
def test_shuffled_mails_hold_the_same_words(words, count, seed):
    written = shuffled(words, count, np.random.default_rng(seed))
    assert len(written) == count
    assert all(sorted(mail.split()) == sorted(words) for mail in written)


def test_every_order_is_as_likely():
    written = shuffled(["a", "b", "c"], 6000, np.random.default_rng(0))
    _, counts = np.unique(np.array(written), return_counts=True)
    assert len(counts) == 6
    np.testing.assert_allclose(counts, 1000, atol=4 * np.sqrt(6000 * 5 / 36))


def test_one_endless_word_does_not_make_room_for_each_of_the_others():
    words = ["x" * 100_000, *(f"w{k}" for k in range(2000))]
    tracemalloc.start()
    shuffled(words, 3, np.random.default_rng(0))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 5e6


@given(st.lists(LETTERS, max_size=4), st.floats(0, 1), st.integers(0, 9))
def test_a_guess_is_a_part_of_the_target_in_its_order(written, guessed, seed):
    target = Batch(texts([" ".join([*words, *words]) for words in written]), np.zeros(len(written), dtype=np.int64))
    found = guesses(target, guessed, np.random.default_rng(seed))
    assert len(found) == len(written)
    for guess, words in zip(found, written, strict=True):
        assert guess == [word for word in words if word in guess]


@pytest.mark.parametrize(("guessed", "known"), [(0.0, [[]]), (1.0, [["sealed", "bid"]])])
def test_none_or_all_is_guessed_and_of_benign_targets_only(guessed, known):
    target = Batch(texts(["sealed bid", "cash"]), np.array([0, 1]))
    assert guesses(target, guessed, np.random.default_rng(0)) == known
    assert guesses(None, guessed, np.random.default_rng(0)) == []


@pytest.mark.parametrize("guessed", [-0.1, 1.1, np.nan])
def test_a_probability_is_asked_for(guessed):
    with pytest.raises(InvalidInput, match=r"guessed is .*: must lie in \[0, 1\]"):
        guesses(None, guessed, np.random.default_rng(0))


@pytest.mark.parametrize("label", [0, 1])
def test_mails_are_added_under_their_label_and_nothing_is_edited(label):
    poison = mails(["one", "two"], label)
    assert (poison.added.X.tolist(), poison.added.y.tolist(), len(poison.edited)) == (["one", "two"], [label] * 2, 0)
