"""Laws of traffic spaces, and the plain cases."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from amlsec.errors import InvalidInput
from amlsec.space.traffic import TrafficSpace

ROUTING = np.array([[1, 0, 0.5], [1, 1, 0], [0, 1, 0.5], [0, 1, 1]])
USUAL = np.array([10.0, 20, 30, 5])


@st.composite
def cases(draw):
    """A space, loads, other loads, a cost and a seed."""
    flows = draw(st.lists(st.integers(0, 2), min_size=1, max_size=3, unique=True))
    capacity = draw(st.sampled_from([None, np.array([12.0, 25, 31, 9])]))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    X, Z = rng.uniform(0, 40, (5, 4)), rng.uniform(0, 60, (5, 4))
    cost = draw(st.sampled_from([0.0, 1e-3, 0.7, 5.5, 1e6, np.inf]))
    return TrafficSpace(ROUTING, flows, USUAL, capacity=capacity), X, Z, cost, rng


def in_space(space, X, changed, cost):
    paid = space.cost(X, changed)
    assert np.isfinite(paid).all()
    assert (paid <= cost * (1 + 1e-9) + 1e-9).all()
    assert (changed >= X - 1e-9).all()
    assert (changed <= np.maximum(space.capacity, X) + 1e-6).all()


@settings(deadline=None, max_examples=80)
@given(cases())
def test_projection_stays_inside_and_is_idempotent(case):
    space, X, Z, cost, _ = case
    projected = space.project(X, Z, cost)
    in_space(space, X, projected, cost)
    assert (space.project(X, projected, cost) == projected).all()


@settings(deadline=None, max_examples=80)
@given(cases())
def test_what_is_inside_is_left_alone_and_no_change_costs_nothing(case):
    space, X, _, cost, rng = case
    assert (space.cost(X, X) == 0).all()
    assert (space.project(X, X, cost) == X).all()
    drawn = space.sample(X, cost, rng)
    in_space(space, X, drawn, cost)
    assert (space.project(X, drawn, cost) == drawn).all()


def test_cost_is_the_mean_share_of_the_loads_of_a_flows_links():
    space = TrafficSpace(ROUTING, [1], USUAL)
    X = np.array([[1.0, 2, 3, 4]])
    changed = X + 11 * ROUTING[:, 1]
    assert space.cost(X, changed) == pytest.approx(11 / np.mean([20, 30, 5]))
    assert space.volumes(X, changed) == pytest.approx(np.array([[11.0]]))
    assert space.differences(X, changed) == [["flow 1: + 11"]]
    assert space.cost(X, X - ROUTING[:, 1]) == np.inf
    assert space.cost(X, X + np.eye(4)[0]) == np.inf


def test_capacity_bounds_what_is_added():
    space = TrafficSpace(ROUTING, [0], USUAL, capacity=np.array([6.0, 100, 100, 100]))
    X = np.array([[5.0, 5, 5, 5], [7.0, 5, 5, 5]])
    assert space.added(X, np.full((2, 1), 9.0))[:, 0] == pytest.approx([6.0, 7.0])
    assert (space.cost(X, X + 9 * ROUTING[:, 0]) == np.inf).all()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((np.full((2, 2), np.nan), [0], np.ones(2)), "routing"),
        ((-ROUTING, [0], USUAL), "routing"),
        ((ROUTING[0], [0], USUAL), "routing"),
        ((ROUTING, [], USUAL), "flows"),
        ((ROUTING, [3], USUAL), "flows"),
        ((ROUTING, [1, 1], USUAL), "flows"),
        ((np.ones((4, 3)), [0, 1], USUAL), "flows"),
        ((ROUTING, [0], USUAL[:3]), "usual"),
        ((ROUTING, [0], np.zeros(4)), "usual"),
        ((ROUTING, [0], -USUAL), "usual"),
    ],
)
def test_wrong_input_is_named(arguments, named):
    with pytest.raises(InvalidInput, match=named):
        TrafficSpace(*arguments)


def test_a_capacity_of_another_length_is_named():
    with pytest.raises(InvalidInput, match="capacity"):
        TrafficSpace(ROUTING, [0], USUAL, capacity=np.ones(3))


def test_a_flow_enters_by_the_link_named_or_by_the_busiest_that_carries_it():
    assert TrafficSpace(ROUTING, [0, 1], USUAL).ingress.tolist() == [1, 2]
    assert TrafficSpace(ROUTING, [0, 1], USUAL, ingress=[0, 3]).ingress.tolist() == [0, 3]


@pytest.mark.parametrize("ingress", [[2], [4], [-1], [0, 1], [0.5]])
def test_an_ingress_that_does_not_carry_the_flow_is_named(ingress):
    with pytest.raises(InvalidInput, match="ingress"):
        TrafficSpace(ROUTING, [0], USUAL, ingress=ingress)
