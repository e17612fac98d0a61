from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from amlsec.impact.sparse_rows import canonical, run, sums_between

FORMS = {
    "double": np.asarray,
    "Fortran": np.asfortranarray,
    "single": lambda X: X.astype(np.float32),
    "integer": lambda X: X.astype(int),
    "boolean": lambda X: X != 0,
    "backwards": lambda X: X[::-1],
}


@pytest.mark.parametrize("shape", [(7, 5), (1, 5), (0, 5), (3, 0)], ids=str)
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_dense_rows_become_what_scipy_makes_of_them(shape: tuple[int, int], form: Any) -> None:
    X = form(np.random.default_rng(0).poisson(0.7, shape).astype(float) * -1.5)
    ours, theirs = canonical(X), csr_matrix(X, dtype=np.float64)
    assert ours.has_canonical_format
    assert (ours.dtype, ours.shape, ours.indices.dtype) == (theirs.dtype, theirs.shape, theirs.indices.dtype)
    for part in ("data", "indices", "indptr"):
        np.testing.assert_array_equal(getattr(ours, part), getattr(theirs, part))


def test_entries_that_stand_twice_are_added_up_and_the_given_ones_left_alone() -> None:
    twice = csr_matrix((np.ones(3), np.array([1, 1, 0]), np.array([0, 3])), shape=(1, 2))
    assert canonical(twice).toarray().tolist() == [[1.0, 2.0]]
    assert twice.nnz == 3


@pytest.mark.parametrize("rows", [[2, 3, 4], [4, 2, 3], [], [5]], ids=str)
def test_runs_of_rows_are_those_rows(rows: list[int]) -> None:
    X = canonical(np.random.default_rng(1).poisson(0.7, (6, 4)))
    which = np.array(rows, dtype=np.intp)
    np.testing.assert_array_equal(run(X, which).toarray(), X[which].toarray())


def test_sums_of_runs_some_of_them_empty() -> None:
    assert sums_between(np.array([1.0, 2.0, 4.0]), np.array([0, 0, 2, 2, 3])).tolist() == [0.0, 3.0, 0.0, 4.0]
