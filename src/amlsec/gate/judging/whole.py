"""Whether a submission is, as a whole, more harmful than trusted rows are: small harms of many rows at once."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from amlsec.gate.judging.judged import Judged


def whole_p(judged: Judged, tolerance: float) -> float:
    """The chance of rows so harmful on average, if all but a share `tolerance` of them were like the trusted ones.

    The one-sided test of Mann and Whitney (1947), by its normal approximation, of the distinct rows of each label beside
    the calibration rows of it; the smaller p-value, times two. Ties make it the more careful.
    """
    return min(1.0, 2 * min(_label_p(judged, label, tolerance) for label in (0, 1)))


def _label_p(judged: Judged, label: int, tolerance: float) -> float:
    own, n = judged.new & (judged.y == label), judged.calibration[label]
    _, first = np.unique(judged.content[own], return_index=True)
    m = len(first)
    if min(m, n) == 0:
        return 1.0
    beyond = float(judged.harm[own][first].mean()) - 0.5 - tolerance
    return float(ndtr(-beyond / np.sqrt((n + m + 1) / (12 * n * m))))
