import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amlsec.data import Batch, texts
from amlsec.space.lookalikes import spellings
from amlsec.squeezing import normalised, squeezers, without_repeats


@pytest.mark.parametrize("word", ["soft", "agenda", "viagra", "winner"])
def test_every_spelling_that_looks_alike_is_read_as_one(word):
    assert {normalised(spelling) for spelling in (word, word.upper(), *spellings(word))} == {normalised(word)}


@given(st.text(max_size=40))
def test_squeezing_twice_is_squeezing_once(text):
    assert without_repeats(without_repeats(text)) == without_repeats(text)


def test_numbers_are_rounded_to_a_half_and_an_eighth_of_a_standard_deviation():
    X = np.random.default_rng(0).normal(3.0, 2.0, size=(1000, 1))
    rows = Batch(X, np.arange(1000) % 2)
    for squeeze, share in zip(squeezers(rows), (2, 8), strict=True):
        step = X.std() / share
        multiples = (squeeze(X) - X.mean()) / step
        np.testing.assert_allclose(multiples, np.round(multiples), atol=1e-6)
        assert np.abs(squeeze(X) - X).max() <= step / 2 + 1e-9


def test_columns_of_few_values_stay():
    X = np.column_stack([np.arange(100) % 3, np.linspace(0, 1, 100)]).astype(float)
    for squeeze in squeezers(Batch(X, np.arange(100) % 2)):
        assert (squeeze(X)[:, 0] == X[:, 0]).all()
        assert (squeeze(X)[:, 1] != X[:, 1]).any()


def test_they_can_be_stored():
    tables = squeezers(Batch(np.arange(20.0)[:, None], np.arange(20) % 2))
    words = squeezers(Batch(texts(["a a", "b"]), np.array([0, 1])))
    for one, two in zip((*tables, *words), pickle.loads(pickle.dumps((*tables, *words))), strict=True):
        X = np.array([[3.3]]) if one in tables else texts(["A a"])
        assert one(X).tolist() == two(X).tolist()
