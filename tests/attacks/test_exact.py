"""Computed changes are kept once the model agrees, with as little slack as that takes."""

import numpy as np
import pytest

from amlsec.attacks.exact import SLACKS, verified
from amlsec.budget import EvasionBudget
from amlsec.space.tabular import Column, Kind, TabularSpace
from oracles.stump import Stump

SPACE = TabularSpace([Column("a", Kind.NUMERIC, -9, 9)])


def solved(X, solve, cost=np.inf):
    return verified(Stump(0, 1.0), X, solve, space=SPACE, budget=EvasionBudget(cost, 0))


@pytest.mark.parametrize("least", SLACKS)
def test_a_row_that_seems_to_need_no_change_is_tried_with_more_slack(least):
    asked = []

    def solve(x, slack):
        asked.append(slack)
        return x if slack < least else np.array([0.5])

    assert solved(np.array([[2.0]]), solve, cost=1.5) == 0.5
    assert asked == [slack for slack in SLACKS if slack <= least]


def test_where_there_is_no_change_none_is_looked_for_again():
    asked = []
    X = np.array([[2.0], [3.0], [4.0]])

    def solve(x, slack):
        asked.append(x[0])
        return None if x[0] == 3 else np.array([0.0])

    assert solved(X, solve, cost=3.0).tolist() == [[0.0], [3.0], [4.0]]
    assert asked == [2, 3, 4]


def test_what_is_kept_has_been_judged_in_the_numbers_it_is_kept_in():
    """1 + 1e-9 is 1 in single precision, and so passes."""
    X = np.array([[2.0]], dtype=np.float32)
    changed = solved(X, lambda *_: np.array([1 + 1e-9]))
    assert changed.dtype == np.float32
    assert changed == 1
