"""The best row against brute force, and against scipy's own solver of each cell's problem."""

import numpy as np
import pytest
from scipy.optimize import minimize

from amlsec.attacks.greedy_rows import best_of_cells, best_row, edge, furthest_in_cell, nearest_of_polyhedron
from amlsec.centroid.memory import average_out, infinite_horizon, nearest_out, oldest_out, remembered

CASES = [(5, 2, 0.9), (12, 2, 0.5), (20, 2, 0.9), (10, 3, 1.0), (15, 3, 0.7)]


def case(n, d, quantile, seed=0):
    memory = remembered(np.random.default_rng(seed).normal(size=(n, d)))
    return memory, float(np.quantile(np.linalg.norm(memory.rows - memory.centre, axis=1), quantile)), np.eye(d)[0]


def gains(memory, points, direction):
    nearest = ((points[:, None] - memory.rows) ** 2).sum(axis=2).argmin(axis=1)
    return (points - memory.rows[nearest]) @ direction


def in_the_ball(memory, radius, count, rng):
    way = rng.normal(size=(count, memory.rows.shape[1]))
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    return memory.centre + radius * way * rng.random((count, 1)) ** (1 / way.shape[1])


@pytest.mark.parametrize("case_", CASES)
def test_no_point_of_the_ball_gains_more(case_):
    memory, radius, direction = case(*case_)
    best = best_of_cells(memory, radius, direction)
    found = float(gains(memory, best[None], direction)[0])
    tried = gains(memory, in_the_ball(memory, radius, 60_000, np.random.default_rng(1)), direction)
    assert np.linalg.norm(best - memory.centre) <= radius * (1 + 1e-9)
    assert tried.max() <= found <= tried.max() + 0.2 * radius
    step = nearest_out(memory, best).centre - memory.centre
    assert len(memory.rows) * step @ direction == pytest.approx(found)


@pytest.mark.parametrize("case_", CASES)
def test_each_cell_s_optimum_is_scipy_s(case_):
    memory, radius, direction = case(*case_)
    for cell, own in enumerate(memory.rows):
        point = furthest_in_cell(memory, cell, radius, direction)
        if np.linalg.norm(own - memory.centre) > radius:
            continue
        rest = np.delete(memory.rows, cell, axis=0)
        walls = {"type": "ineq", "fun": lambda x, r=rest, o=own: ((x - r) ** 2).sum(axis=1) - ((x - o) ** 2).sum()}
        ball = {"type": "ineq", "fun": lambda x: radius**2 - ((x - memory.centre) ** 2).sum()}
        known = minimize(lambda x: -x @ direction, own, constraints=[walls, ball], method="SLSQP", options={"maxiter": 500})
        assert known.success
        assert point @ direction == pytest.approx(-known.fun, abs=1e-5)


def test_a_cell_that_the_ball_does_not_reach_has_no_point():
    memory = remembered(np.array([[-0.1, 0.0], [0.1, 0.0], [0.0, 9.0], [0.0, -9.0]]))
    assert furthest_in_cell(memory, 2, 1.0, np.array([1.0, 0.0])) is None


def test_equal_rows_share_a_cell():
    memory = remembered(np.array([[0.0, 0.0]] * 3))
    assert best_of_cells(memory, 2.0, np.array([0.0, 1.0])) == pytest.approx([0, 2])


@pytest.mark.parametrize("rule", [average_out, infinite_horizon, oldest_out])
def test_other_rules_are_moved_furthest_from_the_edge(rule):
    memory, radius, direction = case(10, 3, 0.9)
    row = best_row(rule, memory, radius, direction)
    assert row == pytest.approx(edge(memory, radius, direction))

    def way(point):
        return (rule(memory, point).centre - memory.centre) @ direction

    others = in_the_ball(memory, radius, 500, np.random.default_rng(0))
    assert max(way(point) for point in others) <= way(row)


def test_the_nearest_point_of_a_polyhedron_is_scipy_s():
    rng = np.random.default_rng(3)
    for _ in range(20):
        normals, offsets, point = rng.normal(size=(8, 3)), rng.random(8), 3 * rng.normal(size=3)
        walls = {"type": "ineq", "fun": lambda x, n=normals, o=offsets: o - n @ x}
        exact = {"ftol": 1e-14, "maxiter": 500}
        known = minimize(lambda x, p=point: ((x - p) ** 2).sum(), np.zeros(3), constraints=[walls], options=exact)
        found = nearest_of_polyhedron(normals, offsets, point)
        assert (normals @ found <= offsets + 1e-9).all()
        assert found == pytest.approx(known.x, abs=1e-4)
