import numpy as np
import pytest

from amlsec.impact.secular import above, updated


def values(d: int, seed: int) -> np.ndarray:
    return np.sort(np.random.default_rng(seed).gamma(0.5, 100.0, d))[::-1]


@pytest.mark.parametrize("scale", [0.0, 1e-9, 1e-3, 1.0, 30.0])
@pytest.mark.parametrize(("d", "k"), [(2, 1), (10, 4), (54, 4), (54, 53)])
def test_eigenpairs_are_those_of_a_decomposition(d: int, k: int, scale: float) -> None:
    at = values(d, d)
    z = np.random.default_rng(1).normal(size=(50, d)) * np.sqrt(at) * scale
    z[0, : d // 2] = 0
    z[1] = 0
    top = updated(at, z, k)
    assert top.found.all()
    truth, vectors = np.linalg.eigh(np.diag(at) + z[:, :, None] * z[:, None, :])
    np.testing.assert_allclose(at[:k] + top.gain, truth[:, ::-1][:, :k], rtol=0, atol=1e-13 * truth.max())
    spanned = np.einsum("nki,nkj->nij", top.vectors, top.vectors)
    apart = truth[:, d - k] - truth[:, d - k - 1] > 1e-3 * truth[:, -1]
    assert apart.sum() >= 40 * (k < 10 and scale < 30)
    expected = vectors[:, :, d - k :] @ vectors[:, :, d - k :].transpose(0, 2, 1)
    np.testing.assert_allclose(spanned[apart], expected[apart], atol=1e-10)


def test_a_point_between_two_values_is_above_or_below_the_eigenvalue_there() -> None:
    at = np.array([4.0, 2.0, 1.0])
    z = np.random.default_rng(2).normal(size=(40, 3))
    truth = np.linalg.eigvalsh(np.diag(at) + z[:, :, None] * z[:, None, :])
    points = np.full(40, 2.5)
    found = above(at, z, points)
    np.testing.assert_array_equal(found, truth[:, 1] > points)
    assert 0 < found.sum() < 40
