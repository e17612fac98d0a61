"""From a score to verdicts: offered rows are held back where few trusted rows of their label score as high."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Batch, split
from amlsec.defenses.screens.harm_tests import Floats, Harm, judge_rows
from amlsec.defenses.screens.trusted_rows import check_columns, check_trusted
from amlsec.errors import InvalidInput
from amlsec.evidence import Verdicts
from amlsec.impact.contract import CLASSES
from amlsec.reach import within_reach
from amlsec.statistics import smallest_p

Score = Callable[[Batch], Floats]
"""Gives each of some rows a number (n,), larger being worse: calibration rows and offered ones, not told apart."""


class TooFewTrusted(UserWarning):
    """A screen was fitted, but accepts nearly everything, as it has too few trusted rows to calibrate by."""


class Known(NamedTuple):
    """Trusted rows that a screen learns from, and others, of other content, that show how good rows score."""

    base: Batch
    calibration: Batch


def halved(trusted: Batch, hold_back: float, random_state: int | None) -> Known:
    """Half of the trusted rows of each label to learn from, half to calibrate by.

    Warns (TooFewTrusted) where they are too few to hold any row back by. Raises InvalidInput where a label has fewer than 5
    distinct rows, or `hold_back` is outside (0, 1).

    >>> rows = Batch(np.arange(20.0)[:, None], np.arange(20) % 2)
    >>> [len(part) for part in halved(rows, 0.2, 0)]
    [10, 10]
    """
    if not 0 < hold_back < 1:
        raise InvalidInput("hold_back", hold_back, "must lie in (0, 1)")
    check_trusted(trusted)
    known = Known(*split(trusted, (0.5, 0.5), np.random.default_rng(random_state)))
    _doubt_few(known.calibration, hold_back)
    return known


def _doubt_few(calibration: Batch, hold_back: float) -> None:
    """Warn where no row of some label can have so small a p-value."""
    fewest = int(np.bincount(calibration.y, minlength=len(CLASSES)).min())
    if smallest_p(fewest) > hold_back:
        needed = 2 * int(np.ceil(1 / hold_back - 1))
        message = (
            f"{fewest} rows of a label to calibrate by are too few to find the worst {hold_back:.3g} of it, and hardly any "
            f"is held back. Trust {needed} distinct rows of each label or more, or raise hold_back"
        )
        warnings.warn(message, TooFewTrusted, stacklevel=4)


def judged(score: Score, measure: str, known: Known, offered: Batch, hold_back: float) -> Verdicts:
    """Each offered row by its conformal p-value: the share of calibration rows of its label that score as high.

    Offered rows and calibration rows are scored together, in an order that does not tell them apart, so a score may learn
    from the offered rows too: a good row is exchangeable with the calibration rows all the same, and has p <= hold_back
    with chance at most `hold_back` (Vovk et al. 2005), the draw of n calibration rows included: of any one draw the share is
    off by about the root of hold_back / n. Those rows are quarantined; they are rejected where besides the
    score is twice as far from the calibration rows' median as the worst of them, and Benjamini and Hochberg's rule at level
    `hold_back` says so. Where a label has fewer than 1 / hold_back - 1 calibration rows no p-value is as small: all rows
    are accepted but, where it has 20 or more, those as far out. Every cell of a table is at most a million standard
    deviations of the base off its mean, so that no row stops the screen by being past all computing.

    Raises InvalidInput where offered rows have other columns than the calibration rows.

    >>> rows = Batch(np.arange(100.0)[:, None], np.zeros(100, dtype=np.int64))
    >>> offered = Batch(np.array([[9.0], [96.0]]), np.array([0, 0]))
    >>> found = judged(lambda rows: rows.X[:, 0], "its value", Known(rows, rows), offered, 0.05)
    >>> found.accepted, found.reason[1]
    (array([ True, False]), 'its value: 96, p = 0.05 against 100 trusted rows of its label')
    """
    base, calibration = known
    check_columns("offered", offered, base)
    harm, m = _in_one_order(score, within_reach(calibration + offered, base)), len(calibration)
    measured = Harm(harm[None, m:], offered.y, harm[None, :m], calibration.y, [measure])
    return judge_rows(measured, hold_back, hold_back)


def each_label(y: NDArray[np.int64], score: Callable[[NDArray[np.intp]], Floats]) -> Floats:
    """The score (n,) of rows that are compared with those of their own label alone: given positions (k,), a score (k,).

    >>> each_label(np.array([0, 1, 1]), lambda at: np.full(len(at), len(at)))
    array([1., 2., 2.])
    """
    found = np.zeros(len(y))
    for own in (np.flatnonzero(y == label) for label in CLASSES):
        found[own] = score(own)
    return found


def _in_one_order(score: Score, rows: Batch) -> Floats:
    """The scores (n,) of rows put in the order of their content, so that the order they come in makes no difference."""
    order = np.lexsort((rows.y, rows.content()))
    found = np.empty(len(rows))
    found[order] = score(rows.rows(order))
    return found
