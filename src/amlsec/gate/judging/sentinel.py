"""The sentinel: small harms of a source that add up over years, none of which would be found alone.

It bets against the source being honest. Of each submission it takes the mean harm x of its rows of a label, each row's harm
being the share of the calibration rows of its label that are less harmful (a Mann-Whitney count over n). The capital is
multiplied by 1 + b (x - c); c is the most an honest source's x may be on average, and b >= 0 is fixed beforehand, so that
the capital of who bets against an honest source never grows on average, and ever reaches 1 / a with chance at most a
(Ville 1939; Waudby-Smith and Ramdas 2023). Capital is shared out to several b, both labels, and two measures of harm:
the mean above, and the share of rows whose p-value is at most a tenth, which sees a few bad rows among many good ones.

Of each bet's first capital, one part in t + 1 is kept when t submissions were seen, and bet only later: else years of
harmless submissions would cost all of it, and who turns bad then would be seen as late. A part of capital that is not bet
neither grows nor shrinks, so nothing is promised less.

This holds at any time, however often one looks, and whatever the rows of one submission have to do with each other, be they
all copies: a submission is one bet. What it asks is that honest submissions to come are not worse than that on average,
given all that came before.

An honest source's rows are like the trusted ones but for a share `tolerance`, which may be anything. Given n calibration
rows, its mean harm is then at most the mean of n independent values plus the tolerance, each value distributed as the
chance that a trusted row is the more harmful: uniform, or closer to 1/2 where there are ties. Such a mean exceeds
1/2 + sqrt(ln(1 / a) / (6 n)) with chance at most a, as E exp(t (U - 1/2)) <= exp(t^2 / 24) of a uniform U. The share of
trusted rows that a screen gives a p-value of at most s is Beta(k, n + 1 - k) or less, k = floor(s (n + 1)) (Vovk 2012).

Other trusted rows, or another policy, are another draw of calibration rows, and so another chance to fail: the k-th that a
source is compared with gets 1 / k (k + 1) of the chance, which is all of it in sum, however often they change. The capital
goes on, as each of its factors is fair by what was known then.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from amlsec.gate.judging.judged import Floats
from amlsec.gate.judging.tally import Sum, Tally
from amlsec.gate.policy import Sentinel

BETS = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 0.99)
"""Shares of the capital that a submission of harmless rows costs."""
TAIL = 0.1
_LABELS = 2
_MEASURES = 2


@dataclass(frozen=True, slots=True)
class Watch:
    """What the sentinel knows of a source.

    Attributes
    ----------
    capital : logarithm of each bet's capital: by mean harm, of benign rows, then of malicious ones; so by the tail
    submissions : bets made so far
    panels : how many draws of calibration rows it was compared with, this one included
    suspended : whether all it sends goes to a person, until one clears it
    """

    capital: tuple[float, ...] = (0.0,) * (_MEASURES * _LABELS * len(BETS))
    submissions: int = 0
    panels: int = 1
    suspended: bool = False

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        """What `dataclasses.asdict` gave; other bets than these, of another version, begin anew."""
        if len(said["capital"]) != _MEASURES * _LABELS * len(BETS):
            return cls(suspended=said["suspended"])
        return cls(**{**said, "capital": tuple(said["capital"])})

    @property
    def strength(self) -> float:
        """Logarithm of the whole capital: how sure it is that the source is not honest."""
        peak = max(self.capital)
        return peak + math.log(math.fsum(math.exp(part - peak) for part in self.capital) / len(self.capital))

    def seen(self, tally: Tally, sentinel: Sentinel, screens: int = 1) -> Self:
        """After a submission, so many screens giving p-values; rows that the trusted ones hold already say nothing."""
        if not tally.p.rows:
            return self
        growth = np.concatenate(list(_growths(tally, sentinel, screens, self.panels)))
        kept, capital = -math.log(self.submissions + 2), np.array(self.capital)
        bet = capital + np.log1p(-np.exp(kept - capital)) + growth
        after = replace(self, capital=tuple(np.logaddexp(bet, kept).tolist()), submissions=self.submissions + 1)
        return replace(after, suspended=self.suspended or after.strength >= limit(sentinel.level))

    def elsewhere(self) -> Self:
        """Compared with other calibration rows from now on."""
        return replace(self, panels=self.panels + 1)


def limit(level: float) -> float:
    """The strength from which on a source is suspended; half of the chance is spent on the draw of calibration rows.

    >>> round(limit(0.01), 2)
    5.3
    """
    return math.log(2 / level)


def most_of_honest(calibration: int, sentinel: Sentinel, panels: int = 1) -> float:
    """The most (at most 1) that the mean harm of an honest source's rows of a label is, given so many calibration rows.

    They are the `panels`-th draw that it is compared with.

    >>> round(most_of_honest(1000, Sentinel(level=0.01, tolerance=0.05)), 3)
    0.585
    """
    if calibration == 0:
        return 1.0
    drawn = math.sqrt(math.log(1 / _chance(sentinel, panels)) / (6 * calibration))
    return min(1.0, 0.5 + sentinel.tolerance + drawn)


def most_in_tail(calibration: int, sentinel: Sentinel, screens: int = 1, panels: int = 1) -> float:
    """The most (at most 1) that the share of an honest source's p-values of a label that are at most a tenth is.

    >>> round(most_in_tail(1000, Sentinel(level=0.01, tolerance=0.05)), 3)
    0.183
    """
    from scipy.special import betaincinv

    count = max(screens, 1)
    k = int(TAIL / count * (calibration + 1))
    if k == 0:
        return 1.0
    drawn = float(betaincinv(k, calibration + 1 - k, 1 - _chance(sentinel, panels) / count))
    return min(1.0, count * drawn + sentinel.tolerance)


def _chance(sentinel: Sentinel, panels: int) -> float:
    """What each bound of this draw may fail with: of half of the level, over all bounds and all draws to come."""
    return sentinel.level / (2 * _MEASURES * _LABELS * panels * (panels + 1))


def _growths(tally: Tally, sentinel: Sentinel, screens: int, panels: int) -> Iterator[Floats]:
    """What a submission adds to the logarithm of each bet, by measure and label."""
    for own in tally.labels:
        yield _growth(own.harm, most_of_honest(own.calibration, sentinel, panels))
    for own in tally.labels:
        tail = Sum(own.p.rows, own.p.upto(TAIL))
        yield _growth(tail, most_in_tail(own.calibration, sentinel, screens, panels))


def _growth(values: Sum, usual: float) -> Floats:
    """What values add to the logarithm of each bet (bets,) that their mean is above the usual."""
    if not values.of:
        return np.zeros(len(BETS))
    return np.asarray(np.log1p(np.array(BETS) / usual * (values.mean - usual)))
