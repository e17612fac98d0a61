"""The evidence of clicks is the ratio of likelihoods of all that was seen, and rarely misleads however often one looks."""

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from amlsec.attacks.click_evidence import log_ratio
from amlsec.outcomes import Campaigns, Channel


@pytest.mark.parametrize(("clicks", "copies", "age"), [(0, 1, 0), (0, 13, 1), (2, 13, 1), (5, 200, 4), (30, 30, 9)])
def test_even_campaigns_against_the_likelihood_of_every_copy_written_out(clicks, copies, age):
    channel = Channel(rate=0.03, scanners=0.004, spread=0, delay=2.5)

    def likelihood(p):
        """A click seen in round t has waited t - 1 rounds; which copies are clicked, and when, is the same for both."""
        when = [p * (0.6 ** (t - 1)) * 0.4 for t in range(1, age + 1)] or [p]
        unseen = 1 - sum(when) if age else 1.0
        return np.prod([when[k % len(when)] for k in range(clicks)]) * unseen ** (copies - clicks)

    expected = np.log(likelihood(1 - 0.97 * 0.996) / likelihood(0.004))
    found = log_ratio(channel, np.array([clicks]), np.array([copies]), np.array([age]))
    assert found[0] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("clicks", "copies"), [(0, 50), (1, 50), (3, 13), (6, 100)])
def test_uneven_campaigns_against_the_integral_over_their_rates(clicks, copies):
    channel = Channel(rate=0.02, scanners=0.002, spread=0.005, delay=1)
    prior = stats.beta(*channel.beta)
    whole = quad(lambda r: prior.pdf(r) * stats.binom.pmf(clicks, copies, 1 - (1 - r) * 0.998), 0, 0.3, limit=200)[0]
    expected = np.log(whole / stats.binom.pmf(clicks, copies, 0.002))
    found = log_ratio(channel, np.array([clicks]), np.array([copies]), np.array([1]))
    assert found[0] == pytest.approx(expected, abs=0.05)


def test_without_scanners_a_click_proves_it():
    channel = Channel(scanners=0)
    found = log_ratio(channel, np.array([1, 0]), np.array([10, 10]), np.array([3, 3]))
    assert found[0] == np.inf
    assert -1 < found[1] < 0


def _highest(delivered, channel, tries=4000, rounds=60, size=13, seed=0):
    """The largest evidence over the rounds of each of many tries that send some copies a round."""
    campaigns, rng = [], np.random.default_rng(seed)
    total, highest = np.zeros(tries), np.full(tries, -np.inf)
    under_way = Campaigns(channel, rng)
    copies = np.full(tries, size)
    for now in range(rounds):
        under_way.send(copies * delivered, copies)
        campaigns.append(now)
        clicks = under_way.clicks().reshape(now + 1, tries)
        ages = now - np.repeat(campaigns, tries)
        flat = log_ratio(channel, clicks.ravel(), np.full(clicks.size, size), ages)
        total = flat.reshape(clicks.shape).sum(axis=0)
        highest = np.maximum(highest, total)
    return highest, total


def test_what_is_stopped_is_rarely_believed_however_often_one_looks():
    """Ville: the ratio ever reaches 20 with a chance of at most 1/20."""
    highest, _ = _highest(0, Channel(), tries=300)
    assert (highest >= np.log(20)).mean() <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 300)
    assert (highest >= np.log(20)).any()


def test_what_passes_is_soon_believed():
    highest, total = _highest(1, Channel(), tries=200)
    assert (highest >= np.log(20)).mean() > 0.95
    assert (total > 0).mean() > 0.95
