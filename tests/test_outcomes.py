"""Clicks come back as the channel says: as many, as late and as unevenly, and to whom they belong."""

import numpy as np
import pytest
from scipy import stats

from amlsec.errors import AccessDenied, InvalidInput, QueriesSpent
from amlsec.oracle import Oracle
from amlsec.outcomes import Campaigns, Channel
from amlsec.threat import Access
from oracles.stump import Stump

MANY = 20_000


def _clicks(channel, delivered, copies, rounds, seed=0):
    campaigns = Campaigns(channel, np.random.default_rng(seed))
    campaigns.send(np.full(MANY, delivered), np.full(MANY, copies))
    campaigns.wait(rounds)
    return campaigns.clicks()


@pytest.mark.parametrize(
    ("name", "value"), [("rate", 0.0), ("rate", 1.0), ("scanners", -0.1), ("spread", 1.0), ("delay", 0.5), ("delay", np.inf)]
)
def test_a_channel_within_its_ranges(name, value):
    with pytest.raises(InvalidInput, match=f"{name} is {value}"):
        Channel(**{name: value})


@pytest.mark.parametrize(("delivered", "chance"), [(50, 1 - 0.9 * 0.95), (0, 0.05)])
def test_the_counts_of_even_campaigns_are_binomial(delivered, chance):
    """Seen after so long that all have come: a chi-square test of the histogram against the closed form."""
    clicks = _clicks(Channel(rate=0.1, scanners=0.05, spread=0, delay=1), delivered, 50, rounds=1)
    expected = MANY * stats.binom.pmf(np.arange(51), 50, chance)
    usual = expected > 20
    observed = np.bincount(clicks, minlength=51)
    pooled = [np.append(part[usual], part[~usual].sum()) for part in (observed, expected)]
    assert stats.chisquare(*pooled).pvalue > 0.01


def test_uneven_campaigns_are_beta_binomial():
    channel = Channel(rate=0.1, scanners=0, spread=0.02, delay=1)
    clicks = _clicks(channel, 100, 100, rounds=1)
    known = stats.betabinom(100, *channel.beta)
    assert clicks.mean() == pytest.approx(known.mean(), abs=4 * known.std() / np.sqrt(MANY))
    assert clicks.var() == pytest.approx(known.var(), rel=0.05)
    assert known.var() > 2 * stats.binom(100, 0.1).var()


@pytest.mark.parametrize("rounds", [1, 2, 5])
def test_waiting_so_many_rounds_shows_the_geometric_share(rounds):
    channel = Channel(rate=0.5, scanners=0, spread=0, delay=3)
    at_once = _clicks(channel, 100, 100, rounds).mean()
    one_by_one = Campaigns(channel, np.random.default_rng(1))
    one_by_one.send(np.full(MANY, 100), np.full(MANY, 100))
    for _ in range(rounds):
        one_by_one.wait()
    expected = 50 * (1 - (2 / 3) ** rounds)
    assert at_once == pytest.approx(expected, abs=0.2)
    assert one_by_one.clicks().mean() == pytest.approx(expected, abs=0.2)


def test_clicks_are_never_lost_nor_taken_back():
    campaigns, seen = Campaigns(Channel(rate=0.5, delay=4), np.random.default_rng(0)), np.zeros(0, dtype=int)
    for _ in range(30):
        campaigns.send(np.array([40]), np.array([40]))
        now = campaigns.clicks()
        assert (now[: len(seen)] >= seen).all()
        assert now[-1] == 0
        seen = now
    campaigns.wait(1000)
    assert campaigns.clicks().sum() == pytest.approx(600, abs=5 * np.sqrt(300 + 30 * 40**2 * 0.25 * 0.005))
    assert (campaigns.clicks() <= 40).all()


def _oracle(access=Access.OUTCOMES, queries=100, model=None):
    channel = Channel(rate=0.5, scanners=0, spread=0, delay=1)
    campaigns = Campaigns(channel, np.random.default_rng(0))
    return Oracle(model or Stump(0, 0.0), access=access, rows=2, queries=queries, campaigns=campaigns)


X = np.array([[1.0], [-1.0]])


def test_each_copy_costs_a_query_and_only_what_passes_is_clicked():
    oracle = _oracle()
    assert oracle.send(X, np.array([10, 100]), of=np.array([0, 1])).tolist() == [0, 1]
    assert oracle.spent.tolist() == [10, 100]
    assert oracle.clicks().tolist() == [0, 0]
    oracle.wait()
    stopped, passed = oracle.clicks()
    assert stopped == 0
    assert 30 < passed < 70
    with pytest.raises(QueriesSpent):
        oracle.send(X, np.array([0, 1]), of=np.array([0, 1]))


def test_a_campaign_of_fewer_than_no_copies_gives_no_queries_back():
    oracle = _oracle()
    with pytest.raises(InvalidInput, match="copies is -1"):
        oracle.send(X, np.array([1, -1]), of=np.array([0, 1]))
    assert oracle.spent.tolist() == [0, 0]


def test_who_sees_outcomes_sees_no_verdicts_and_who_sees_nothing_sends_nothing():
    with pytest.raises(AccessDenied, match="asked for labels"):
        _oracle().labels(X, of=np.array([0, 1]))
    blind = _oracle(Access.NONE)
    for ask in (lambda: blind.send(X, np.array([1, 1]), of=np.array([0, 1])), blind.clicks, blind.wait):
        with pytest.raises(AccessDenied, match="asked for outcomes, the access is none"):
            ask()
    assert _oracle(Access.LABELS).send(X, np.array([1, 1]), of=np.array([0, 1])).tolist() == [0, 1]


class _Counting(Stump):
    """Counts the rows it is asked about; lets every other copy pass where it is told to see each."""

    def __init__(self, every_copy):
        super().__init__(0, 0.0)
        self.every_copy, self.asked = every_copy, 0

    def labels(self, X):
        self.asked += len(X)
        return np.arange(len(X)) % 2 if self.every_copy else super().labels(X)


@pytest.mark.parametrize(("every_copy", "asked"), [(False, 2), (True, 1010)])
def test_a_model_is_asked_about_each_copy_only_where_that_matters(every_copy, asked):
    model = _Counting(every_copy)
    oracle = _oracle(queries=1000, model=model)
    oracle.send(X[[0, 0]], np.array([5, 4]), of=np.array([0, 0]))
    oracle.send(X, np.array([1, 1000]), of=np.array([0, 1]))
    assert model.asked == asked
    oracle.wait()
    assert oracle.clicks()[-1] == pytest.approx(250 if every_copy else 500, abs=60)
