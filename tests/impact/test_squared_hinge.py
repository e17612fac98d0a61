from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.svm import LinearSVC

from amlsec.data import Batch
from amlsec.impact.certified.model import FIRST
from amlsec.impact.contract import Labelled
from amlsec.impact.measure import impacts
from amlsec.impact.units import Units
from exactness import has_algebra, tables
from tight import check_certified, model_of, standardised_spambase

ESTIMATORS = [
    LinearSVC(),
    LinearSVC(C=20.0, fit_intercept=False),
    LinearSVC(C=0.1, intercept_scaling=5.0, class_weight={1: 3.0}),
]


def drawn(n: int, d: int, seed: int, sparse: bool = False) -> Labelled:
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    X = rng.normal(size=(n, d)) + 0.5 * y[:, None] * (np.arange(d) < 3)
    return Labelled(csr_matrix(X * (rng.random((n, d)) < 0.1)) if sparse else X, y)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=str)
@settings(deadline=None, max_examples=15)
@given(base=tables(2), offered=tables(1), quiz=tables(2))
def test_small_tables(estimator: Any, base: Batch, offered: Batch, quiz: Batch) -> None:
    check_certified(estimator, base, offered, quiz)


@settings(deadline=None, max_examples=15)
@given(base=tables(2), offered=tables(4), quiz=tables(2), seed=st.integers(0, 99))
def test_weighted_rows_and_units_of_any_size(base: Batch, offered: Batch, quiz: Batch, seed: int) -> None:
    rng = np.random.default_rng(seed)
    weighted = [Labelled(rows.X, rows.y, rng.integers(0, 4, len(rows.y)) + 0.5) for rows in (base, offered)]
    check_certified(LinearSVC(), *weighted, quiz, Units.of([[0, 1, 2, 3], [2], [], [3, 1]]))


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=str)
@pytest.mark.parametrize("shape", [(120, 6, False), (40, 150, True), (40, 60, False)], ids=str)
def test_larger_ones(estimator: Any, shape: tuple[int, int, bool]) -> None:
    n, d, sparse = shape
    check_certified(estimator, drawn(n, d, 0, sparse), drawn(40, d, 1, sparse), drawn(100, d, 2, sparse))


@pytest.mark.parametrize("sparse", [False, True])
def test_rows_left_out(sparse: bool) -> None:
    base, quiz = drawn(60, 100 if sparse else 5, 0, sparse), drawn(80, 100 if sparse else 5, 1, sparse)
    check_certified(LinearSVC(), base, None, quiz, Units.of([[3], [0, 1, 2], [], [7, 9, 11, 40]]))


def test_rows_of_a_margin_of_one_and_more_do_nothing() -> None:
    base, offered, quiz = (Labelled(3 * rows.X, rows.y) for rows in (drawn(100, 5, 0), drawn(200, 5, 1), drawn(100, 5, 2)))
    apart = [rows._replace(X=rows.X + 3.0 * rows.y[:, None]) for rows in (base, offered, quiz)]
    model = model_of(LinearSVC(), *apart)
    sure = model._rows(np.arange(200)).margin >= 1
    assert 20 < sure.sum() < 180
    tally = model.tally(Units.single(200))
    np.testing.assert_array_equal(tally.margin.any(axis=1), ~sure)
    assert (model.decided_by(Units.single(200))[sure] == FIRST).all()


def test_rows_that_others_add_up_to() -> None:
    """Many pulls make the same step, and large ones cancel: their lengths must not be believed."""
    base = Labelled(np.array([[0.0, 0, 2, 1], [0, 2, 3, 0], [0, 2, 3, 1], [0, 0, 0, 0]]), np.array([0, 1, 1, 0]))
    offered = Labelled(np.array([[0.0, 0, 1, 0], [0, 0, 0, 0]]), np.array([0, 1]))
    quiz = Labelled(np.array([[0.0, 0, 0, 1], [0, 0, 0, 1]]), np.array([0, 1]))
    wide = [rows._replace(X=np.hstack([rows.X, np.zeros((len(rows.y), 200))])) for rows in (base, offered, quiz)]
    for parts in ((base, offered, quiz), wide):
        check_certified(LinearSVC(C=20.0, fit_intercept=False), *parts)


def test_columns_too_steep_for_products_of_rows_have_no_family() -> None:
    parts = [drawn(n, 150, n, sparse=True) for n in (60, 30, 50)]
    assert has_algebra(LinearSVC(), *parts)
    parts[0].X.data *= 100.0
    assert not has_algebra(LinearSVC(), *parts)


def test_nothing_is_left_to_the_solver_s_own_tolerance() -> None:
    base, offered, quiz = drawn(200, 6, 0), drawn(300, 6, 1), drawn(300, 6, 2)
    loose = impacts(LinearSVC(tol=10.0, max_iter=1), base, offered, quiz)
    assert not loose.trained.any()
    np.testing.assert_array_equal(loose.margin, impacts(LinearSVC(tol=1e-9), base, offered, quiz).margin)


@pytest.mark.parametrize(
    "estimator",
    [
        LinearSVC(loss="hinge"),
        LinearSVC(penalty="l1", dual=False),
        LinearSVC(class_weight="balanced"),
        LinearSVC(multi_class="crammer_singer"),
    ],
    ids=str,
)
def test_other_objectives_have_no_family(estimator: Any) -> None:
    assert not has_algebra(estimator, *(drawn(10, 3, seed) for seed in range(3)))


@pytest.mark.skipif(find_spec("dmba") is None, reason="the package dmba holds Spambase")
def test_spambase() -> None:
    base, quiz, offered = standardised_spambase()
    decided = check_certified(LinearSVC(), base, Labelled(offered.X[:25], offered.y[:25]), quiz)
    assert (decided == FIRST).mean() > 0.5
