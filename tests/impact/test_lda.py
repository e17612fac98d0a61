"""Linear discriminant analysis by algebra is discriminant analysis trained again."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from amlsec.data import Batch
from amlsec.impact.contract import Labelled, Question
from amlsec.impact.linear import lengths
from amlsec.impact.measure import by_algebra, impacts
from amlsec.impact.units import Units
from dense_cases import GROUPS, check_evidence, check_removal, dense, normal, taking_back
from exactness import agrees, check_exact, has_algebra, refitted

SHRUNK = [
    LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.3),
    LinearDiscriminantAnalysis(solver="eigen", shrinkage=0.05),
    LinearDiscriminantAnalysis(solver="lsqr", shrinkage=1.0),
]
KINDS = [
    LinearDiscriminantAnalysis(),
    LinearDiscriminantAnalysis(priors=[0.2, 0.8]),
    LinearDiscriminantAnalysis(solver="lsqr"),
    LinearDiscriminantAnalysis(solver="eigen", n_components=1),
    LinearDiscriminantAnalysis(solver="lsqr", priors=[0.7, 0.3], shrinkage=0.0),
    LinearDiscriminantAnalysis(solver="eigen", priors=[0.4, 0.6]),
    *SHRUNK,
]
ALL = Units.of([[k] for k in range(40)] + list(GROUPS))


@pytest.mark.parametrize("estimator", SHRUNK[:2], ids=str)
@settings(deadline=None, max_examples=12)
@given(base=dense(5), offered=dense(3), quiz=dense(2), cut=st.integers(0, 3))
def test_any_rows_and_groups_as_training_again(estimator: Any, base: Batch, offered: Batch, quiz: Batch, cut: int) -> None:
    """Constant and equal columns, too, are well posed by shrinkage, unless the base's rows of each class are all equal."""
    base = Batch(np.concatenate([base.X, [[9.0, 0, 0], [9, 1, 0]]]), np.append(base.y, [0, 0]))
    units = Units.of([*np.arange(len(offered.y))[:, None], np.arange(len(offered.y)), [], np.arange(cut)])
    check_exact(estimator, base, offered, quiz, units)


@settings(deadline=None, max_examples=25)
@given(base=dense(7), offered=dense(3), quiz=dense(2))
def test_any_rows_without_shrinkage_whether_by_algebra_or_not(base: Batch, offered: Batch, quiz: Batch) -> None:
    estimator = LinearDiscriminantAnalysis()
    base = Batch(np.concatenate([base.X, [[9.0, 0, 0], [9, 1, 0]]]), np.append(base.y, [0, 0]))
    agrees(impacts(estimator, base, offered, quiz), refitted(estimator, base, offered, quiz))


@pytest.mark.parametrize("estimator", KINDS, ids=str)
def test_rows_and_groups_train_nothing(estimator: Any) -> None:
    base, offered, quiz = normal(60, 0), normal(40, 1), normal(90, 2)
    base = Labelled(base.X, np.where(np.arange(60) % 3 == 0, 1, 0))
    offered.X[:5] = base.X[:5]
    assert not check_exact(estimator, base, offered, quiz, ALL).trained.any()
    check_evidence(estimator, Question(base, offered, quiz), ALL)


@pytest.mark.parametrize("estimator", KINDS, ids=str)
def test_rows_taken_back_as_training_without_them(estimator: Any) -> None:
    base, quiz = normal(70, 0), normal(90, 2)
    assert not check_removal(estimator, base, quiz, ALL).trained.any()


@pytest.mark.parametrize("solver", ["lsqr", "eigen"])
def test_shrinkage_with_more_columns_than_rows(solver: str) -> None:
    base, offered, quiz = (normal(n, seed, 50) for n, seed in ((30, 0), (40, 1), (60, 2)))
    estimator = LinearDiscriminantAnalysis(solver=solver, shrinkage=0.2)
    assert not check_exact(estimator, base, offered, quiz, ALL).trained.any()


@pytest.mark.parametrize("solver", ["svd", "eigen"])
def test_columns_of_any_scale(solver: str) -> None:
    base, offered, quiz = (normal(n, seed) for n, seed in ((60, 0), (40, 1), (90, 2)))
    for rows in (base, offered, quiz):
        rows.X[:, 0] *= 1e6
        rows.X[:, 1] *= 1e-6
    assert not check_exact(LinearDiscriminantAnalysis(solver), base, offered, quiz, ALL).trained.any()
    assert not has_algebra(LinearDiscriminantAnalysis("lsqr"), base, offered, quiz), "least squares rounds to the largest"


@pytest.mark.parametrize("estimator", KINDS[:4], ids=str)
def test_a_covariance_that_is_not_of_full_rank_is_left_to_training(estimator: Any) -> None:
    for first, second in ((1.0, 0.0), (0.0, 0.0), (1.0, 1e-7)):
        rows = normal(60, 0)
        rows.X[:, 2] = first * rows.X[:, 0] + second * rows.X[:, 1]
        assert not has_algebra(estimator, rows, rows, rows)
    few = normal(7, 0)
    assert not has_algebra(estimator, few, few, few)


def test_a_row_so_far_out_that_singular_values_are_cut_is_trained_for_real() -> None:
    """Two columns of one far row are all but equal once scaled: the solver leaves their difference out."""
    base, offered, quiz = normal(60, 0), normal(12, 1), normal(90, 2)
    offered.X[:] += np.logspace(0, 9, 12)[:, None]
    measured = check_exact(LinearDiscriminantAnalysis(), base, offered, quiz)
    assert measured.trained[-1]
    assert not measured.trained[0]


def test_the_only_row_in_a_direction_is_not_taken_back_by_algebra() -> None:
    base, quiz = normal(40, 0), normal(60, 2)
    base.X[:, 0] = 0.0
    base.X[7, 0] = 1.0
    model = by_algebra(LinearDiscriminantAnalysis(), taking_back(base, quiz))
    assert model is not None
    assert model.after(Units.single(40)).open.tolist() == [k == 7 for k in range(40)]


@pytest.mark.parametrize(
    "estimator",
    [
        LinearDiscriminantAnalysis("lsqr", shrinkage="auto"),
        LinearDiscriminantAnalysis("lsqr", shrinkage=0.1, priors=[0.5, 0.5]),
        LinearDiscriminantAnalysis(priors=[0.0, 1.0]),
        LinearDiscriminantAnalysis(priors=[1.0, 1.0]),
        LinearDiscriminantAnalysis(n_components=3),
    ],
    ids=str,
)
def test_other_settings_are_left_to_training(estimator: Any) -> None:
    rows = normal(40, 0)
    assert not has_algebra(estimator, rows, rows, rows)


def test_weights_and_single_precision_are_left_to_training() -> None:
    rows = normal(40, 0, weights=True)
    assert not has_algebra(LinearDiscriminantAnalysis(), rows, rows, rows)
    single = Labelled(rows.X.astype(np.float32), rows.y)
    assert not has_algebra(LinearDiscriminantAnalysis(), single, single, single)


def test_most_quiz_rows_are_never_looked_at() -> None:
    base, offered, quiz = normal(1000, 0), normal(300, 1), normal(500, 2)
    model = by_algebra(LinearDiscriminantAnalysis(), Question(base, offered, quiz))
    assert model is not None
    rows = np.searchsorted(model.edges, lengths(model.changes(Units.single(300))))
    assert rows.mean() < 25
    check_exact(LinearDiscriminantAnalysis(), base, offered, quiz)


def test_columns_that_are_constant_but_for_rounding_are_trained() -> None:
    """The mean of tenths is none; scikit-learn takes what is left for a column like others."""
    parts = [normal(n, n, 3) for n in (22, 6, 10)]
    rows = [part._replace(X=np.column_stack([part.X, np.full(len(part.y), 0.1)])) for part in parts]
    assert not has_algebra(LinearDiscriminantAnalysis(), *rows)
    assert has_algebra(LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1), *rows)
