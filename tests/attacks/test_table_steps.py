"""Steps that searches of tables share."""

import numpy as np
import pytest

from amlsec.attacks.table_steps import Task, cheapen
from amlsec.budget import EvasionBudget
from amlsec.space.tabular import Column, Kind, TabularSpace


def test_where_chance_lets_the_row_pass_as_it_was_nothing_is_left_to_be_cheapened():
    """A guard that draws lots may let every row pass when it is asked again, the attacked one too."""
    space = TabularSpace([Column(name, Kind.NUMERIC, 0, 9) for name in "ab"])
    x, won = np.zeros(2), np.array([3.0, 2.0])
    steps = cheapen(Task(x, space, EvasionBudget(9, 99), np.random.default_rng(0)), won)
    with pytest.raises(StopIteration) as end:
        _told_that_all_win(steps)
    assert end.value.value.tolist() == x.tolist()


def _told_that_all_win(steps):
    question = next(steps)
    while True:
        question = steps.send(np.ones(len(question.rows), dtype=bool))
