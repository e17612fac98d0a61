"""The limit of the squared prediction error of principal components."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri, ndtri

Floats = NDArray[np.float64]


def q_limit(sums: Floats, false_alarm_rate: float) -> Floats:
    """What the squared error exceeds at this rate, from the residual eigenvalues' sums of powers 1, 2, 3 (3, n): (n,).

    With `h = 1 - 2 s1 s3 / (3 s2^2)` it is `s1 (1 + z h sqrt(2 s2) / s1 + s2 h (h - 1) / s1^2)^(1/h)` (Jackson and
    Mudholkar 1979, eq. 3.4). Heavy-tailed eigenvalues give h <= 0, where that formula breaks down: then it is Box's (1954)
    chi-squared of `s1^2 / s2` degrees of freedom, times `s2 / s1`.

    >>> q_limit(np.array([[10.0], [10.0], [10.0]]), 0.05).round(2)  # ten equal ones: chi-squared of 10 degrees, 18.31
    array([18.29])
    """
    s1, s2, h = sums[0], sums[1], exponent(sums)
    normal = h > 0
    power = np.where(normal, h, 1.0)
    inner = power * (ndtri(1 - false_alarm_rate) * np.sqrt(2 * s2) / s1 + s2 * (power - 1) / s1**2)
    limit = s1 * np.exp(np.log1p(np.where(normal, inner, 0.0)) / power)
    heavy = np.flatnonzero(~normal)
    limit[heavy] = (s2 / s1 * chdtri(s1**2 / s2, false_alarm_rate))[heavy] if len(heavy) else limit[heavy]
    return np.asarray(limit)


def exponent(sums: Floats) -> Floats:
    """Jackson and Mudholkar's h (n,); at most 0 where their formula does not hold."""
    return np.asarray(1 - 2 * sums[0] * sums[2] / (3 * sums[1] ** 2))
