"""Rows moved into half-spaces, where columns hang together, against every row there is."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amlsec.attacks.half_spaces import are_tied, cheapest_inside, moves
from amlsec.space.column import Column, Kind
from amlsec.space.group import Group
from amlsec.space.grouped import GroupedSpace
from amlsec.space.related import RelatedSpace
from amlsec.space.relation import Relation
from amlsec.space.tabular import TabularSpace

COUNTS = [
    Column(name, Kind.INTEGER, 0, high, price=price)
    for name, high, price in (("a", 3, 1.0), ("b", 4, 0.7), ("total", 7, 0.1))
]
FLAGS = [Column(name, Kind.INTEGER, 0, 1) for name in ("latin", "greek", "thai")]
KIND = Column("kind", Kind.CATEGORY, 0, 2, price=1.3)
SUM = Relation("parts", {"a": 1, "b": 1, "total": -1}, 0, 0)
NO_MORE = Relation("order", {"a": 1, "b": -1}, at_most=0)
SCRIPT = Group("script", ("latin", "greek", "thai"), price=1.1)
SPACES = {
    "plain": TabularSpace([*COUNTS, KIND]),
    "total": RelatedSpace([*COUNTS, KIND], [SUM]),
    "total and order": RelatedSpace([*COUNTS, KIND], [SUM, NO_MORE]),
    "group": GroupedSpace([*COUNTS[:2], *FLAGS], [SCRIPT]),
    "group and total": GroupedSpace([*COUNTS, *FLAGS], [SCRIPT], [SUM]),
}
START = {"a": 1.0, "b": 2.0, "total": 3.0, "kind": 1.0, "latin": 0.0, "greek": 1.0, "thai": 0.0}


def by_trying(space, x, normals, offsets):
    rows = np.array(list(product(*(np.arange(column.low, column.high + 1) for column in space.columns))))
    rows = rows[(rows @ normals.T <= offsets + 1e-9).all(axis=1)]
    return space.cost(np.broadcast_to(x, rows.shape), rows).min(initial=np.inf)


@pytest.mark.parametrize("name", SPACES)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_brute_force(name, seed):
    space, rng = SPACES[name], np.random.default_rng(seed)
    x = np.array([START[column.name] for column in space.columns])
    normals = rng.normal(size=(rng.integers(1, 4), len(x))).round(2)
    offsets = normals @ x - rng.uniform(-0.5, 3, len(normals)).round(3) + 0.0005
    best, found = by_trying(space, x, normals, offsets), cheapest_inside(moves(space, x), normals, offsets)
    assert (found is None) == (not np.isfinite(best))
    if found is not None:
        row, cost = found
        assert cost == pytest.approx(best, abs=1e-6)
        assert space.cost(x[None], row[None])[0] == pytest.approx(cost, abs=1e-6)
        assert (normals @ row <= offsets + 1e-6).all()


def test_a_group_that_is_not_one_hot_stays():
    space = SPACES["group"]
    x = np.array([1.0, 2.0, 1.0, 1.0, 0.0])
    assert cheapest_inside(moves(space, x), np.array([[0.0, 0, 1, 0, 0]]), np.array([0.5])) is None
    row, _ = cheapest_inside(moves(space, x), np.array([[1.0, 0, 0, 0, 0]]), np.array([0.5]))
    assert row.tolist() == [0, 2, 1, 1, 0]


def test_which_spaces_are_tied():
    assert [are_tied(space) for space in SPACES.values()] == [False, True, True, True, True]
