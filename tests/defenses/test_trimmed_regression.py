"""TRIM: scikit-learn's own checks, the best subset by brute force, and what it was made for."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.linear_model import LinearRegression, Ridge

from amlsec.defenses.trimmed_regression import TrimmedRegression
from amlsec.errors import InvalidInput
from estimator_checks import cases

WHOLE = TrimmedRegression(LinearRegression(), contamination=0.0)


@pytest.mark.parametrize(("estimator", "check"), cases(default=TrimmedRegression(), whole=WHOLE))
def test_scikit_learn_s_own_checks(estimator, check):
    check(estimator)


def rows(n, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 2))
    return X, X @ [2.0, -1.0] + 3 + 0.1 * rng.normal(size=n)


def loss(X, y, kept):
    """Mean squared residual of the rows a least-squares fit was made to."""
    A = np.column_stack([X[kept], np.ones(len(kept))])
    return float(np.mean((A @ np.linalg.lstsq(A, y[kept], rcond=None)[0] - y[kept]) ** 2))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6))
def test_from_many_starts_it_finds_the_best_subset(seed):
    X, y = rows(9, seed)
    y[:2] += [5.0, -7.0]
    best = min(loss(X, y, list(kept)) for kept in combinations(range(9), 7))
    found = TrimmedRegression(LinearRegression(), contamination=0.25, starts=60).fit(X, y)
    assert found.kept_.sum() == 7
    assert loss(X, y, np.flatnonzero(found.kept_)) == pytest.approx(best, rel=1e-6, abs=1e-12)


def test_no_further_step_fits_better():
    X, y = rows(60)
    y[:10] = 9.0
    found = TrimmedRegression(LinearRegression(), contamination=0.2, starts=1).fit(X, y)
    squared = (found.predict(X) - y) ** 2
    assert set(np.flatnonzero(found.kept_)) == set(np.argsort(squared)[:48])
    again = LinearRegression().fit(X[found.kept_], y[found.kept_])
    assert again.coef_ == pytest.approx(found.estimator_.coef_, abs=1e-3)


def test_without_contamination_it_is_the_regressor():
    X, y = rows(40)
    assert TrimmedRegression(contamination=0.0).fit(X, y).predict(X) == pytest.approx(Ridge().fit(X, y).predict(X))


@pytest.mark.parametrize("form", [np.asarray, csr_matrix])
def test_poison_of_one_mind_is_left_out_and_the_slope_stands(form):
    X, y = rows(200)
    X[:30], y[:30] = [2.0, 0.0], -20.0
    plain, trimmed = Ridge().fit(X, y), TrimmedRegression(contamination=0.15).fit(form(X), y)
    assert not trimmed.kept_[:30].any()
    assert trimmed.estimator_.coef_ == pytest.approx([2.0, -1.0], abs=0.1)
    assert abs(plain.coef_[0] - 2) > 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"contamination": 0.5}, r"contamination is 0.5: must lie in \[0, 0.5\)"),
        ({"starts": 0}, "starts is 0: must be at least 1"),
        ({"max_iter": 0}, "max_iter is 0: must be at least 1"),
    ],
)
def test_bad_input_is_named(options, message):
    with pytest.raises(InvalidInput, match=message):
        TrimmedRegression(**options).fit(*rows(9))
