"""Multinomial naive Bayes by algebra is multinomial naive Bayes trained again."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from sklearn.naive_bayes import MultinomialNB

from amlsec.impact.contract import Labelled
from amlsec.impact.units import Units
from exactness import check_exact, has_algebra
from naive_bayes import (
    FRACTIONS,
    PARTS,
    asked,
    check_evidence,
    check_large_counts,
    check_left_out,
    check_left_out_one_by_one,
    check_many,
    check_mute,
    check_order,
    check_refused,
    check_tie,
    check_wide,
    drawn,
)

KINDS = [
    MultinomialNB(),
    MultinomialNB(alpha=0.01, fit_prior=False),
    MultinomialNB(alpha=2.0, class_prior=[0.2, 0.8]),
    MultinomialNB(alpha=1e-10),
    MultinomialNB(alpha=[0.5, 2.0, 1e-3]),
]
OF_ANY_COLUMNS = KINDS[:-1]


@pytest.mark.parametrize("estimator", KINDS, ids=str)
@settings(deadline=None, max_examples=15)
@given(rows=asked())
def test_rows_and_groups_as_training_again(estimator: Any, rows: Any) -> None:
    check_exact(estimator, *rows)
    check_exact(estimator, *rows, Units.of(PARTS))


@pytest.mark.parametrize("estimator", KINDS, ids=str)
@settings(deadline=None, max_examples=10)
@given(rows=asked(FRACTIONS, weighted=True))
def test_fractions_of_words_and_weights(estimator: Any, rows: Any) -> None:
    check_exact(estimator, *rows, Units.of(PARTS))


@pytest.mark.parametrize("estimator", KINDS, ids=str)
@settings(deadline=None, max_examples=10)
@given(rows=asked())
def test_rows_left_out(estimator: Any, rows: Any) -> None:
    base, _, quiz = rows
    check_left_out_one_by_one(estimator, base, quiz)


@settings(deadline=None, max_examples=15)
@given(rows=asked(FRACTIONS, weighted=True))
def test_fractions_left_out(rows: Any) -> None:
    base, _, quiz = rows
    check_left_out_one_by_one(MultinomialNB(alpha=0.01), base, quiz)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("estimator", OF_ANY_COLUMNS, ids=str)
def test_many_rows_and_none_trained(estimator: Any, weighted: bool) -> None:
    check_many(estimator, weighted)


def test_a_smoothing_for_each_word() -> None:
    check_many(MultinomialNB(alpha=np.linspace(0.1, 3.0, 30)), weighted=True)


@pytest.mark.parametrize("estimator", OF_ANY_COLUMNS, ids=str)
def test_sparse_rows_with_words_that_the_base_lacks(estimator: Any) -> None:
    check_wide(estimator)


@pytest.mark.parametrize("estimator", [MultinomialNB(), MultinomialNB(class_prior=[0.9, 0.1])], ids=str)
def test_evidence_of_every_row(estimator: Any) -> None:
    check_evidence(estimator)


@pytest.mark.filterwarnings("ignore:alpha too small")
def test_a_smoothing_that_scikit_learn_raises() -> None:
    check_many(MultinomialNB(alpha=0.0, force_alpha=False))


def test_rows_in_any_order() -> None:
    check_order(MultinomialNB())


def test_a_tie_is_trained() -> None:
    check_tie(MultinomialNB())


@pytest.mark.parametrize("estimator", [MultinomialNB(fit_prior=False), MultinomialNB(alpha=1e6, fit_prior=False)], ids=str)
def test_ties_among_large_counts_are_trained(estimator: Any) -> None:
    check_large_counts(estimator)


def test_quiz_rows_without_words_under_even_odds() -> None:
    check_mute(MultinomialNB(fit_prior=False))


def test_rows_without_words_move_only_the_prior() -> None:
    """One benign row more among 60: the odds go from 30:30 to 30:31, on every quiz row."""
    empty = Labelled(np.zeros((1, 30)), np.array([0]))
    found = check_exact(MultinomialNB(), drawn(60, 1), empty, drawn(80, 3))
    np.testing.assert_allclose(found.margin, [[np.log(31 / 30), -np.log(31 / 30)]], atol=1e-12)


@pytest.mark.parametrize("which", [0, 1])
def test_negative_cells_are_refused(which: int) -> None:
    rows = [drawn(20, 1), drawn(6, 2), drawn(20, 3)]
    rows[which].X[2, 3] = -1.0
    check_refused(MultinomialNB(), *rows, "Negative values")


@pytest.mark.parametrize(
    "estimator",
    [
        MultinomialNB(alpha=0.0),
        MultinomialNB(alpha=1e-12),
        MultinomialNB(class_prior=[0.0, 1.0]),
        MultinomialNB(alpha=[1.0]),
    ],
    ids=str,
)
def test_settings_without_algebra(estimator: Any) -> None:
    assert not has_algebra(estimator, drawn(20, 1), drawn(6, 2), drawn(20, 3))


def test_a_class_without_weight_has_no_algebra() -> None:
    base = drawn(20, 1)
    weightless = base._replace(weight=(base.y == 0).astype(float))
    assert not has_algebra(MultinomialNB(), weightless, drawn(6, 2)._replace(weight=np.ones(6)), drawn(20, 3))


def test_the_only_words_of_a_class_are_left_out_exactly() -> None:
    """1 + 3e-10 less 1 is not 3e-10 to nine digits: the smoothing is added to what is left."""
    base = Labelled(np.array([[0.0, 0, 0], [0.0, 0, 0], [0.0, 0, 1]]), np.array([0, 1, 0]))
    quiz = Labelled(np.array([[0.0, 0, 0], [0.0, 0, 1]]), np.array([0, 1]))
    check_left_out(MultinomialNB(alpha=1e-10), base, quiz, Units.of([[2]]))


def test_units_that_leave_rounding_of_a_word_are_trained() -> None:
    """What is left of a billion beside a third is known to 1e-7."""
    base = drawn(30, 1, weighted=True)
    base.X[base.y == 0, 1] = 0.0
    base.X[[0, 2], 1] = 1e9, 0.1
    base = base._replace(weight=base.weights / 3)
    units = Units.of([[0], [2], [4], [0, 2]])
    found = check_left_out(MultinomialNB(alpha=1e-2), base, drawn(30, 2), units)
    assert found.trained.tolist() == [True, False, False, True]
