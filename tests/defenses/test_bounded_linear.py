"""Bounded weights against another solver, and against the conditions of a minimum."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from sklearn.svm import LinearSVC

from amlsec.defenses.bounded_linear import bounded_weights

BOUND = 0.3


def rows(n=120, d=4, seed=0):
    rng = np.random.default_rng(seed)
    target = np.where(np.arange(n) % 2, 1.0, -1.0)
    return rng.normal(size=(n, d)) + target[:, None] * [1.0, 0.5, 0.0, -0.5], target


def loss(w, b, F, target, C=1.0):
    """The objective as the docstring writes it, for classes of equal size."""
    return w @ w / 2 + C / 2 * np.sum(np.maximum(0, 1 - target * (F @ w + b)) ** 2)


def test_without_bounds_it_is_the_support_vector_machine():
    F, target = rows()
    w, b = bounded_weights(F, target, -np.inf, np.inf)
    known = LinearSVC(C=0.5, intercept_scaling=1e4, tol=1e-10, max_iter=200_000).fit(F, target)
    assert w == pytest.approx(known.coef_[0], abs=1e-3)
    assert b == pytest.approx(known.intercept_[0], abs=1e-3)


@pytest.mark.parametrize(("low", "high"), [(-0.1, 0.1), (0.0, np.inf), (0.0, 0.2), (-0.3, 0.05)])
def test_within_bounds_another_solver_finds_nothing_better(low, high):
    F, target = rows()
    w, b = bounded_weights(F, target, low, high)
    assert ((w >= low) & (w <= high)).all()
    known = minimize(
        lambda x: loss(x[:-1], x[-1], F, target),
        np.zeros(5),
        bounds=[(low, high)] * 4 + [(None, None)],
        method="SLSQP",
        options={"ftol": 1e-12, "maxiter": 2000},
    )
    assert loss(w, b, F, target) <= known.fun + 1e-5


@pytest.mark.parametrize("seed", range(8))
def test_columns_of_very_different_size_end_at_the_minimum_too(seed):
    """The conditions of a minimum (Karush, Kuhn and Tucker), in the unit in which a column's gradient at 0 is 1 at most."""
    rng = np.random.default_rng(seed)
    F, target = rng.normal(size=(12, 24)) * 10 ** rng.uniform(-2, 2, 24), np.tile([-1.0, 1.0], 6)
    w, b = bounded_weights(F, target, -BOUND, BOUND, C=300.0)
    short = np.maximum(0, 1 - target * (F @ w + b))
    slope = w - 300.0 / 2 * 2 * F.T @ (short * target)
    stuck = np.where((w <= -BOUND + 1e-9) & (slope > 0) | (w >= BOUND - 1e-9) & (slope < 0), 0.0, slope)
    assert stuck / (300.0 * np.abs(F).sum(axis=0)) == pytest.approx(0, abs=1e-5)
    assert (short * target).sum() == pytest.approx(0, abs=1e-2)


def test_sparse_rows_give_the_same():
    F, target = rows()
    dense, sparse = bounded_weights(F, target, -0.2, 0.2), bounded_weights(csr_matrix(F), target, -0.2, 0.2)
    assert sparse[0] == pytest.approx(dense[0], abs=1e-8)


def test_both_classes_weigh_alike():
    """Every malicious row stands ten times: the same minimum but for the constant in front of the loss."""
    F, target = rows()
    many = np.concatenate([F, np.repeat(F[target > 0], 9, axis=0)])
    labels = np.concatenate([target, np.ones(9 * (target > 0).sum())])
    weights = bounded_weights(many, labels, -np.inf, np.inf, C=len(F) / len(many))
    assert weights[0] == pytest.approx(bounded_weights(F, target, -np.inf, np.inf)[0], abs=1e-5)
