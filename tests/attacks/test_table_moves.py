import numpy as np
import pytest

from amlsec.attacks.table_moves import moved
from amlsec.attacks.table_steps import Task
from amlsec.budget import EvasionBudget
from amlsec.space.tabular import Column, Kind, TabularSpace

SPACE = TabularSpace(
    [
        Column("fluid", Kind.NUMERIC, -9, 9, scale=2.0),
        Column("cheap", Kind.INTEGER, 0, 10_000, scale=1000.0),
        Column("dear", Kind.INTEGER, 0, 9, scale=0.5),
        Column("kind", Kind.CATEGORY, 0, 2, categories=("a", "b", "c")),
    ]
)
ROW = np.array([0.0, 5000.0, 5.0, 1.0])


def many(size, row=ROW, n=4000):
    return moved(Task(ROW, SPACE, EvasionBudget(9, 9), np.random.default_rng(0)), np.tile(row, (n, 1)), size)


def test_cheap_columns_are_moved_by_the_size_and_dear_ones_seldom():
    rows = many(0.02)
    cost = SPACE.by_column(np.tile(ROW, (4000, 1)), rows)
    assert ((cost > 0).mean(axis=0))[:2] == pytest.approx([0.7, 0.7], abs=0.03)
    assert (cost > 0).mean(axis=0)[2] == pytest.approx(0.7 * 0.02 / 2.0, abs=0.004)
    assert (cost[:, 3] == 0).all()
    assert np.median(cost[cost[:, 0] > 0, 0]) == pytest.approx(0.02, rel=0.05)


def test_rows_stay_in_the_space():
    rows = many(0.3)
    assert np.isfinite(SPACE.cost(np.tile(ROW, (4000, 1)), rows)).all()


def test_who_stands_at_a_bound_moves_away_from_it():
    rows = many(0.05, row=np.array([-9.0, 0.0, 0.0, 1.0]))
    assert (rows[:, 0] > -9).mean() == pytest.approx(0.7, abs=0.03)
    assert (rows[:, 1] > 0).mean() == pytest.approx(0.7, abs=0.03)
