"""Features of private learners: never longer than 1, and of each row alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from hypothesis.extra.numpy import arrays
from scipy.sparse import csr_matrix

from amlsec.data import texts
from amlsec.defenses.learners.unit_ball import UnitBall
from amlsec.errors import InvalidInput
from amlsec.space.image import ImageSpace
from amlsec.space.tabular import Column, Kind, TabularSpace

SPACE = TabularSpace(
    [
        Column("size", Kind.NUMERIC, -9, 9),
        Column("links", Kind.INTEGER, 0, 30),
        Column("script", Kind.CATEGORY, 0, 2, categories=("latin", "greek", "cyrillic")),
        Column("still", Kind.NUMERIC, 4, 4),
    ]
)
MANY = TabularSpace([Column("name", Kind.CATEGORY, 0, 10**9)])
TABLES = arrays(np.float64, (5, 4), elements=some.floats(-1e6, 1e6))


@pytest.mark.parametrize("space", [None, SPACE, ImageSpace((2, 2))])
@given(rows=TABLES)
def test_no_row_is_longer_than_one_and_none_depends_on_others(space, rows):
    ball = UnitBall(space=space).fit(rows)
    features = ball.transform(rows)
    assert np.linalg.norm(features, axis=1).max() <= 1 + 1e-12
    assert (features[:, -1] == 1 / np.sqrt(2)).all()
    alone = np.vstack([UnitBall(space=space).fit(row).transform(row) for row in rows[:, None]])
    np.testing.assert_array_equal(alone, features)


@given(rows=TABLES)
def test_sparse_rows_as_the_table_they_are(rows):
    known = UnitBall(longest=7.0).fit(rows).transform(rows)
    sparse = csr_matrix(rows)
    np.testing.assert_allclose(UnitBall(longest=7.0).fit(sparse).transform(sparse).toarray(), known, atol=1e-12)


def test_columns_lie_where_the_space_s_bounds_put_them():
    row = np.array([[9.0, 15.0, 1.0, 4.0]])
    inside = np.array([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]) / 2
    expected = [[*inside / np.sqrt(2), 1 / np.sqrt(2)]]
    np.testing.assert_allclose(UnitBall(space=SPACE).fit(row).transform(row), expected)


def test_values_out_of_bounds_are_cut():
    row, far = np.array([[9.0, 30.0, 1.0, 4.0]]), np.array([[900.0, 9e9, 1.0, 5.0]])
    ball = UnitBall(space=SPACE).fit(row)
    np.testing.assert_array_equal(ball.transform(row), ball.transform(far))


def test_texts_are_hashed_words_of_length_one():
    mails = texts(["cash prize now", "lunch", "", "lunch lunch lunch"])
    features = UnitBall(width=32).fit(mails).transform(mails)
    assert features.shape == (4, 33)
    lengths = np.sqrt(features.multiply(features).sum(axis=1))
    np.testing.assert_allclose(np.ravel(lengths), [1, 1, 1 / np.sqrt(2), 1])
    assert (features[[1]] != features[[3]]).nnz == 0


@pytest.mark.parametrize(
    ("options", "rows", "message"),
    [
        ({"longest": 0.0}, np.zeros((1, 2)), "longest is 0.0: must be a finite number above 0"),
        ({"width": 0}, np.zeros((1, 2)), "width is 0: must lie in 1 to 4096"),
        ({"space": SPACE}, np.zeros((1, 2)), "space is 'of 4 columns': X has 2 columns"),
        ({}, np.zeros((1, 4097)), "must have at most 4096 columns"),
        ({"space": MANY}, np.zeros((1, 1)), "must have at most 4096 columns, one for each category"),
    ],
)
def test_what_does_not_fit_is_named(options, rows, message):
    with pytest.raises(InvalidInput, match=message):
        UnitBall(**options).fit(rows)
