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

    Carlini et al. 2022, algorithm 1. With fewer than 64 models all rows share two variances, pooled over them.

    >>> nan = np.nan
    >>> ratio(np.array([3.0, 1.0]), Told(np.array([[3.0, 4.0], [4.0, 2.0]]), np.array([[0.0, 1.0], [1.0, nan]]))).round(2)
    array([ 5.69, -2.06])
    """
    with_, without = _fit(seen, told.inside), _fit(seen, told.outside)
    return np.asarray(with_ - without)


def above(seen: Floats, outside: Floats) -> Floats:
    """How many standard deviations log-odds (n,) lie above those (models, n) of models that never saw the row.

    It orders rows as the one-sided test does. With fewer than 64 models all rows share the mean variance.

    >>> above(np.array([3.0, 1.0]), np.array([[0.0, 1.0], [2.0, 3.0]])).round(2)
    array([ 1.41, -0.71])
    """
    return np.asarray((seen - np.nanmean(outside, axis=0)) / np.sqrt(_variance(outside)))


def _fit(seen: Floats, draws: Floats) -> Floats:
    """The log-likelihood (n,), but for a constant."""
    variance = _variance(draws)
    return np.asarray(-((seen - np.nanmean(draws, axis=0)) ** 2) / variance / 2 - np.log(variance) / 2)


def _variance(draws: Floats) -> Floats:
    """Of each row (n,) by its own models, or of all rows (); 1 where no row has two."""
    squares = ((draws - np.nanmean(draws, axis=0)) ** 2) * ~np.isnan(draws)
    spare = (~np.isnan(draws)).sum(axis=0) - 1
    total, free = np.nansum(squares, axis=0), spare
    if len(draws) < MANY:
        total, free = total.sum(), spare.sum()
    variance = np.where(free > 0, total / np.maximum(free, 1), 1.0)
    return np.asarray(np.maximum(variance, _LEAST_VARIANCE))
