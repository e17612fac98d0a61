"""Word sets are blocks of the list in turn, then every other set, each once."""

from itertools import islice

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from amlsec.attacks.word_sets import word_sets

WORDS = tuple("abcdefg")


@given(st.integers(1, 7), st.integers(0, 9))
def test_all_sets_come_once_and_the_blocks_first(size, seed):
    from math import comb

    sets = list(word_sets(WORDS, size, np.random.default_rng(seed)))
    assert sets[0] == WORDS[:size]
    assert [word for each in sets[: 7 // size] for word in each] == list(WORDS[: 7 // size * size])
    assert {len(set(each)) for each in sets} == {size}
    assert len({frozenset(each) for each in sets}) == len(sets) == comb(7, size)


@pytest.mark.parametrize(("cost", "sets"), [(0, []), (0.9, []), (np.inf, [WORDS]), (7.5, [WORDS])])
def test_no_set_where_none_is_paid_for_and_one_where_all_words_are(cost, sets):
    assert list(word_sets(WORDS, cost, np.random.default_rng(0))) == sets


def test_no_words_make_no_set_and_many_words_no_end():
    assert list(word_sets((), 5, np.random.default_rng(0))) == []
    assert list(word_sets(("a", "a", "b"), 1, np.random.default_rng(0))) == [("a",), ("b",)]
    many = tuple(f"w{k}" for k in range(5000))
    assert [len(each) for each in islice(word_sets(many, np.inf, np.random.default_rng(0)), 8)] == [1000] * 8
