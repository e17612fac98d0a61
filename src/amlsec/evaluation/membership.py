"""How well guesses of membership tell members from non-members, at a false alarm rate low enough to matter.

Carlini, Chien, Nasr, Song, Terzis and Tramèr, "Membership inference attacks from first principles", IEEE S&P 2022: an
attack is judged by its true positive rate at a low false positive rate and by the ROC curve on logarithmic axes, never by
its accuracy.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amlsec.errors import InvalidInput
from amlsec.evidence import Interval, rate

Scores = NDArray[np.float64]

LEAST_FALSE_ALARMS = 10
"""How many false alarms a rate below 1 % must allow among the non-members at hand, or it is not reported."""


@dataclass(frozen=True, slots=True)
class AtRate:
    """What an attack finds at one false positive rate.

    Attributes
    ----------
    allowed : the false positive rate asked for
    reached : the false positive rate of the threshold, at most `allowed`; None where not reported
    found : the share of members found, with its 95 % interval; None where not reported
    because : why it is not reported; "" where it is
    """

    allowed: float
    reached: float | None
    found: Interval | None
    because: str = ""


@dataclass(frozen=True, slots=True)
class Membership:
    """How well guesses tell members from non-members: `roc` holds (false positive rate, true positive rate) pairs."""

    members: int
    others: int
    at: tuple[AtRate, ...]
    roc: tuple[tuple[float, float], ...]


def measure(members: Scores, others: Scores, rates: Sequence[float] = (0.01, 0.001)) -> Membership:
    """Judge guesses (m,) for members and (n,) for others that were not trained on; larger is surer.

    The threshold of a rate is the lowest that keeps the false alarms among the others at or under the rate: rows of equal
    guess stand on the same side of it. A rate at which no false alarm is allowed is not reported, nor one below 1 % at
    which fewer than 10 are.

    Raises InvalidInput where either is empty or not finite, or a rate is outside (0, 1).

    >>> rng = np.random.default_rng(0)
    >>> judged = measure(rng.normal(2, 1, 1000), rng.normal(0, 1, 2000))
    >>> str(judged.at[0].found), judged.at[0].reached
    ('38.5% (25.7% to 46.1%)', 0.01)
    >>> judged.at[1].because
    '2000 non-members allow 2 false alarms at 0.1 %, at least 10 are needed'
    """
    for name, scores in (("members", members), ("others", others)):
        if not len(scores) or not np.isfinite(scores).all():
            raise InvalidInput(name, f"{len(scores)} guesses", "must be finite, and at least one")
    for allowed in rates:
        if not 0 < allowed < 1:
            raise InvalidInput("rates", allowed, "must lie in (0, 1)")
    at = tuple(_at(allowed, members, others) for allowed in rates)
    return Membership(len(members), len(others), at, _roc(members, others))


def threshold(others: Scores, allowed: float) -> float:
    """The lowest number that at most a share `allowed` of these guesses exceeds.

    >>> threshold(np.array([0.0, 1.0, 1.0, 2.0]), 0.5), threshold(np.array([0.0, 1.0, 1.0, 2.0]), 0.75)
    (1.0, 0.0)
    """
    return float(np.sort(others)[::-1][min(_alarms(allowed, len(others)), len(others) - 1)])


def _at(allowed: float, members: Scores, others: Scores) -> AtRate:
    alarms = _alarms(allowed, len(others))
    needed = LEAST_FALSE_ALARMS if allowed < 0.01 else 1
    if alarms < needed:
        short = f"{len(others)} non-members allow {alarms} false alarms at {allowed * 100:g} %"
        return AtRate(allowed, None, None, f"{short}, at least {needed} are needed")
    limit = threshold(others, allowed)
    return AtRate(allowed, float((others > limit).mean()), _found(allowed, limit, members, others))


def _found(allowed: float, limit: float, members: Scores, others: Scores) -> Interval:
    """The share of members found, with an interval for both samples: where the threshold of the whole population lies,
    by order statistics of the others, and what share of all members lies above it, by Clopper and Pearson."""
    from scipy.stats import binom

    fewest, most = (int(binom.ppf(tail, len(others), allowed)) for tail in (0.0125, 0.9875))
    falling = np.sort(others)[::-1]
    highest = falling[fewest - 1] if fewest else np.inf
    lowest = falling[most] if most < len(others) else -np.inf
    found = rate(int((members > limit).sum()), len(members))
    low = rate(int((members > highest).sum()), len(members), 0.975).low
    high = rate(int((members > lowest).sum()), len(members), 0.975).high
    return Interval(found.value, min(low, found.value), max(high, found.value))


def _alarms(allowed: float, others: int) -> int:
    return math.floor(allowed * others + 1e-9)


def _roc(members: Scores, others: Scores, points: int = 50) -> tuple[tuple[float, float], ...]:
    """The curve from one false alarm to all, at rates evenly spaced on a logarithmic axis."""
    alarms = np.unique(np.geomspace(1, len(others), points).round())
    limits = [threshold(others, alarm / len(others)) for alarm in alarms[:-1]]
    reached = [(float((others > limit).mean()), float((members > limit).mean())) for limit in limits]
    return (*dict.fromkeys(reached), (1.0, 1.0))
