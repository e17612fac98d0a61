"""Tests that hold for any number of rows: conformal p-values, and the false discovery rate over a batch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from amlsec.errors import InvalidInput

Floats = NDArray[np.float64]


def conformal_p_values(null: Floats, values: Floats) -> Floats:
    """(1 + #{null >= value}) / (n + 1) of each value (k,), against n values of rows known to be good.

    Exact in finite samples: a good row, exchangeable with the n, gets p <= a with chance at most a (Vovk et al. 2005).

    >>> conformal_p_values(np.array([1.0, 2.0, 3.0]), np.array([2.0, 9.0]))
    array([0.75, 0.25])
    """
    at_least = len(null) - np.searchsorted(np.sort(null), values, side="left")
    return np.asarray((1 + at_least) / (len(null) + 1))


def by_stratum(null: Floats, null_strata: NDArray[np.int64], values: Floats, strata: NDArray[np.int64]) -> Floats:
    """Conformal p-values (k,) of values against the null values of their own stratum, such as their label.

    >>> by_stratum(np.array([1.0, 9.0]), np.array([0, 1]), np.array([5.0, 5.0]), np.array([0, 1]))
    array([0.5, 1. ])
    """
    p = np.ones(len(values))
    for stratum in np.unique(strata):
        p[strata == stratum] = conformal_p_values(null[null_strata == stratum], values[strata == stratum])
    return p


def benjamini_hochberg(p: Floats, fdr: float) -> NDArray[np.bool_]:
    """Which hypotheses (k,) to reject so that at most a share `fdr` of those rejected is expected to be true.

    Rejects the smallest r p-values, r the largest with p_(r) <= fdr r / k (Benjamini and Hochberg 1995). Valid for
    independent and for positively dependent p-values, which conformal ones of one null are (Bates et al. 2023).

    Raises InvalidInput where fdr is outside (0, 1).

    >>> benjamini_hochberg(np.array([0.01, 0.02, 0.5]), 0.05)
    array([ True,  True, False])
    """
    if not 0 < fdr < 1:
        raise InvalidInput("fdr", fdr, "must lie strictly between 0 and 1")
    ordered = np.sort(p)
    passing = np.flatnonzero(ordered <= fdr * np.arange(1, len(p) + 1) / max(len(p), 1))
    return np.asarray(p <= ordered[passing[-1]]) if len(passing) else np.zeros(len(p), dtype=bool)


def smallest_p(n: int) -> float:
    """The smallest conformal p-value that n null values can give."""
    return 1 / (n + 1)


def limit(null: Floats, level: float) -> float:
    """The value above which, and only above which, the conformal p-value is at most `level`; infinity if none is.

    >>> limit(np.array([1.0, 2.0, 3.0]), 0.5), limit(np.array([1.0]), 0.1)
    (2.0, inf)
    """
    allowed = int(np.floor(level * (len(null) + 1) + 1e-9)) - 1
    if allowed < 0:
        return float("inf")
    return float(np.sort(null)[::-1][allowed]) if allowed < len(null) else float("-inf")
