"""Sequential halving finds the words that pass from clicks alone, knowing nothing of the channel."""

import numpy as np
import pytest

from amlsec.attacks.evasion.click_bandit import click_bandit
from amlsec.budget import EvasionBudget
from amlsec.data import texts
from amlsec.oracle import Oracle
from amlsec.outcomes import Campaigns, Channel
from amlsec.space.text import TextSpace
from amlsec.threat import Access
from oracles.word_list import WordList

ROWS, WORDS = 150, TextSpace([f"w{k}" for k in range(8)])
NEVER = WordList({"pills": 1.0})


def _played(filtered, mails, channel=None, cost=1, rows=ROWS, space=WORDS):
    campaigns = Campaigns(channel or Channel(), np.random.default_rng(0))
    oracle = Oracle(filtered, access=Access.OUTCOMES, rows=rows, queries=mails, campaigns=campaigns)
    X = texts(["pills"] * rows)
    changed = click_bandit(oracle, X, space=space, budget=EvasionBudget(cost, mails), rng=np.random.default_rng(0))
    assert (space.cost(X, changed) <= cost).all()
    return changed, filtered.labels(changed) == 0, oracle.spent


@pytest.mark.parametrize("place", [0, 5, 7])
@pytest.mark.parametrize("channel", [Channel(), Channel(spread=0, delay=1), Channel(rate=0.05, scanners=0.01, delay=4)])
def test_the_one_set_that_passes_is_found_wherever_it_stands(place, channel):
    _, passed, spent = _played(WordList({"pills": 1.0, f"w{place}": -1.0}), 4000, channel)
    assert passed.mean() > 0.7
    assert (spent <= 4000).all()
    assert spent.mean() > 3900


def test_what_never_passes_is_believed_with_a_chance_of_5_percent_at_most():
    """Scanners click often here, so that the test has something to reject."""
    changed, _, _ = _played(NEVER, 2000, Channel(scanners=0.05), rows=600)
    believed = (changed != "pills").mean()
    assert 0.005 < believed < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 600)


def test_more_mails_help():
    filtered = WordList({"pills": 1.0, "w3": -1.0})
    shares = [_played(filtered, mails)[1].mean() for mails in (100, 700, 3000)]
    assert shares[0] < shares[1] < shares[2]


def test_a_single_set_needs_no_halving():
    _, passed, spent = _played(WordList({"pills": 1.0, "w0": -1.0}), 600, space=TextSpace(["w0"]))
    assert passed.mean() > 0.9
    assert (spent == 600).all()


@pytest.mark.parametrize(("cost", "mails"), [(0, 100), (0.5, 100), (1, 0)])
def test_without_a_budget_nothing_is_sent(cost, mails):
    changed, _, spent = _played(NEVER, mails, cost=cost)
    assert (changed == "pills").all()
    assert spent.sum() == 0
