"""Regions: the nearest vector as a general solver finds it, and the filters' own rows inside."""

import numpy as np
import pytest
from scipy.optimize import minimize

from amlsec.attacks.region import Region, usual_region


def drawn(rng: np.random.Generator, d: int) -> Region:
    center = rng.normal(size=d)
    normals = rng.normal(size=(3, d))
    ends = normals @ center + rng.uniform(0.05, 1, 3)
    return Region(
        center, rng.uniform(0.5, 2), center - rng.uniform(0.1, 2, d), center + rng.uniform(0.1, 2, d), normals, ends
    )


def by_slsqp(region: Region, point: np.ndarray) -> np.ndarray:
    constraints = [
        {"type": "ineq", "fun": lambda z: region.radius**2 - (z - region.center) @ (z - region.center)},
        {"type": "ineq", "fun": lambda z: region.ends - region.normals @ z},
    ]
    bounds = list(zip(region.low, region.high, strict=True))
    options = {"ftol": 1e-14, "maxiter": 500}
    found = minimize(
        lambda z: ((z - point) ** 2).sum(),
        region.center,
        bounds=bounds,
        constraints=constraints,
        method="SLSQP",
        options=options,
    )
    return found.x


@pytest.mark.parametrize("seed", range(25))
def test_the_nearest_vector_is_the_one_another_solver_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    region = drawn(rng, 5)
    point = region.center + rng.normal(size=5) * 3
    ours, theirs = region.nearest(point), by_slsqp(region, point)
    assert region.beyond(ours[None])[0] < 1e-3
    assert np.linalg.norm(ours - point) <= np.linalg.norm(theirs - point) + 1e-3
    assert np.abs(ours - theirs).max() < 1e-2


def test_a_vector_inside_stays_where_it_is() -> None:
    region = drawn(np.random.default_rng(0), 5)
    assert region.nearest(region.center) == pytest.approx(region.center)


def test_beyond_is_the_most_broken_constraint() -> None:
    region = Region(np.zeros(2), 2.0, np.full(2, -3.0), np.full(2, 3.0), np.array([[1.0, 0.0]]), np.array([1.0]))
    assert region.beyond(np.array([[0.5, 0.5], [1.5, 0.0], [0.0, 3.5], [-5.0, 0.0]])) == pytest.approx([0, 0.5, 1.5, 3.0])


def test_the_usual_region_holds_its_share_of_the_labels_rows() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 4000)
    Z = rng.normal(size=(4000, 3)) + 4.0 * y[:, None]
    region = usual_region(Z, y, 1, quantile=0.9)
    inside = region.beyond(Z[y == 1]) <= 1e-9
    assert 0.8 <= inside.mean() <= 0.9
    assert region.beyond(Z[y == 0]).min() > 0


def test_a_half_space_that_leaves_the_center_out_is_widened_to_it() -> None:
    region = drawn(np.random.default_rng(1), 3)
    narrowed = region.within(np.array([1.0, 0.0, 0.0]), region.center[0] - 5)
    assert narrowed.beyond(region.center[None])[0] == pytest.approx(0)
    assert narrowed.nearest(region.center + 5 * np.eye(3)[0])[0] <= region.center[0] + 1e-3
