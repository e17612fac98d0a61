"""Imputation: which values a column may hold, and guesses at them that are as good as what the data say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from amlsec.data import Batch
from amlsec.imputation import LABEL, chances, imputations, imputed, known_of, levels
from amlsec.space.column import Column, Kind

SEX = Column("sex", Kind.CATEGORY, 0, 2, categories=("f", "m", "x"))
AGE = Column("age", Kind.INTEGER, 0, 99)
SIZE = Column("size", Kind.NUMERIC, -50, 50)
COLUMNS = (SEX, SIZE)


def rows(n=300, seed=0):
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.integers(0, 3, n), rng.normal(0, 5, n)]).astype(float)


@given(arrays(np.float64, st.integers(1, 200), elements=st.floats(-50, 50)), st.integers(1, 30))
def test_levels_are_few_ascending_and_counted(seen, most) -> None:
    among = levels(SIZE, seen, most)
    assert 1 <= len(among.values) <= most
    assert (np.diff(among.values) > 0).all()
    assert among.counts.sum() <= len(seen)
    assert among.shares.sum() == pytest.approx(1)
    assert among.commonest == among.values[among.counts.argmax()]


def test_names_are_levels_themselves() -> None:
    among = levels(SEX, np.array([2.0, 0, 2, 2]))
    assert (among.values.tolist(), among.counts.tolist(), among.tolerance) == ([0, 2], [1, 3], 0)
    assert among.right(np.array([2.0, 0]), np.array([2.0, 2])).tolist() == [True, False]


def test_numbers_are_right_within_a_tenth_of_their_spread() -> None:
    seen = np.random.default_rng(0).uniform(0, 100, 5000).round(6)
    among = levels(SIZE, seen)
    low, high = np.quantile(seen, (0.05, 0.95))
    assert among.tolerance == pytest.approx((high - low) / 10)
    assert len(among.values) == 10
    assert among.right(np.array([50.0, 50.0]), np.array([58.9, 59.2])).tolist() == [True, False]


@pytest.mark.parametrize("unit", [1e-12, 1e12])
def test_what_is_right_does_not_hang_on_the_unit(unit) -> None:
    seen, guesses = np.random.default_rng(0).normal(size=(2, 200))
    one, other = levels(SIZE, seen), levels(SIZE, unit * seen)
    assert (one.right(guesses, seen) == other.right(unit * guesses, unit * seen)).all()


def test_few_numbers_that_repeat_are_told_apart_and_scattered_ones_are_not() -> None:
    assert levels(AGE, np.repeat([20.0, 40, 60], 9)).tolerance == 0
    assert levels(AGE, np.arange(12.0)).tolerance > 0


@pytest.mark.parametrize("column", [SEX, AGE, SIZE])
def test_without_a_row_every_value_is_as_likely(column) -> None:
    among = levels(column, np.zeros(0))
    assert column.low == among.values[0]
    assert column.high == among.values[-1]
    assert len(set(among.shares)) == 1


def test_of_many_the_commonest_are_kept() -> None:
    assert levels(AGE, np.repeat([1.0, 2, 3, 4], [2, 9, 5, 7]), most=2).values.tolist() == [2, 4]


def test_the_best_guess_at_a_number_lies_where_most_chance_is_within_the_tolerance() -> None:
    among = levels(SIZE, np.repeat(np.arange(10.0), 20) + np.tile(np.linspace(0, 0.01, 20), 10))
    cell = among.tolerance * np.linspace(-0.5, 0.5, 2001)[:-1]  # where in its cell a number may lie
    for chance in np.random.default_rng(0).dirichlet(np.ones(len(among.values)), 20):
        held, weight = (among.values[:, None] + cell).ravel(), np.repeat(chance / len(cell), len(cell))
        mass = [weight[among.right(np.full(len(held), value), held)].sum() for value in among.values]
        assert among.best(chance[None])[0] == among.values[int(np.argmax(mass))]


def test_what_follows_from_the_other_columns_is_imputed_and_what_does_not_is_the_commonest() -> None:
    X, other = rows(), rows(seed=1)
    among = levels(SEX, X[:, 0])
    assert (imputed(COLUMNS, X, X[:, 0], other, among) == other[:, 0]).all()
    lots = np.random.default_rng(2).choice(3, 300, p=[0.8, 0.1, 0.1]).astype(float)
    guesses = imputed(COLUMNS, X, lots, other, levels(SEX, lots))
    assert (guesses == 0).mean() > 0.95


def test_a_number_that_follows_from_another_is_imputed_better_than_by_cells() -> None:
    X, other = rows(), rows(seed=1)
    among = levels(SIZE, 2 * X[:, 1])
    assert among.right(imputed(COLUMNS, X, 2 * X[:, 1], other, among), 2 * other[:, 1]).mean() > 0.99


def test_chances_are_those_of_bayes() -> None:
    """The hidden column is 1 with chance 0.9 among the first kind of rows, 0.2 among the second, 0.5 among the third."""
    rng = np.random.default_rng(0)
    X = rows(4000)
    chance = np.array([0.9, 0.2, 0.5])[X[:, 0].astype(int)]
    seen = (rng.random(4000) < chance).astype(float)
    found = chances(COLUMNS, X, seen, np.array([[0, 0], [1, 0], [2, 0]], dtype=float), levels(SEX, seen))
    np.testing.assert_allclose(found[:, 1], [0.9, 0.2, 0.5], atol=0.06)
    np.testing.assert_allclose(found.sum(axis=1), 1)


def test_with_nothing_to_learn_from_chances_are_the_shares() -> None:
    among = levels(SEX, np.array([0.0, 2, 2, 2]))
    found = chances((), np.zeros((4, 0)), np.array([0.0, 2, 2, 2]), np.zeros((2, 0)), among)
    np.testing.assert_allclose(found, [[0.25, 0.75]] * 2, atol=0.005)


def test_every_imputer_has_its_say_on_numbers_regressions_too() -> None:
    X = rows()
    assert len(imputations(COLUMNS, X, X[:, 0], X[:3], levels(SEX, X[:, 0]))) == 4
    assert [len(g) for g in imputations(COLUMNS, X, X[:, 1], X[:3], levels(SIZE, X[:, 1]))] == [3] * 6


@pytest.mark.parametrize("few", [0, 1, 5, 7])
def test_few_rows_are_learnt_from_as_far_as_they_go(few) -> None:
    X = rows()
    for j, column in enumerate((SEX, SIZE)):
        among = levels(column, X[:few, j])
        assert imputed(COLUMNS, X[:few], X[:few, j], X[:4], among).shape == (4,)
        assert all(guesses.shape == (4,) for guesses in imputations(COLUMNS, X[:few], X[:few, j], X[:4], among))


def test_more_names_than_half_the_rows_are_learnt_from_without_a_word() -> None:
    zip_code = Column("zip", Kind.CATEGORY, 0, 19)
    seen = np.arange(20.0)
    assert imputed(COLUMNS, rows(20), seen, rows(3), levels(zip_code, seen)).shape == (3,)


def test_hidden_columns_are_left_out_and_the_label_comes_last() -> None:
    batch = Batch(np.array([[1.0, 2.0, 3.0]]), np.array([1]))
    columns, X = known_of((SEX, SIZE, AGE), batch, np.array([1]), label=True)
    assert columns == [SEX, AGE, LABEL]
    assert X.tolist() == [[1.0, 3.0, 1.0]]
    assert known_of((SEX, SIZE, AGE), batch, np.array([1]), label=False)[1].tolist() == [[1.0, 3.0]]
