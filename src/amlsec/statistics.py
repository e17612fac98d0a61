"""Tests that hold for any number of rows: p-values of rows, groups and pairs, and the false discovery rate over a batch."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from amlsec.errors import InvalidInput

Floats = NDArray[np.float64]


class Combined(NamedTuple):
    """One p-value (n,) of each hypothesis from several tests, and which test (n,) it comes from."""

    p: Floats
    test: NDArray[np.intp]


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


def mcnemar_p_value(helped: NDArray[np.int64], hurt: NDArray[np.int64]) -> Floats:
    """The exact chance (n,) of at least `hurt` of the `helped + hurt` changed quiz rows, if either way were as likely.

    McNemar's (1947) paired test, one-sided: small where a change of the model does more harm than good. It asks whether
    there is an effect at all, as good rows have too: to tell bad rows from good ones, ask `conformal_p_values`.

    >>> mcnemar_p_value(np.array([0, 3, 0]), np.array([5, 3, 0]))
    array([0.03125, 0.65625, 1.     ])
    """
    from scipy.special import betainc

    helped, hurt = np.asarray(helped), np.asarray(hurt)
    if min(helped.min(initial=0), hurt.min(initial=0)) < 0:
        raise InvalidInput("helped, hurt", (helped.min(), hurt.min()), "must be counts, at least 0")
    return np.where(hurt == 0, 1.0, betainc(np.maximum(hurt, 1), helped + 1.0, 0.5))


def smallest_of(p: Floats) -> Combined:
    """One verdict from several tests of the same n hypotheses, given their p-values (tests, n).

    The smallest, times the number of tests (Bonferroni): valid however the tests depend on each other. The test that
    gave it is the one that fired; of equal ones, the first.

    Raises InvalidInput where a value is outside [0, 1].

    >>> smallest_of(np.array([[0.01, 0.6], [0.2, 0.9]]))
    Combined(p=array([0.02, 1.  ]), test=array([0, 0]))
    """
    check_p(p)
    return Combined(np.minimum(1.0, len(p) * p.min(axis=0)), p.argmin(axis=0))


def benjamini_hochberg(p: Floats, fdr: float) -> NDArray[np.bool_]:
    """Which hypotheses (k,) to reject so that at most a share `fdr` of those rejected is expected to be true.

    Rejects the smallest r p-values, r the largest with p_(r) <= fdr r / k (Benjamini and Hochberg 1995). Valid for
    independent and for positively dependent p-values, which conformal ones of one null are (Bates et al. 2023).

    Raises InvalidInput where fdr is outside (0, 1), or a p-value outside [0, 1].

    >>> benjamini_hochberg(np.array([0.01, 0.02, 0.5]), 0.05)
    array([ True,  True, False])
    """
    if not 0 < fdr < 1:
        raise InvalidInput("fdr", fdr, "must lie strictly between 0 and 1")
    check_p(p)
    return np.asarray(p <= most_rejected(*np.unique(p, return_counts=True), fdr))


def most_rejected(values: Floats, times: NDArray[np.int64], fdr: float) -> float:
    """The largest p-value that `benjamini_hochberg` rejects; -inf where it rejects none.

    `values` (m,) are the different p-values, ascending, and `times` (m,) say of how many hypotheses each is.

    >>> most_rejected(np.array([0.01, 0.02, 0.5]), np.array([1, 1, 1]), 0.05)
    0.02
    """
    upto = np.cumsum(times)
    passing = np.flatnonzero(values <= fdr * upto / upto[-1:])
    return float(values[passing[-1]]) if len(passing) else float("-inf")


def holm(p: Floats, level: float) -> NDArray[np.bool_]:
    """Where p-values (m,) are rejected with at most this chance of any false rejection, however they depend (Holm 1979).

    >>> holm(np.array([0.01, 0.02, 0.9, 0.04]), 0.05)
    array([ True, False, False, False])
    """
    check_p(p)
    order = np.argsort(p, kind="stable")
    passed = p[order] <= level / np.arange(len(p), 0, -1)
    rejected = np.zeros(len(p), dtype=bool)
    rejected[order] = np.logical_and.accumulate(passed)
    return rejected


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


def check_p(p: Floats) -> None:
    """Raises InvalidInput where a p-value is outside [0, 1]."""
    if not ((p >= 0) & (p <= 1)).all():
        raise InvalidInput("p", p, "p-values must lie in [0, 1]")
