"""How far what models say of a row lies apart, where each row has but few models and there are many rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import digamma, polygamma

Floats = NDArray[np.float64]
LEAST_VARIANCE = 1e-12
SUREST_PRIOR = 1e6
"""Degrees of freedom from which rows are taken to have one variance."""


class Spread(NamedTuple):
    """The variance of what models say of each row, and from how many degrees of freedom it is known; (n,) or ()."""

    variance: Floats
    freedom: Floats


def means(draws: Floats) -> Floats:
    """Of each row's draws (models, n), some NaN; 0 of a row that has none."""
    return np.asarray(np.nansum(draws, axis=0) / np.maximum((~np.isnan(draws)).sum(axis=0), 1))


def shared(draws: Floats) -> Spread:
    """One variance for all rows, pooled over draws (models, n), some NaN; NaN where no row has two.

    >>> shared(np.array([[0.0, 1.0, 5.0], [2.0, 1.0, np.nan]]))
    Spread(variance=array(1.), freedom=array(inf))
    """
    squares, freedom = _squares(draws)
    pooled = squares.sum() / freedom.sum() if freedom.sum() else np.nan
    return Spread(np.asarray(pooled), np.asarray(np.inf))


def moderated(draws: Floats) -> Spread:
    """Each row's variance by its own draws (models, n), drawn towards what is usual as far as rows are alike.

    Smyth 2004, section 6: variances of rows follow a scaled inverse chi-square law, whose scale and degrees of freedom
    are those of the observed variances' logarithms; a row's variance is the posterior mean. NaN where no row has two
    draws that differ.

    >>> draws = np.random.default_rng(0).normal(0, [[1.0], [1.0], [9.0]], (3, 8)).T
    >>> bool(moderated(draws).variance[2] > moderated(draws).variance[0])
    True
    """
    squares, freedom = _squares(draws)
    usual, weight = _prior(squares, freedom)
    return Spread((weight * usual + squares) / (weight + freedom), weight + freedom)


Estimate = Callable[[Floats], Spread]


def _squares(draws: Floats) -> tuple[Floats, Floats]:
    """Sums of squares (n,) around each row's mean, and their degrees of freedom (n,)."""
    squares = np.nansum((draws - means(draws)) ** 2, axis=0)
    return squares, np.maximum((~np.isnan(draws)).sum(axis=0) - 1.0, 0.0)


def _prior(squares: Floats, freedom: Floats) -> tuple[float, float]:
    """The usual variance, and the degrees of freedom that it stands for."""
    some = (freedom > 0) & (squares > LEAST_VARIANCE)
    if some.sum() < 2:
        return float(squares[some].sum() / freedom[some].sum()) if some.any() else np.nan, 1.0
    half = freedom[some] / 2
    logs = np.log(squares[some] / freedom[some]) - digamma(half) + np.log(half)
    excess = float(np.var(logs, ddof=1) - polygamma(1, half).mean())
    if excess <= polygamma(1, SUREST_PRIOR / 2):
        return float(np.exp(logs.mean())), SUREST_PRIOR
    weight = 2 * brentq(lambda x: polygamma(1, x) - excess, 1e-8, SUREST_PRIOR / 2)
    return float(np.exp(logs.mean() + digamma(weight / 2) - np.log(weight / 2))), weight
