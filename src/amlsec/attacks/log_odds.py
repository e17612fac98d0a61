"""What a model's score says for a row's own label, on one scale for probabilities and margins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from amlsec.data import MALICIOUS, Batch
from amlsec.oracle import Oracle

Floats = NDArray[np.float64]
_SMALLEST = np.finfo(np.float64).tiny

SUREST = float(np.log(1e12))
"""Where log-odds of different models are compared they are cut here, as those of probabilities near 1 are rounding."""


def own_log_odds(scores: Floats, y: NDArray[np.int64]) -> Floats:
    """log(p / (1 - p)) (n,) of p, the probability of each row's own label, from scores (n,) of malice.

    Scores that all lie within [0, 1] are taken for probabilities, all others for margins around 0, which are log-odds
    already. Probabilities of 0 and 1 give about -708 and 708.

    >>> own_log_odds(np.array([0.9, 0.9, 0.5]), np.array([1, 0, 0])).round(2)
    array([ 2.2, -2.2, -0. ])
    >>> own_log_odds(np.array([3.0, -1.0]), np.array([1, 0]))
    array([3., 1.])
    """
    odds = _logit(scores) if ((scores >= 0) & (scores <= 1)).all() else scores
    return np.asarray(np.where(y == MALICIOUS, odds, -odds), dtype=np.float64)


def _logit(p: Floats) -> Floats:
    return np.log(np.maximum(p, _SMALLEST)) - np.log(np.maximum(1 - p, _SMALLEST))


def asked_once(oracle: Oracle, rows: Batch) -> Floats:
    """What the model says of each row's own label (n,), up to `SUREST` either way; each row costs one query."""
    seen = own_log_odds(oracle.scores(rows.X, of=np.arange(len(rows))), rows.y)
    return np.asarray(np.clip(seen, -SUREST, SUREST))
