"""Batches: their rules, their contents, their joints and their parts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amlsec.data import Batch, split, texts
from amlsec.errors import InvalidInput


def _batch(values, y=None, **columns):
    X = np.array(values, dtype=float).reshape(len(values), -1)
    return Batch(X, np.zeros(len(X), dtype=np.int64) if y is None else np.array(y), **columns)


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (np.zeros((2, 1)), [0], "y is 'of length 1': must have one value for each of 2 rows"),
        (np.zeros((2, 1)), [0, 2], "labels must be 0"),
        (np.zeros(2), [0, 1], "must be a float array"),
        (np.array([["a"]], dtype=object), [0], "must be a float array"),
        (np.array([[np.nan]]), [0], "NaN and infinity must be filled or dropped first"),
        (np.array([[-np.inf]]), [0], "NaN and infinity must be filled or dropped first"),
    ],
)
def test_what_breaks_a_rule_is_refused(X, y, message):
    with pytest.raises(InvalidInput, match=message):
        Batch(X, np.array(y))


def test_columns_have_one_value_for_each_row():
    with pytest.raises(InvalidInput, match="source is"):
        _batch([1, 2], source=np.array(["a"], dtype=object))


@given(st.lists(st.tuples(st.floats(allow_nan=False, allow_infinity=False), st.integers(-2, 2)), min_size=2, max_size=12))
def test_equal_rows_and_only_they_have_equal_content(rows):
    batch = _batch(rows)
    content = batch.content()
    for i, one in enumerate(batch.X):
        for j, two in enumerate(batch.X):
            assert (content[i] == content[j]) == bool((one == two).all())


def test_a_zero_has_no_sign_and_a_label_no_part_in_the_content():
    one, two = _batch([[0.0, 1.0], [-0.0, 1.0]], [0, 1]).content()
    assert one == two


def test_whole_numbers_and_floats_have_the_same_content():
    whole = Batch(np.array([[1, 2]]), np.array([0]))
    assert whole.content()[0] == _batch([[1.0, 2.0]]).content()[0]


def test_texts_of_equal_letters_have_equal_content_even_broken_ones():
    batch = Batch(texts(["a", "a", "a ", "\ud800"]), np.zeros(4, dtype=np.int64))
    assert batch.is_text
    assert len(set(batch.content())) == 3


def test_a_transposed_table_keeps_its_content():
    X = np.arange(6.0).reshape(2, 3)
    assert (Batch(np.asfortranarray(X), np.array([0, 1])).content() == Batch(X, np.array([0, 1])).content()).all()


SOURCE = np.array(["feed", "user"], dtype=object)
TIME = np.array(["2020-01-01", "2020-01-02"], dtype="datetime64[s]")


@pytest.mark.parametrize("first", [True, False])
def test_where_one_batch_lacks_a_column_its_rows_are_unknown(first):
    full, bare = _batch([1, 2], source=SOURCE, time=TIME), _batch([3])
    joint = full + bare if first else bare + full
    known, unknown = (slice(0, 2), 2) if first else (slice(1, 3), 0)
    assert list(joint.source[known]) == list(SOURCE)
    assert joint.source[unknown] == ""
    assert (joint.time[known] == TIME).all()
    assert np.isnat(joint.time[unknown])


def test_without_either_column_there_is_none():
    joint = _batch([1]) + _batch([2], [1])
    assert joint.source is None
    assert joint.time is None
    assert joint.y.tolist() == [0, 1]


def test_rows_by_place_mask_label_and_absence():
    batch = _batch([1, 2, 3], [0, 1, 0], source=np.array(["a", "b", "c"], dtype=object))
    assert batch.rows([2, 0]).source.tolist() == ["c", "a"]
    assert batch.rows(batch.y == 1).X.tolist() == [[2.0]]
    assert batch.labelled(0).X.ravel().tolist() == [1.0, 3.0]
    assert batch.drop(np.array([0, 0])).X.ravel().tolist() == [2.0, 3.0]
    assert batch.relabelled(1 - batch.y).y.tolist() == [1, 0, 1]
    assert batch.from_source("z").source.tolist() == ["z"] * 3


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 1)), min_size=1, max_size=40),
    st.lists(st.floats(0, 0.5), min_size=1, max_size=2),
    st.integers(0, 99),
)
def test_parts_share_no_content_and_take_no_row_twice(rows, shares, seed):
    batch = _batch([[value] for value, _ in rows], [label for _, label in rows])
    parts = split(batch, shares, np.random.default_rng(seed))
    contents = [set(part.content()) for part in parts]
    assert len(parts) == len(shares)
    assert len(set().union(*contents)) == sum(len(content) for content in contents)
    assert sum(len(part) for part in parts) <= len(batch)
    for part, content in zip(parts, contents, strict=True):
        assert len(part) == np.isin(batch.content(), list(content)).sum()


def test_shares_are_kept_for_each_label():
    batch = _batch(np.arange(1000.0), np.arange(1000) % 4 == 0)
    one, two = split(batch, (0.3, 0.5), np.random.default_rng(0))
    assert (len(one), one.y.sum()) == (300, 75)
    assert (len(two), two.y.sum()) == (500, 125)


@pytest.mark.parametrize("shares", [(0.7, 0.4), (-0.1, 0.5)])
def test_shares_that_do_not_fit_are_refused(shares):
    with pytest.raises(InvalidInput, match="must be at least 0 and at most 1 in sum"):
        split(_batch([1, 2]), shares, np.random.default_rng(0))
