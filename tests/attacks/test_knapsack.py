"""The cheapest cover of a need, against every choice of whole units and against linear programming."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from amlsec.attacks.knapsack import Pieces, cover

FIGURE = st.floats(0.1, 10)


@st.composite
def offers(draw, whole=None):
    """Up to five pieces of columns of their own, and a need that most of them can meet."""
    p = draw(st.integers(1, 5))
    gain, price = (np.array([draw(FIGURE) for _ in range(p)]) for _ in range(2))
    count = np.array([float(draw(st.integers(1, 3))) for _ in range(p)])
    are_whole = np.array([draw(st.booleans()) if whole is None else whole for _ in range(p)])
    need = draw(st.floats(0.05, 1.1)) * float(gain @ count)
    return Pieces(np.arange(p), np.ones(p), gain, price, count, are_whole), need


def paid(bought, need):
    amounts = cover(bought, need)
    if amounts is None:
        return np.inf
    assert (amounts >= 0).all()
    assert (amounts <= bought.count + 1e-9).all()
    assert (amounts == np.where(bought.whole, amounts.round(), amounts)).all()
    assert bought.gain @ amounts >= need * (1 - 1e-5)
    return float(bought.price @ amounts)


@settings(max_examples=100, deadline=None)
@given(offers(whole=False))
def test_linear_programming_where_pieces_flow(offer):
    bought, need = offer
    solved = linprog(bought.price, -bought.gain[None], [-need], bounds=np.column_stack([0 * bought.count, bought.count]))
    assert paid(bought, need) == pytest.approx(solved.fun if solved.success else np.inf, rel=1e-6)


@settings(max_examples=150, deadline=None)
@given(offers())
def test_every_choice_of_whole_units(offer):
    """With the whole units chosen, what flows is the cheapest fill, by linear programming's greedy."""
    bought, need = offer
    flowing = Pieces(*(getattr(bought, name)[~bought.whole] for name in Pieces.__slots__))
    price, gain = bought.price[bought.whole], bought.gain[bought.whole]
    best = np.inf
    for units in product(*(np.arange(n + 1) for n in bought.count[bought.whole])):
        rest = need * (1 - 1e-6) - gain @ np.array(units)
        amounts = cover(flowing, rest) if rest > 0 else np.zeros(len(flowing.gain))
        if amounts is not None:
            best = min(best, float(price @ np.array(units) + flowing.price @ amounts))
    cost = paid(bought, need)
    assert cost == pytest.approx(best, rel=1e-4) or (not np.isfinite(cost) and bought.gain @ bought.count < need)


def test_a_column_s_later_piece_waits_for_its_first():
    """A short dear step stands before three cheap long ones; without it they cannot be had."""
    ordered = Pieces(
        np.array([0, 0, 1]), np.ones(3), np.array([0.1, 5.0, 4.0]), np.array([9.0, 1.0, 4.0]), np.ones(3), np.full(3, True)
    )
    assert cover(ordered, 3.9).tolist() == [0, 0, 1]
    assert cover(ordered, 4.5).tolist() == [1, 1, 0]


@pytest.mark.parametrize("units", [1e3, 1e6, 1e9])
def test_a_column_of_very_many_units_beside_flags(units):
    """The flag costs 1 for a gain of 4; the long column gains 6 for 2 on all its way, in units of next to nothing."""
    bought = Pieces(
        np.arange(2),
        np.ones(2),
        np.array([4.0, 6 / units]),
        np.array([1.0, 2 / units]),
        np.array([1, units]),
        np.full(2, True),
    )
    assert paid(bought, 1.5) == pytest.approx(0.5, rel=1e-5, abs=2 / units)
    assert paid(bought, 4.0) == pytest.approx(1.0)
    assert paid(bought, 5.5) == pytest.approx(1.5, rel=1e-5, abs=2 / units)


def test_what_a_dear_column_would_overshoot_is_bought_elsewhere():
    """Best ratio first is the dear column, which cannot be bought in part."""
    bought = Pieces(
        np.arange(2), np.ones(2), np.array([10.0, 1e-7]), np.array([50.0, 5.5e-7]), np.array([1.0, 1.6e8]), np.full(2, True)
    )
    assert paid(bought, 2.6) == pytest.approx(2.6 * 5.5, rel=1e-5)
