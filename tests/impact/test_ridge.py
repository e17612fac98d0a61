"""Ridge by algebra is ridge trained again."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.linear_model import RidgeClassifier

from amlsec.data import Batch
from amlsec.impact.contract import Labelled, Question
from amlsec.impact.linear import lengths
from amlsec.impact.measure import by_algebra, impacts
from amlsec.impact.units import Units
from dense_cases import GROUPS, check_evidence, check_removal, dense, normal, taking_back
from exactness import agrees, check_exact, has_algebra, left_out, refitted

KINDS = [
    RidgeClassifier(),
    RidgeClassifier(fit_intercept=False),
    RidgeClassifier(alpha=0.01, solver="svd"),
    RidgeClassifier(alpha=7.0, class_weight={0: 3.0}),
    RidgeClassifier(alpha=2.0, class_weight={1: 0.5}, solver="cholesky"),
]


@pytest.mark.parametrize("estimator", KINDS, ids=str)
@settings(deadline=None, max_examples=12)
@given(base=dense(4), offered=dense(0), quiz=dense(2))
def test_each_row_as_training_again(estimator: Any, base: Batch, offered: Batch, quiz: Batch) -> None:
    check_exact(estimator, base, offered, quiz)


@pytest.mark.parametrize("estimator", KINDS, ids=str)
@settings(deadline=None, max_examples=8)
@given(base=dense(4), offered=dense(3), quiz=dense(2), cut=st.integers(0, 3))
def test_groups_as_training_again(estimator: Any, base: Batch, offered: Batch, quiz: Batch, cut: int) -> None:
    everything = np.arange(len(offered.y))
    check_exact(estimator, base, offered, quiz, Units.of([everything, everything[:cut], [], everything[cut:]]))


@pytest.mark.parametrize("d", [6, 60], ids=["narrow", "wide"])
@pytest.mark.parametrize("estimator", KINDS, ids=str)
def test_weighted_rows_and_groups_train_nothing(estimator: Any, d: int) -> None:
    base, offered, quiz = (normal(n, seed, d, weights=True) for n, seed in ((45, 0), (40, 1), (80, 2)))
    units = Units.of([[k] for k in range(40)] + list(GROUPS))
    assert not check_exact(estimator, base, offered, quiz, units).trained.any()
    check_evidence(estimator, Question(base, offered, quiz), units)


@pytest.mark.parametrize("d", [6, 60], ids=["narrow", "wide"])
@pytest.mark.parametrize("estimator", KINDS, ids=str)
def test_rows_taken_back_as_training_without_them(estimator: Any, d: int) -> None:
    base, quiz = normal(45, 0, d, weights=True), normal(80, 2, d, weights=True)
    trained = check_removal(estimator, base, quiz, Units.of([[k] for k in range(45)] + list(GROUPS))).trained
    assert d > 45 or not trained.any()


@settings(deadline=None, max_examples=15)
@given(base=dense(5), quiz=dense(2))
def test_any_row_taken_back(base: Batch, quiz: Batch) -> None:
    kept = [k for k in range(len(base.y)) if len(np.unique(np.delete(base.y, k))) == 2]
    plain = Labelled(base.X, base.y), Labelled(quiz.X, quiz.y)
    check_removal(RidgeClassifier(), *plain, Units.of([[k] for k in kept]))


def test_a_row_without_which_the_system_is_singular_is_trained_for_real() -> None:
    """Without a penalty, the only row in a direction cannot be taken out by algebra."""
    base, quiz = normal(40, 0), normal(40, 2)
    base.X[:, 0] = 0.0
    base.X[7, 0] = 1.0
    model = by_algebra(RidgeClassifier(alpha=0.0), taking_back(base, quiz))
    assert model is not None
    assert model.after(Units.single(40)).open.tolist() == [k == 7 for k in range(40)]
    assert model.tally(Units.of([[7, 8], [9]])).open.tolist() == [True, False]
    assert model.margins(Units.of([[7], [9]]))[1].tolist() == [True, False]


def test_columns_of_any_scale_and_constant_or_equal_ones() -> None:
    base, offered, quiz = (normal(n, seed, 8) for n, seed in ((60, 0), (60, 1), (90, 2)))
    for rows in (base, offered, quiz):
        rows.X[:, 2] *= 1e3
        rows.X[:, 3] *= 1e-6
        rows.X[:, 4] = 5.0
        rows.X[:, 5] = rows.X[:, 0]
    offered.X[:20] = base.X[:20]
    assert not check_exact(RidgeClassifier(), base, offered, quiz).trained.any()


def test_scales_at_which_training_loses_digits_are_never_wrong() -> None:
    base, offered, quiz = (normal(n, seed, 6) for n, seed in ((60, 0), (20, 1), (90, 2)))
    for rows in (base, offered, quiz):
        rows.X[:, 0] *= 1e6
        rows.X[:, 1] *= 1e-6
    agrees(impacts(RidgeClassifier(), base, offered, quiz), refitted(RidgeClassifier(), base, offered, quiz))


def test_an_outlier_of_any_size() -> None:
    base, offered, quiz = normal(60, 0), normal(20, 1), normal(90, 2)
    offered.X[:] *= np.logspace(0, 6, 20)[:, None]
    check_exact(RidgeClassifier(), base, offered, quiz)


@pytest.mark.parametrize(
    "estimator",
    [
        RidgeClassifier(positive=True),
        RidgeClassifier(solver="lsqr"),
        RidgeClassifier(solver="sag"),
        RidgeClassifier(class_weight="balanced"),
        RidgeClassifier(class_weight={"spam": 2.0}),
        RidgeClassifier(class_weight={0: -1.0}),
        RidgeClassifier(alpha=[1.0]),
    ],
    ids=str,
)
def test_other_settings_are_left_to_training(estimator: Any) -> None:
    rows = normal(30, 0)
    assert not has_algebra(estimator, rows, rows, rows)


def test_sparse_and_single_precision_rows_are_left_to_training() -> None:
    rows = normal(30, 0)
    for X in (csr_matrix(rows.X), rows.X.astype(np.float32)):
        other = rows._replace(X=X)
        assert not has_algebra(RidgeClassifier(), other, other, other)


def test_a_penalty_that_makes_the_system_singular_is_left_to_training() -> None:
    rows = normal(30, 0)
    rows.X[:, 1] = rows.X[:, 0]
    assert not has_algebra(RidgeClassifier(alpha=0.0), rows, rows, rows)
    wide = normal(10, 0, 20)
    assert not has_algebra(RidgeClassifier(alpha=0.0), wide, wide, wide)


def test_most_quiz_rows_are_never_looked_at() -> None:
    base, offered, quiz = normal(1000, 0), normal(500, 1), normal(500, 2)
    model = by_algebra(RidgeClassifier(), Question(base, offered, quiz))
    rows = np.searchsorted(model.edges, lengths(model.changes(Units.single(500))))
    assert rows.mean() < 25
    agrees(impacts(RidgeClassifier(), base, offered, quiz), refitted(RidgeClassifier(), base, offered, quiz))


def test_a_group_left_out_agrees_where_it_is_larger_than_the_columns() -> None:
    base, quiz = normal(60, 0, 3), normal(50, 2, 3)
    units = Units.of([range(30), range(10, 50)])
    agrees(check_removal(RidgeClassifier(), base, quiz, units), left_out(RidgeClassifier(), base, quiz, units))


def test_columns_that_are_constant_but_for_rounding_are_trained() -> None:
    """The mean of ten tenths is none; scikit-learn takes what is left for a column like others where no penalty holds it."""
    parts = [normal(n, n, 3) for n in (25, 6, 10)]
    rng = np.random.default_rng(0)
    tenths = [np.full((len(part.y), 1), 0.1) * (1 + 1e-16 * rng.normal(size=(len(part.y), 1))) for part in parts]
    rows = [part._replace(X=np.column_stack([part.X, column])) for part, column in zip(parts, tenths, strict=True)]
    assert not has_algebra(RidgeClassifier(alpha=0.0), *rows)
    assert has_algebra(RidgeClassifier(), *rows)
