"""Part of the way costs that part of the way, in every kind of space."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amlsec.attacks.part_way import part_way
from amlsec.catalogue import Victim
from amlsec.data import texts
from amlsec.space.text import TextSpace
from laws.toys import WORLDS, same


@pytest.mark.parametrize("kind", ["tabular", "text", "image"])
@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.floats(0, 1))
def test_the_way_costs_its_share_at_most_and_ends_at_the_goal(kind: str, seed: int, share: float) -> None:
    world = WORLDS[Victim.CLASSIFIER, kind]
    starts, goals = world.rows(6, seed).X, world.rows(6, seed + 1).X
    whole = part_way(world.space, starts, goals, 1.0)
    some = part_way(world.space, starts, goals, share)
    assert (world.space.cost(starts, some) <= share * world.space.cost(starts, whole) + 1e-6).all()
    assert same(part_way(world.space, starts, whole, 1.0), whole)
    assert same(part_way(world.space, starts, goals, 0.0), starts)


def test_shares_are_taken_row_by_row() -> None:
    space = WORLDS[Victim.CLASSIFIER, "image"].space
    starts, goals = np.zeros((3, 16)), np.ones((3, 16))
    moved = part_way(space, starts, goals, np.array([0.0, 0.25, 1.0]))
    assert moved == pytest.approx(np.repeat([[0.0], [0.25], [1.0]], 16, axis=1))


def test_words_that_cannot_be_removed_stay() -> None:
    moved = part_way(TextSpace(["x"]), texts(["buy now"]), texts(["meet at ten here"]), 0.5)
    assert moved[0].startswith("buy now ")
    assert len(moved[0].split()) == 4
