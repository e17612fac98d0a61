"""Complement naive Bayes by algebra is complement naive Bayes trained again."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from sklearn.naive_bayes import ComplementNB

from amlsec.impact.contract import Labelled
from amlsec.impact.measure import impacts
from amlsec.impact.units import Units
from exactness import agrees, check_exact, has_algebra, refitted
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
    check_trained,
    check_wide,
    drawn,
)

KINDS = [
    ComplementNB(),
    ComplementNB(alpha=0.01, fit_prior=False),
    ComplementNB(alpha=0.3, class_prior=[0.2, 0.8]),
    ComplementNB(norm=True),
    ComplementNB(norm=True, alpha=0.05),
    ComplementNB(alpha=[0.5, 2.0, 1e-2]),
    ComplementNB(alpha=[0.5, 2.0, 1e-2], norm=True),
]
OF_ANY_COLUMNS = KINDS[:-2]


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
@given(rows=asked(weighted=True))
def test_rows_left_out(estimator: Any, rows: Any) -> None:
    base, _, quiz = rows
    check_left_out_one_by_one(estimator, base, quiz)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("estimator", OF_ANY_COLUMNS, ids=str)
def test_many_rows_and_none_trained(estimator: Any, weighted: bool) -> None:
    check_many(estimator, weighted)


@pytest.mark.parametrize("norm", [False, True])
def test_a_smoothing_for_each_word(norm: bool) -> None:
    check_many(ComplementNB(alpha=np.linspace(0.1, 3.0, 30), norm=norm), weighted=True)


@pytest.mark.parametrize("estimator", OF_ANY_COLUMNS, ids=str)
def test_sparse_rows_with_words_that_the_base_lacks(estimator: Any) -> None:
    check_wide(estimator)


@pytest.mark.parametrize("norm", [False, True])
def test_evidence_of_every_row(norm: bool) -> None:
    check_evidence(ComplementNB(norm=norm))


def test_rows_in_any_order() -> None:
    check_order(ComplementNB(norm=True))


@pytest.mark.parametrize("norm", [False, True])
def test_a_tie_is_trained(norm: bool) -> None:
    check_tie(ComplementNB(norm=norm))


@pytest.mark.parametrize("estimator", [ComplementNB(), ComplementNB(norm=True)], ids=str)
def test_ties_among_large_counts_are_trained(estimator: Any) -> None:
    check_large_counts(estimator)


@pytest.mark.parametrize("norm", [False, True])
def test_quiz_rows_without_words(norm: bool) -> None:
    check_mute(ComplementNB(norm=norm))


@pytest.mark.parametrize("norm", [False, True])
def test_a_row_without_words_changes_nothing(norm: bool) -> None:
    """It has no prior."""
    empty = Labelled(np.zeros((1, 30)), np.array([0]))
    assert not check_exact(ComplementNB(norm=norm), drawn(60, 1), empty, drawn(80, 3)).margin.any()


def test_negative_cells_are_refused() -> None:
    rows = [drawn(20, 1), drawn(6, 2), drawn(20, 3)]
    rows[1].X[2, 3] = -1.0
    check_refused(ComplementNB(), *rows, "Negative values")


def test_smoothings_that_rounding_eats_are_trained() -> None:
    """(count + alpha) - count is not alpha then, in scikit-learn: for alpha 1e-10 and counts of 30 it is off by 1e-6."""
    rows = drawn(60, 1), drawn(6, 2), drawn(60, 3)
    assert has_algebra(ComplementNB(alpha=1e-3), *rows)
    rows[0].X[rows[0].y == 1, 1] = 0.0
    check_trained(ComplementNB(alpha=1e-10), *rows)
    assert not has_algebra(ComplementNB(alpha=0.0), *rows)


def test_whole_counts_whose_sums_are_rounded_are_not_exact() -> None:
    """So many that what a class lacks, and what its complement has, is lost."""
    base = Labelled(np.array([[1e16, 1.0], [1.0, 1.0], [2.0, 0.0]]), np.array([0, 1, 1]))
    quiz = Labelled(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([0, 1]))
    assert not has_algebra(ComplementNB(alpha=0.5), base, base, quiz)
    agrees(impacts(ComplementNB(alpha=0.5), base, base, quiz), refitted(ComplementNB(alpha=0.5), base, base, quiz))


@pytest.mark.parametrize("norm", [False, True])
def test_only_units_that_leave_too_little_of_a_word_are_trained(norm: bool) -> None:
    """Word 1 is common in spam, and two benign rows have it: without both, rounding eats the smoothing of 1e-9."""
    base, quiz = drawn(60, 1, rate=3.0), drawn(60, 3, rate=3.0)
    base.X[:, 1] = 40.0 * base.y
    base.X[[10, 20], 1] = 1.0
    base.X[:, 0] = quiz.X[:, 0] = 1.0
    units = Units.of([[10], [20], [10, 20], [11], [30, 32, 34]])
    found = check_left_out(ComplementNB(alpha=1e-9, norm=norm), base, quiz, units)
    assert found.trained.tolist() == [False, False, True, False, False]


def test_one_word_cannot_be_normed() -> None:
    """Its log-weight is 0."""
    rows = [Labelled(rows.X[:, 1:2], rows.y) for rows in (drawn(20, 1), drawn(6, 2), drawn(20, 3))]
    assert not has_algebra(ComplementNB(norm=True), *rows)
    check_exact(ComplementNB(), *rows)
