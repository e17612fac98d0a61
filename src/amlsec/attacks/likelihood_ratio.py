"""How much better what a model says of a row fits models that saw it than models that did not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks.halves import Told

Floats = NDArray[np.float64]
MANY = 64
"""From so many shadow models on a row has its own variance; with fewer all rows share one (Carlini et al. 2022)."""
_LEAST_VARIANCE = 1e-12


def likelier(seen: Floats, told: Told) -> Floats:
    """The likelihood ratio test (n,) of log-odds (n,): two-sided where models that saw each row are known, else `above`."""
    known = ~np.isnan(told.inside).all(axis=0)
    return ratio(seen, told) if known.all() else above(seen, told.outside)


def ratio(seen: Floats, told: Told) -> Floats:
    """log N(seen; inside) - log N(seen; outside) (n,), by the normal laws of what models with and without a row say of it.

    Carlini et al. 2022, algorithm 1. With fewer than 64 models all rows share two variances, pooled over them; where only
    one of the two is known it is that of both.

    >>> nan = np.nan
    >>> ratio(np.array([3.0, 1.0]), Told(np.array([[3.0, 4.0], [4.0, 2.0]]), np.array([[0.0, 1.0], [1.0, nan]]))).round(2)
    array([ 5.69, -2.06])
    """
    inside, outside = (_variance(draws) for draws in told)
    inside, outside = np.where(np.isnan(inside), outside, inside), np.where(np.isnan(outside), inside, outside)
    return np.asarray(_fit(seen, told.inside, inside) - _fit(seen, told.outside, outside))


def above(seen: Floats, outside: Floats) -> Floats:
    """How many standard deviations log-odds (n,) lie above those (models, n) of models that never saw the row.

    It orders rows as the one-sided test does. With fewer than 64 models all rows share the mean variance.

    >>> above(np.array([3.0, 1.0]), np.array([[0.0, 1.0], [2.0, 3.0]])).round(2)
    array([ 1.41, -0.71])
    """
    return np.asarray((seen - np.nanmean(outside, axis=0)) / np.sqrt(_usable(_variance(outside))))


def _fit(seen: Floats, draws: Floats, variance: Floats) -> Floats:
    """The log-likelihood (n,), but for a constant."""
    variance = _usable(variance)
    return np.asarray(-((seen - np.nanmean(draws, axis=0)) ** 2) / variance / 2 - np.log(variance) / 2)


def _variance(draws: Floats) -> Floats:
    """Of each row (n,) by its own models, or of all rows (); NaN where no row has two."""
    squares, spare = (draws - np.nanmean(draws, axis=0)) ** 2, (~np.isnan(draws)).sum(axis=0) - 1
    total = np.nansum(squares, axis=0)
    if len(draws) < MANY:
        total, spare = total.sum(), spare.sum()
    return np.asarray(np.where(spare > 0, total / np.maximum(spare, 1), np.nan))


def _usable(variance: Floats) -> Floats:
    """At least a little; 1 where it is not known."""
    return np.where(np.isnan(variance), 1.0, np.maximum(variance, _LEAST_VARIANCE))
