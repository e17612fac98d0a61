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
