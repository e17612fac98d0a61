"""The baseline: random changes within the cost."""

import numpy as np
import pytest

from amlsec.attacks.evasion.random_noise import random_noise
from amlsec.data import texts
from amlsec.space.tabular import Column, Kind, TabularSpace
from amlsec.space.text import TextSpace
from amlsec.threat import Access
from oracles.play import play
from oracles.stump import Stump
from oracles.word_list import WordList


def test_its_success_is_the_chance_of_a_sample():
    """From 1 the sample reaches 0 or below only where it is drawn below 0, half the box, at a part of the cost of 2."""
    space = TabularSpace([Column("a", Kind.NUMERIC, -1, 1)])
    X = np.ones((4000, 1))
    drawn = space.sample(X, 2.0, np.random.default_rng(5))
    _, won, _, _ = play(random_noise, Stump(0, 0.0), X[:1000], space, access=Access.LABELS, cost=2.0, queries=1)
    assert won.mean() == pytest.approx((drawn <= 0).mean(), abs=0.05)


def test_keeps_what_passes_and_stops_there():
    space = TextSpace(["meeting", "lunch"])
    changed, won, cost, spent = play(
        random_noise,
        WordList({"pills": 1, "meeting": -2}),
        texts(["pills"]),
        space,
        access=Access.LABELS,
        cost=1,
        queries=320,
    )
    assert won.all()
    assert changed[0] == "pills meeting"
    assert cost[0] == 1
    assert spent[0] == 32


def test_what_cannot_pass_stays():
    X = texts(["pills"])
    changed, won, _, spent = play(
        random_noise, WordList({"pills": 1}), X, TextSpace(["lunch"]), access=Access.LABELS, cost=1, queries=50
    )
    assert not won.any()
    assert changed[0] == X[0]
    assert spent[0] == 50
