"""Bernoulli naive Bayes by algebra is Bernoulli naive Bayes trained again."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from scipy.sparse import csr_matrix
from sklearn.naive_bayes import BernoulliNB

from amlsec.impact.contract import Labelled
from amlsec.impact.units import Units
from exactness import check_exact, has_algebra
from naive_bayes import (
    FRACTIONS,
    PARTS,
    asked,
    check_evidence,
    check_left_out_one_by_one,
    check_many,
    check_order,
    check_refused,
    check_tie,
    check_trained,
    check_wide,
    drawn,
    sparse,
)

KINDS = [
    BernoulliNB(),
    BernoulliNB(alpha=0.01, fit_prior=False),
    BernoulliNB(alpha=2.0, class_prior=[0.2, 0.8]),
    BernoulliNB(binarize=1.0),
    BernoulliNB(binarize=0.5, alpha=0.3),
]


@pytest.mark.parametrize("estimator", KINDS, ids=str)
@settings(deadline=None, max_examples=15)
@given(rows=asked())
def test_rows_and_groups_as_training_again(estimator: Any, rows: Any) -> None:
    check_exact(estimator, *rows)
    check_exact(estimator, *rows, Units.of(PARTS))


@pytest.mark.parametrize("estimator", KINDS, ids=str)
@settings(deadline=None, max_examples=10)
@given(rows=asked(FRACTIONS, weighted=True))
def test_weights(estimator: Any, rows: Any) -> None:
    check_exact(estimator, *rows, Units.of(PARTS))


@pytest.mark.parametrize("estimator", KINDS, ids=str)
@settings(deadline=None, max_examples=10)
@given(rows=asked(weighted=True))
def test_rows_left_out(estimator: Any, rows: Any) -> None:
    base, _, quiz = rows
    check_left_out_one_by_one(estimator, base, quiz)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("estimator", KINDS, ids=str)
def test_many_rows_and_none_trained(estimator: Any, weighted: bool) -> None:
    check_many(estimator, weighted)


@pytest.mark.parametrize("estimator", KINDS[:3], ids=str)
def test_sparse_rows_with_words_that_the_base_lacks(estimator: Any) -> None:
    check_wide(estimator)


def test_tiny_smoothing_where_every_word_is_lacked_by_rows_of_each_class() -> None:
    """A word that all rows of a class have leaves only the smoothing to 1 - A / N, which scikit-learn rounds away."""
    base, offered, quiz = drawn(60, 1, rate=0.3), drawn(20, 2, rate=0.3), drawn(80, 3, rate=0.3)
    check_exact(BernoulliNB(alpha=1e-10), base, offered, quiz)
    base.X[base.y == 1, 4] = 1.0
    check_trained(BernoulliNB(alpha=1e-10), base, offered, quiz)


def test_a_row_of_so_much_weight_that_scikit_learn_rounds_the_others_away_is_trained() -> None:
    base, offered, quiz = drawn(60, 1, weighted=True), drawn(6, 2, weighted=True), drawn(60, 3)
    offered.weights[4] = 1e7
    assert check_exact(BernoulliNB(alpha=0.1), base, offered, quiz).trained.tolist() == [False] * 4 + [True, False]


def test_evidence_of_every_row() -> None:
    check_evidence(BernoulliNB())


def test_rows_in_any_order() -> None:
    check_order(BernoulliNB())


def test_a_tie_is_trained() -> None:
    check_tie(BernoulliNB())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values_at_the_threshold_are_below_it_in_their_own_precision(dtype: Any) -> None:
    """0.1 in single precision is more than 0.1 in double precision, but not more than 0.1."""
    rows = [rows._replace(X=(rows.X / 10).astype(dtype)) for rows in (drawn(40, 1), drawn(20, 2), drawn(40, 3))]
    check_exact(BernoulliNB(binarize=0.1), *rows)
    check_exact(BernoulliNB(binarize=0.1), *(sparse(part) for part in rows))


def test_negative_values_are_below_the_threshold() -> None:
    rng = np.random.default_rng(0)
    rows = [Labelled(rng.normal(size=(n, 5)), np.arange(n) % 2) for n in (30, 10, 40)]
    check_exact(BernoulliNB(), *rows)


def test_without_a_threshold_words_must_be_there_or_not() -> None:
    rows = drawn(40, 1), drawn(20, 2), drawn(40, 3)
    there = [part._replace(X=(part.X > 0).astype(float)) for part in rows]
    check_exact(BernoulliNB(binarize=None), *there)
    check_exact(BernoulliNB(binarize=None), *(sparse(part) for part in there))
    assert not has_algebra(BernoulliNB(binarize=None), *rows)


def test_a_negative_threshold_is_refused() -> None:
    check_refused(BernoulliNB(binarize=-1.0), drawn(40, 1), drawn(20, 2), drawn(40, 3), "binarize")


def test_entries_that_stand_twice_are_left_to_training() -> None:
    """scikit-learn takes each of them for itself."""
    base, quiz = sparse(drawn(40, 1)), sparse(drawn(40, 3))
    twice = csr_matrix((np.ones(4), np.array([1, 1, 2, 3]), np.array([0, 2, 4])), shape=(2, 30))
    check_trained(BernoulliNB(), base, Labelled(twice, np.array([0, 1])), quiz)


@pytest.mark.parametrize(
    "estimator", [BernoulliNB(alpha=np.ones(30)), BernoulliNB(class_prior=[0.0, 1.0])], ids=["alpha", "prior"]
)
def test_settings_without_algebra(estimator: Any) -> None:
    assert not has_algebra(estimator, drawn(20, 1), drawn(6, 2), drawn(20, 3))
