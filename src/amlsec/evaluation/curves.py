"""Security curves: harm against budget, with intervals over seeds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from amlsec.evaluation.games import Outcome
from amlsec.evidence import Interval, Point, change, rate


def harm(outcomes: Sequence[Outcome]) -> Interval:
    """What the attacker gains beyond the clean model: the median over seeds, with an interval that covers every seed.

    Each seed's gain has its own interval: the exact binomial one where nothing can be lost (evasion, privacy, targeted
    poisoning), else the paired one of Bonett and Price. The ends are the medians of the seeds' ends, widened to cover
    every seed's value.
    Raises InvalidInput where there are no trials.

    >>> harm([Outcome(30, 0, 100, 0.0, 100), Outcome(34, 0, 100, 0.0, 100)]).value
    0.32
    """
    each = [_gain(outcome) for outcome in outcomes]
    values = [interval.value for interval in each]
    low = min(float(np.median([interval.low for interval in each])), *values, 1.0)
    high = max(float(np.median([interval.high for interval in each])), *values, -1.0)
    return Interval(float(np.median(values)), low, high)


def _gain(outcome: Outcome) -> Interval:
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
