"""Look-alikes are told from other words, and read back."""

import unicodedata

import hypothesis.strategies as st
import pytest
from hypothesis import given

from amlsec.space.lookalikes import DIGITS, LETTERS, SIGNS, WIDTHLESS, looks_like, plain, spellings

WORDS = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0149-", min_size=1, max_size=8)


@given(WORDS)
def test_spellings_look_like_the_word_and_are_other_words(word):
    others = spellings(word)
    assert len(set(others)) == len(others)
    assert all(looks_like(other, word) and other.split() == [other] for other in others)
    assert not looks_like(word, word)


@given(WORDS, WORDS)
def test_what_looks_like_a_word_is_it_letter_for_letter(one, other):
    naive = len(one) == len(other) and one != other
    for new, old in zip(one, other, strict=False):
        naive &= new == old or new in (LETTERS.get(old), DIGITS.get(old), SIGNS.get(old))
    assert looks_like(one, other) == naive


@given(st.text("abcdefghimnopqrstuvwxyz", min_size=2, max_size=8))
def test_letters_of_other_scripts_and_joiners_are_read_back(word):
    """Digits and signs too, where they stand for one letter alone: not 1, an l or an i, and 9, a g that may be a q."""
    first, *others = spellings(word)
    assert plain(first) == word
    assert all(plain(other) == word for other in others if not set(other) & set(DIGITS.values()))
    assert plain(word) == word


@pytest.mark.parametrize("letter", [*LETTERS])
def test_the_letters_of_the_table_are_letters_of_the_same_case_outside_ascii(letter):
    other = LETTERS[letter]
    assert not other.isascii()
    assert unicodedata.category(other) == unicodedata.category(letter)


def test_what_has_no_width_is_no_white_space():
    assert all(f"a{sign}b".split() == [f"a{sign}b"] for sign in WIDTHLESS)
    assert all(looks_like(f"a{sign}b", "ab") for sign in WIDTHLESS)
