"""Security curves: harm against budget, with intervals over seeds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from amlsec.evaluation.play import Outcome
from amlsec.evidence import Interval, Point, change, rate


def harm(outcomes: Sequence[Outcome]) -> Interval:
    """What the attacker gains beyond the clean model: the median over seeds, with an interval for rows and for seeds.

    Each seed's gain has its own interval: the exact binomial one where nothing can be lost (evasion, targeted
    poisoning), the game's own where it gives one (privacy), else the paired one of Bonett and Price. The median lengths
    of their arms are added in quadrature to what the mean of so many seeds may be off by Student's t; the ends are
    widened to cover every seed's value. Raises InvalidInput where there are no trials.

    >>> str(harm([Outcome(30, 0, 100, 0.0, 100), Outcome(34, 0, 100, 0.0, 100), Outcome(32, 0, 100, 0.0, 100)]))
    '32.0% (21.7% to 43.2%)'
    """
    each = [_gain(outcome) for outcome in outcomes]
    values = np.array([interval.value for interval in each])
    value, between = float(np.median(values)), _between_seeds(values)
    below = np.hypot(np.median([interval.value - interval.low for interval in each]), between)
    above = np.hypot(np.median([interval.high - interval.value for interval in each]), between)
    least = 0.0 if all(interval.low >= 0 for interval in each) else -1.0
    return Interval(value, float(max(min(value - below, *values), least)), float(min(max(value + above, *values), 1.0)))


def _between_seeds(values: NDArray[np.float64]) -> float:
    """Half the 95 % interval of the mean over seeds; 0 for a single one, which says nothing of others."""
    from scipy.special import stdtrit

    seeds = len(values)
    return float(stdtrit(seeds - 1, 0.975) * values.std(ddof=1) / np.sqrt(seeds)) if seeds > 1 else 0.0


def _gain(outcome: Outcome) -> Interval:
    if outcome.interval:
        return Interval((outcome.gained - outcome.lost) / outcome.trials, *outcome.interval)
    if outcome.lost or outcome.paired:
        return change(outcome.gained, outcome.lost, outcome.trials)
    return rate(outcome.gained, outcome.trials)


def before(outcomes: Sequence[Outcome]) -> Interval:
    """The share the attacker had without the attack."""
    first = outcomes[0]
    return rate(first.before * first.trials_before, first.trials_before)


def point(budget: float, outcomes: Sequence[Outcome]) -> Point:
    """One point of a curve, from the outcomes of its seeds."""
    return Point(budget, harm(outcomes), max(outcome.trials for outcome in outcomes), len(outcomes))
