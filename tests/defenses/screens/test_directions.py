import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.decomposition import PCA

from amlsec.defenses.screens import directions
from amlsec.defenses.screens.directions import leading


def scattered(n=60, d=8, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)) * np.arange(d, 0, -1) + 5


def same_up_to_sign(one, two):
    return np.allclose(np.abs(one), np.abs(two), atol=1e-6)


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("kind", [np.asarray, csr_matrix])
def test_coordinates_are_those_of_principal_components(kind, k):
    F = scattered()
    assert same_up_to_sign(leading(kind(F), k), PCA(k).fit_transform(F))


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("kind", [np.asarray, csr_matrix])
def test_many_cells_are_decomposed_in_part_to_the_same_end(monkeypatch, kind, k):
    monkeypatch.setattr(directions, "_FEW", 100)
    F = scattered()
    assert same_up_to_sign(leading(kind(F), k), PCA(k).fit_transform(F))


def test_few_rows_few_columns_and_equal_rows():
    assert leading(np.array([[3.0, 4.0]]), 10).tolist() == [[0.0]]
    assert leading(np.array([[1.0], [3.0]]), 10).shape == (2, 1)
    assert np.allclose(leading(np.full((5, 3), 7.0), 2), 0)


@pytest.mark.parametrize("kind", [np.asarray, csr_matrix])
@pytest.mark.parametrize("fill", [0.0, 7.0, 7.1])
def test_many_equal_rows(kind, fill):
    assert np.allclose(leading(kind(np.full((200, 100), fill)), 2), 0)
