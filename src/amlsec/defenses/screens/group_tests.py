"""From measured harm of rows to verdicts on groups of them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from amlsec.defenses.screens.harm_tests import Floats, Harm, Ints, decided, just_below
from amlsec.evidence import Verdicts
from amlsec.statistics import benjamini_hochberg, conformal_p_values, smallest_of

DRAWS = 9999
_MARKS = 200_000_000  # of places taken, in memory at a time: a byte each


def judge_groups(measured: Harm, group: Ints, copies: Ints, null_copies: Ints, fdr: float) -> Verdicts:
    """Each label of a group by permutation tests of its mean harm beside calibration rows; scores are -log10 p.

    One test for each harm, and one for all together, `surprise`. The smallest p-value counts, times their number.
    `copies` (n,) and `null_copies` (m,) name clusters of near-duplicates: each counts once, by its mean harm. A group found
    by Benjamini and Hochberg's rule is quarantined, and so are far-out rows of any group; rows that are both are rejected.
    """
    nulls = [_once(measured.null[:, own], null_copies[own]) for own in (measured.null_y == 0, measured.null_y == 1)]
    units = _units(group, measured.y)
    asked = [with_surprise(nulls[measured.y[unit[0]]], _once(measured.harm[:, unit], copies[unit])) for unit in units]
    each = [[permutation_p_value(*pair) for pair in zip(*one, strict=True)] for one in asked]
    p, fired = smallest_of(np.array(each).reshape(-1, len(measured.measures) + 1).T)
    found = benjamini_hochberg(p, fdr)
    names = (*measured.measures, "how surprising all tests together find a row (-ln of its ranks)")
    reasons = [
        _reason(names[test], null[test], values[test], len(unit), value)
        for (null, values), test, unit, value in zip(asked, fired, units, p, strict=True)
    ]
    of = np.empty(len(group), dtype=np.intp)
    for k, unit in enumerate(units):
        of[unit] = k
    barely = p[found].max(initial=0.0) or fdr / max(len(units), 1)
    limits = np.where(measured.far, -np.inf, just_below(barely))
    decision = decided(found[of] | measured.far, found[of] & measured.far)
    return Verdicts(decision, -np.log10(p[of]), limits, [reasons[k] for k in of])


def with_surprise(null: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Harm (tests, n) and (tests, k) with one more test: minus the log of the share of rows at least as bad, summed.

    Ranks are among all n + k, so that a permutation test of them stays exact; where harm has heavy tails they see what a
    mean does not, and where several tests agree their sum sees what none does (Fisher 1932).

    >>> with_surprise(np.array([[1.0, 2.0]]), np.array([[9.0]]))[1].round(2)
    array([[9.  ],
           [1.39]])
    """
    pooled = np.concatenate([null, values], axis=1)
    shares = rankdata(-pooled, method="max", axis=1) / (pooled.shape[1] + 1)
    both = np.concatenate([pooled, -np.log(shares).sum(axis=0, keepdims=True)])
    return both[:, : null.shape[1]], both[:, null.shape[1] :]


def permutation_p_value(null: Floats, values: Floats) -> float:
    """How surprising the mean of a group's values (k,) is beside n values of rows known to be good, if it were like them.

    One value: its conformal p-value. More: the share of ways to pick k of the n + k values that have a mean as large, of
    9,999 drawn and the one seen: exact, whatever the values' distribution, if the group's rows are exchangeable with the
    others (Fisher 1935; Dwass 1957). 1 where there is no value or no null.

    >>> round(permutation_p_value(np.arange(50.0), np.arange(40.0, 50.0)), 4)
    0.0001
    >>> permutation_p_value(np.arange(9.0), np.array([9.0]))
    0.1
    """
    n, k = len(null), len(values)
    if k == 1 or min(n, k) == 0:
        return float(conformal_p_values(null, values)[0]) if k == 1 else 1.0
    pooled = np.concatenate([null, np.sort(values)])
    sums = _sums(pooled, k)
    return float((1 + (sums >= pooled[n:].sum() - 1e-12 * np.abs(pooled).sum()).sum()) / (DRAWS + 1))


def _sums(pooled: Floats, k: int) -> Floats:
    """Sums (draws,) of k of the values, drawn anew each time; by those left over where they are fewer."""
    few = min(k, len(pooled) - k)
    sums = pooled[_picks(len(pooled), few)].sum(axis=1)
    return np.asarray(sums if few == k else pooled.sum() - sums)


@lru_cache(maxsize=8)
def _picks(n: int, k: int) -> NDArray[np.int32]:
    """Random sets of k of n places (draws, k)."""
    rng, at_once = np.random.default_rng(0), max(1, _MARKS // n)
    return np.concatenate([_drawn(n, k, min(at_once, DRAWS - start), rng) for start in range(0, DRAWS, at_once)])


def _drawn(n: int, k: int, draws: int, rng: np.random.Generator) -> NDArray[np.int32]:
    """By Floyd's algorithm (Bentley 1987), all draws side by side."""
    each, taken, picks = np.arange(draws), np.zeros((draws, n), dtype=bool), np.empty((draws, k), dtype=np.int32)
    for i, last in enumerate(range(n - k, n)):
        drawn = rng.integers(0, last + 1, draws)
        picks[:, i] = np.where(taken[each, drawn], last, drawn)
        taken[each, picks[:, i]] = True
    return picks


def _units(group: Ints, y: Ints) -> list[NDArray[np.intp]]:
    """The positions of each group's rows of each label."""
    _, name = np.unique(group, return_inverse=True)
    key = name.ravel() * 2 + y
    order = np.argsort(key, kind="stable")
    return [unit for unit in np.split(order, np.flatnonzero(np.diff(key[order])) + 1) if len(unit)]


def _once(harm: Floats, copies: Ints) -> Floats:
    """The mean harm (tests, clusters) of each cluster."""
    _, cluster, size = np.unique(copies, return_inverse=True, return_counts=True)
    return np.array([np.bincount(cluster, weights=row, minlength=len(size)) / size for row in harm])


def _reason(measure: str, null: Floats, values: Floats, rows: int, p: float) -> str:
    usual = f"{null.mean():.3g}" if len(null) else "unknown"
    return (
        f"{measure}: {values.mean():.3g} on average over the {rows} rows of this label in its group, {len(values)} without "
        f"near-duplicates, and {usual} over {len(null)} trusted rows of the label: p = {p:.2g}"
    )
