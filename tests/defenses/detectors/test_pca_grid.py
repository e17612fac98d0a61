import shutil
import subprocess

import numpy as np
import pytest
from scipy.stats import median_abs_deviation

from amlsec.defenses.detectors.pca_grid import CONSISTENT, pca_grid
from amlsec.defenses.detectors.spatial_median import spatial_median

R = """
suppressMessages(library(pcaPP))
x <- as.matrix(read.table("rows.txt"))
found <- PCAgrid(x, k = {k}, scores = FALSE)
show <- function(values, file)
  write.table(format(values, digits = 17), file, row.names = FALSE, col.names = FALSE, quote = FALSE)
show(unclass(found$loadings), "loadings.txt")
show(found$sdev, "spread.txt")
show(found$center, "center.txt")
"""


def spread(projected):
    return CONSISTENT * median_abs_deviation(projected, axis=0)


def rows(n, d, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)) * np.linspace(5, 1, d) @ np.linalg.qr(rng.normal(size=(d, d)))[0]


def contaminated(n, d, seed=0):
    X = rows(n, d, seed)
    X[: n // 4] += 100 * np.random.default_rng(seed + 1).normal(size=d)
    return X


def with_constant_columns(n, d, seed=0):
    X = rows(n, d, seed)
    X[:, [0, d // 2]] = 3.0
    return X


@pytest.fixture
def by_r(tmp_path):
    """Loadings (k, d), spread (k,) and centre (d,) as R's pcaPP finds them."""
    rscript = shutil.which("Rscript")
    asked = rscript and subprocess.run([rscript, "-e", "library(pcaPP)"], capture_output=True, check=False)
    if not asked or asked.returncode:
        pytest.skip("R's package pcaPP is missing: `make system-deps` installs it")

    def find(X, k):
        np.savetxt(tmp_path / "rows.txt", X, fmt="%.17g")
        subprocess.run([rscript, "-e", R.format(k=k)], cwd=tmp_path, check=True, capture_output=True)
        loadings, along, centre = (np.loadtxt(tmp_path / f"{name}.txt") for name in ("loadings", "spread", "center"))
        return loadings.reshape(-1, k).T, along.reshape(k), centre

    return find


@pytest.mark.system
@pytest.mark.parametrize(
    ("X", "k"),
    [
        (rows(200, 8), 4),
        (rows(201, 5), 5),
        (contaminated(300, 20), 4),
        (with_constant_columns(150, 9), 3),
        (rows(60, 2), 1),
    ],
    ids=["even", "all directions of odd", "contaminated", "constant columns", "a plane"],
)
def test_the_directions_are_those_of_the_reference_code(by_r, X, k):
    loadings, along, _ = by_r(X, k)
    found = pca_grid(X, k)
    np.testing.assert_allclose(found.spread, along, rtol=1e-9)
    np.testing.assert_allclose(np.abs((found.components * loadings).sum(axis=1)), 1, atol=1e-9)


@pytest.mark.system
def test_rows_of_many_columns_lie_where_the_reference_code_has_them(by_r):
    """It rotates them by a decomposition of its own, whose signs are free: the spread agrees, within the grid's fineness."""
    X = rows(12, 40)
    _, along, _ = by_r(X, 3)
    np.testing.assert_allclose(pca_grid(X, 3).spread, along, rtol=0.05)


@pytest.mark.system
@pytest.mark.parametrize("X", [rows(200, 8), contaminated(300, 20)])
def test_the_spatial_median_is_at_least_as_good_as_the_reference_code_s(by_r, X):
    _, _, centre = by_r(X, 1)
    found = spatial_median(X)
    assert np.linalg.norm(X - found, axis=1).sum() <= np.linalg.norm(X - centre, axis=1).sum() * (1 + 1e-12)
    np.testing.assert_allclose(found, centre, atol=1e-2)


@pytest.mark.parametrize("seed", range(6))
def test_in_a_plane_no_direction_of_ten_thousand_has_more_spread(seed):
    X = np.random.default_rng(seed).standard_t(3, size=(101, 2)) @ [[2.0, 1.0], [0.0, 1.0]]
    angle = np.linspace(0, np.pi, 10_000)
    best = spread(X @ [np.cos(angle), np.sin(angle)]).max()
    assert pca_grid(X, 1).spread[0] >= 0.99 * best


@pytest.mark.parametrize(("n", "d", "k"), [(50, 6, 6), (51, 6, 2), (8, 30, 5)])
def test_directions_are_orthonormal_their_spread_is_what_it_says_and_falls(n, d, k):
    X = rows(n, d)
    found = pca_grid(X, k)
    np.testing.assert_allclose(found.components @ found.components.T, np.eye(k), atol=1e-12)
    np.testing.assert_allclose(spread(X @ found.components.T), found.spread, rtol=1e-9)
    assert (np.diff(found.spread) <= 0).all()
    assert (found.components[np.arange(k), np.abs(found.components).argmax(axis=1)] > 0).all()


def test_more_sweeps_find_no_less_spread():
    X = contaminated(400, 10)
    found = [pca_grid(X, 1, halvings=halvings).spread[0] for halvings in (0, 1, 3, 10)]
    assert found == sorted(found)
    assert found[-1] > found[0]


def test_a_quarter_of_the_rows_does_not_turn_it_and_turns_principal_components():
    clean, X = rows(1000, 6), contaminated(1000, 6)
    first = np.linalg.eigh(np.cov(clean.T))[1][:, -1]
    assert abs(pca_grid(X, 1).components[0] @ first) > 0.9
    assert abs(np.linalg.eigh(np.cov(X.T))[1][:, -1] @ first) < 0.7


def test_moving_the_rows_changes_nothing_and_the_rows_are_left_alone():
    X = rows(100, 5)
    before = X.copy()
    np.testing.assert_allclose(pca_grid(X + 10, 2).components, pca_grid(X, 2).components, atol=1e-6)
    np.testing.assert_array_equal(X, before)


def test_rows_that_mostly_agree_have_no_spread():
    X = np.zeros((9, 3))
    X[:4] = np.random.default_rng(0).normal(size=(4, 3))
    assert (pca_grid(X, 2).spread == 0).all()
