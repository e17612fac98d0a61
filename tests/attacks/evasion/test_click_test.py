"""Sequential tests find the words that pass from clicks alone, with few mails and few mistakes."""

import numpy as np
import pytest

from amlsec.attacks.evasion.click_test import click_test
from amlsec.budget import EvasionBudget
from amlsec.data import texts
from amlsec.errors import InvalidInput
from amlsec.oracle import Oracle
from amlsec.outcomes import Campaigns, Channel
from amlsec.space.tabular import TabularSpace
from amlsec.space.text import TextSpace
from amlsec.threat import Access
from oracles.word_list import WordList

ROWS, WORDS = 80, TextSpace(["lunch", "meeting", "agenda", "report"])


def _played(filtered, mails, channel=None, cost=1, rows=ROWS, space=WORDS, seed=0):
    """The rows, whether each passes, and the mails spent on each."""
    campaigns = Campaigns(channel or Channel(), np.random.default_rng(seed))
    oracle = Oracle(filtered, access=Access.OUTCOMES, rows=rows, queries=mails, campaigns=campaigns)
    X = texts(["pills"] * rows)
    changed = click_test(oracle, X, space=space, budget=EvasionBudget(cost, mails), rng=np.random.default_rng(seed))
    assert (space.cost(X, changed) <= cost).all()
    return changed, filtered.labels(changed) == 0, oracle.spent


FIRST = WordList({"pills": 1.0, "lunch": -1.0})
THIRD = WordList({"pills": 1.0, "agenda": -1.0})
NEVER = WordList({"pills": 1.0})


@pytest.mark.parametrize("channel", [Channel(), Channel(spread=0, delay=1), Channel(rate=0.1, scanners=0, delay=8)])
def test_the_set_that_passes_is_found_and_the_mails_hang_on_its_place(channel):
    _, first, mails_first = _played(FIRST, 3000, channel)
    _, third, mails_third = _played(THIRD, 3000, channel)
    assert first.mean() > 0.9
    assert third.mean() > 0.85
    assert mails_first.mean() < 0.6 * mails_third.mean()


def test_the_mails_until_belief_are_about_wald_s():
    """Of an even campaign at least log(1 / alpha) over the information of a copy; he overshoots by a little."""
    channel = Channel(spread=0, delay=1)
    p, q = 1 - 0.98 * 0.998, 0.002
    information = p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q))
    alone = TextSpace(["lunch"])
    _, passed, mails = _played(FIRST, 5000, channel, space=alone, rows=300)
    fewest = -np.log(0.05 * 6 / np.pi**2) / information
    assert passed.mean() >= 0.9 - 3 * np.sqrt(0.1 * 0.9 / 300)
    assert fewest * 0.8 < np.mean(mails[passed]) < fewest * 1.6


def test_what_never_passes_is_rarely_believed_while_mails_last():
    """Of rows whose filter lets nothing pass, those that stop early are wrong; the sets end before the mails do."""
    changed, passed, spent = _played(NEVER, 5000)
    assert not passed.any()
    assert (spent < 5000).all()
    believed = changed != "pills"
    assert believed.mean() < 0.05 + 3 * np.sqrt(0.05 * 0.95 / ROWS)


def test_no_row_is_over_its_mails_and_more_mails_help():
    shares = []
    for mails in (20, 500, 2000):
        _, passed, spent = _played(THIRD, mails)
        assert (spent <= mails).all()
        shares.append(passed.mean())
    assert shares[0] < shares[1] < shares[2]


def test_a_mail_without_evidence_stays_as_it_was():
    changed, _, spent = _played(FIRST, 1, rows=20)
    assert spent.tolist() == [1] * 20
    assert (changed == "pills").mean() > 0.8


@pytest.mark.parametrize(("cost", "mails"), [(0, 100), (0.5, 100), (1, 0)])
def test_without_a_budget_nothing_is_sent(cost, mails):
    changed, _, spent = _played(FIRST, mails, cost=cost)
    assert (changed == "pills").all()
    assert spent.sum() == 0


def test_a_table_s_space_is_refused():
    oracle = Oracle(FIRST, access=Access.OUTCOMES, rows=1, queries=9)
    with pytest.raises(InvalidInput, match="must be a TextSpace"):
        click_test(oracle, np.ones((1, 1)), space=TabularSpace([]), budget=EvasionBudget(1, 9), rng=np.random.default_rng(0))
