"""Budgets: what they allow, what they refuse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amlsec.budget import EvasionBudget, PoisonBudget, QueryBudget
from amlsec.errors import InvalidInput


@given(st.integers(0, 1000), st.integers(1, 1000))
def test_a_share_given_as_a_fraction_is_that_many_rows(rows, of):
    if rows < of:
        assert PoisonBudget(rows / of).rows(of=of) == rows


@given(st.floats(0, 0.999), st.integers(0, 10_000))
def test_the_rows_are_never_more_than_the_share(share, of):
    assert PoisonBudget(share).rows(of=of) <= share * of + 1e-6


@pytest.mark.parametrize("share", [-0.1, 1.0, np.nan])
def test_a_share_lies_below_one(share):
    with pytest.raises(InvalidInput, match="share is"):
        PoisonBudget(share)


@pytest.mark.parametrize(("cost", "queries", "named"), [(-1, 0, "cost"), (np.nan, 0, "cost"), (0, -1, "queries")])
def test_an_evasion_budget_is_not_negative(cost, queries, named):
    with pytest.raises(InvalidInput, match=f"{named} is .*: must be at least 0"):
        EvasionBudget(cost, queries)


def test_queries_are_not_negative():
    with pytest.raises(InvalidInput, match="queries is -1"):
        QueryBudget(-1)


def test_a_cost_may_be_without_end():
    assert EvasionBudget(np.inf, 0).cost == np.inf
