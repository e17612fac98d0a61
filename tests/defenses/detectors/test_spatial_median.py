import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.optimize import minimize
from sklearn.exceptions import ConvergenceWarning

from amlsec.defenses.detectors import spatial_median as module
from amlsec.defenses.detectors.spatial_median import spatial_median

TABLES = arrays(float, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=9), elements=st.integers(-4, 4))

NEAR_A_ROW = np.full((8, 8), -1.0)
NEAR_A_ROW[[0, 0, 1, 2, 4, 5], [0, 1, 0, 3, 0, 2]] = [1, 2, 0, 0, 0, 0]
"""Its median lies so near to two rows that plain steps take 1,247."""


def distance(X, point):
    return np.linalg.norm(X - point, axis=1).sum()


@given(TABLES)
@example(NEAR_A_ROW)
def test_no_row_and_no_neighbouring_point_is_nearer(X):
    found = spatial_median(X)
    others = np.concatenate([X, found + 0.01 * np.eye(X.shape[1]), found - 0.01 * np.eye(X.shape[1])])
    assert all(distance(X, found) <= distance(X, other) + 1e-6 for other in others)


@pytest.mark.parametrize("seed", range(5))
def test_a_general_minimizer_finds_the_same_point(seed):
    X = np.random.default_rng(seed).standard_t(2, size=(40, 3))
    known = minimize(lambda point: distance(X, point), X.mean(axis=0), method="BFGS", options={"gtol": 1e-9}).x
    np.testing.assert_allclose(spatial_median(X), known, atol=1e-5)


def test_in_one_dimension_it_is_a_median():
    assert spatial_median(np.array([[3.0], [1.0], [50.0], [2.0], [4.0]])) == 3.0
    assert 1 <= spatial_median(np.array([[0.0], [1.0], [2.0], [50.0]]))[0] <= 2


def test_of_a_triangle_every_side_is_seen_at_120_degrees():
    corners = np.array([[0.0, 0.0], [4.0, 0.0], [1.0, 3.0]])
    towards = corners - spatial_median(corners)
    units = towards / np.linalg.norm(towards, axis=1, keepdims=True)
    np.testing.assert_allclose((units @ units.T)[np.triu_indices(3, 1)], -0.5, atol=1e-8)


def test_it_turns_with_the_rows():
    rng = np.random.default_rng(0)
    X, turn = rng.exponential(size=(100, 4)), np.linalg.qr(rng.normal(size=(4, 4)))[0]
    np.testing.assert_allclose(spatial_median(X @ turn + 7), spatial_median(X) @ turn + 7, atol=1e-7)


def test_just_under_half_of_the_rows_cannot_carry_it_away():
    X = np.random.default_rng(0).normal(size=(101, 3))
    X[:50] += 1e9
    assert np.linalg.norm(spatial_median(X)) < 10


def test_more_than_half_of_the_rows_in_one_place_are_the_median():
    X = np.concatenate([np.full((6, 2), 3.0), np.random.default_rng(0).normal(size=(5, 2))])
    assert (spatial_median(X) == 3.0).all()


def test_it_says_when_the_steps_run_out(monkeypatch):
    monkeypatch.setattr(module, "_STEPS", 1)
    with pytest.warns(ConvergenceWarning, match="still after 1 steps"):
        spatial_median(np.random.default_rng(0).exponential(size=(50, 3)))
