"""Projections and steps against brute force, quadratic programmes and closed forms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog, minimize

from amlsec.whitebox.norms import down, farthest, least, nearest, projected, size, steepest

NORMS = (1, 2, np.inf)


def drawn(seed, n=4, d=5):
    rng = np.random.default_rng(seed)
    low, high = -rng.uniform(0, 2, (n, d)), rng.uniform(0, 2, (n, d))
    high[rng.random((n, d)) < 0.2] = 0.0
    return rng, low, high


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(NORMS))
def test_the_projection_is_the_nearest_point_of_ball_and_box(seed, norm):
    rng, low, high = drawn(seed)
    U, limit = rng.normal(0, 2, low.shape), rng.uniform(0.1, 3, len(low))
    found = projected(U, low, high, limit, norm)
    assert (size(found, norm) <= limit + 1e-9).all()
    assert ((found >= low - 1e-12) & (found <= high + 1e-12)).all()
    for _ in range(200):
        other = rng.uniform(low, high)
        other *= np.minimum(1, limit / np.maximum(size(other, norm), 1e-12))[:, None]
        assert (size(U - found, 2) <= size(U - other, 2) + 1e-9).all()


def test_the_projection_is_that_of_a_quadratic_programme():
    _, low, high = drawn(3)
    U, limit = np.random.default_rng(3).normal(0, 2, low.shape), np.full(len(low), 1.2)
    for norm in (1, 2):
        found = projected(U, low, high, limit, norm)
        for u, low_, high_, at in zip(U, low, high, found, strict=True):
            known = minimize(
                lambda v, u=u: ((v - u) ** 2).sum(),
                np.zeros(5),
                bounds=list(zip(low_, high_, strict=True)),
                constraints={"type": "ineq", "fun": lambda v, p=norm: 1.2 - np.linalg.norm(v, p)},
                method="SLSQP",
            )
            assert ((at - u) ** 2).sum() <= known.fun + 1e-5


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(NORMS))
def test_projecting_again_changes_nothing(seed, norm):
    rng, low, high = drawn(seed)
    once = projected(rng.normal(0, 2, low.shape), low, high, np.full(len(low), 1.5), norm)
    assert projected(once, low, high, np.full(len(low), 1.5 + 1e-9), norm) == pytest.approx(once)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_the_farthest_in_the_norm_1_is_a_linear_programme(seed):
    rng, low, high = drawn(seed, n=1)
    G, limit = rng.normal(size=low.shape), rng.uniform(0.1, 5)
    found = farthest(G, low, high, np.array([limit]), 1)
    ends = [(0, end) for end in np.concatenate([high[0], -low[0]])]
    known = linprog(np.concatenate([G[0], -G[0]]), A_ub=np.ones((1, 10)), b_ub=[limit], bounds=ends)
    assert (G * found).sum() == pytest.approx(known.fun)
    assert size(found, 1) <= limit + 1e-9


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(NORMS))
def test_the_farthest_loses_no_less_than_others_of_its_size(seed, norm):
    rng, low, high = drawn(seed)
    G, limit = rng.normal(size=low.shape), rng.uniform(0.1, 2, len(low))
    found = farthest(G, low, high, limit, norm)
    assert (size(found, norm) <= limit + 1e-6).all()
    for _ in range(100):
        other = projected(rng.normal(0, 2, low.shape), low, high, limit, norm)
        assert ((G * found).sum(axis=1) <= (G * other).sum(axis=1) + 1e-6).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(NORMS))
def test_the_nearest_that_loses_enough_is_the_farthest_of_its_size(seed, norm):
    rng, low, high = drawn(seed)
    G = rng.normal(size=low.shape)
    whole = (np.abs(G) * np.where(G > 0, -low, high)).sum(axis=1)
    loss = whole * rng.uniform(0.1, 0.9, len(low))
    found = nearest(G, low, high, loss, norm)
    assert -(G * found).sum(axis=1) == pytest.approx(loss, rel=1e-6)
    assert found == pytest.approx(farthest(G, low, high, size(found, norm), norm), abs=1e-5)


def test_what_cannot_be_lost_goes_the_whole_way():
    low, high = np.array([[-1.0, -2.0]]), np.array([[3.0, 4.0]])
    found = nearest(np.array([[1.0, -1.0]]), low, high, np.array([99.0]), 1)
    assert found == pytest.approx(np.array([[-1.0, 4.0]]))
    assert down(np.array([[1.0, -1.0]]), low, high, 1)[1] == pytest.approx([5.0])


def test_a_step_is_of_size_1_and_leaves_out_columns_at_their_end():
    G, U = np.array([[3.0, -2.0, 1.0]]), np.array([[-1.0, 0.0, 0.0]])
    low, high = -np.ones((1, 3)), np.ones((1, 3))
    for norm in NORMS:
        step = steepest(G, U, low, high, norm, np.array([2.0]))
        assert size(step, norm) == pytest.approx([1.0])
        assert step[0, 0] == 0
        assert step[0, 1] > 0 > step[0, 2]
    assert steepest(G, U, low, high, 1, np.array([1.0])).tolist() == [[0.0, 1.0, 0.0]]
    assert steepest(np.zeros((1, 3)), U, low, high, 2, np.array([1.0])).tolist() == [[0.0, 0.0, 0.0]]


def test_halving_ends_at_the_edge():
    edge = np.array([0.1, 0.7, 5.0])
    assert least(lambda t: t >= edge, np.ones(3)) == pytest.approx([0.1, 0.7, 1.0])
