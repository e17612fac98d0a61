"""Whether a submission is, as a whole, more harmful than trusted rows are: small harms of many rows at once."""

from __future__ import annotations

import math

from scipy.special import ndtr

from amlsec.gate.judging.tally import OfLabel, Tally


def whole_p(tally: Tally, tolerance: float) -> float:
    """The chance of rows so harmful on average, if all but a share `tolerance` of them were like the trusted ones.

    The one-sided test of Mann and Whitney (1947), by its normal approximation, of the distinct rows of each label beside
    the calibration rows of it; the smaller p-value, times two. Ties make it the more careful.
    """
    return min(1.0, 2 * min(_label_p(own, tolerance) for own in tally.labels))


def _label_p(own: OfLabel, tolerance: float) -> float:
    m, n = own.distinct.of, own.calibration
    if min(m, n) == 0:
        return 1.0
    beyond = own.distinct.mean - 0.5 - tolerance
    return float(ndtr(-beyond / math.sqrt((n + m + 1) / (12 * n * m))))
