import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from amlsec.space.column import Column, Kind
from amlsec.space.group import Group
from amlsec.space.grouped import GroupedSpace
from amlsec.space.slots import Slots
from amlsec.space.tabular import TabularSpace

SPACE = GroupedSpace(
    [
        Column("x", Kind.INTEGER, 0, 1),
        Column("size", Kind.NUMERIC, -2, 3),
        Column("y", Kind.INTEGER, 0, 1),
        Column("os", Kind.CATEGORY, 0, 3),
        Column("count", Kind.INTEGER, 0, 5),
        Column("tenths", Kind.NUMERIC, 0, 1, step=0.1),
    ],
    [Group("either", ("x", "y"))],
)


@given(st.integers(0, 10**6))
def test_rows_drawn_are_rows_of_the_space_and_say_what_was_drawn(seed):
    slots = Slots(SPACE)
    said = slots.uniform(20, np.random.default_rng(seed))
    rows = slots.rows(said)
    assert (slots.read(rows) == said).all()
    assert (rows[:, 0] + rows[:, 2] == 1).all()
    assert np.isfinite(SPACE.cost(rows[:1].repeat(20, axis=0), rows)).all()
    assert (slots.inside(said) == said).all()


def test_every_value_is_equally_likely():
    slots = Slots(SPACE)
    said = slots.uniform(12_000, np.random.default_rng(0))
    for k, slot in enumerate(slots.all):
        if slot.grid:
            counts = np.unique(said[:, k].round(9), return_counts=True)[1]
            assert len(counts) == round((slot.high - slot.low) / slot.grid) + 1
            assert (abs(counts * len(counts) / 12_000 - 1) < 0.2).all()


def test_a_table_without_columns_has_no_slots():
    slots = Slots(TabularSpace([]))
    assert slots.read(np.zeros((3, 0))).shape == slots.rows(np.zeros((3, 0))).shape == (3, 0)
