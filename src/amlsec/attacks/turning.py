"""The score at which a model's verdict turns, which need not be the usual one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks.questions import Questions
from amlsec.data import BENIGN, MALICIOUS, Rows

Floats = NDArray[np.float64]


def turning(ask: Questions, rows: Rows, scores: Floats, usual: float) -> float:
    """The score above which rows are stopped, by verdicts on some of these rows (n, ...), whose scores (n,) are known.

    Two verdicts on the rows next to the usual score; where both are as expected, or no more may be asked, it is that one.
    Else it lies between two rows that are found by halving, in about log2(n) questions.

    >>> from amlsec.budget import QueryBudget
    >>> from amlsec.oracle import Oracle
    >>> from amlsec.threat import Access
    >>> class Tuned:
    ...     def labels(self, X): return (X[:, 0] > 0.2).astype(np.int64)
    ...     def scores(self, X): return X[:, 0]
    >>> ask = Questions(Oracle(Tuned(), access=Access.LABELS, rows=1, queries=9), QueryBudget(9))
    >>> rows = np.array([[0.0], [0.1], [0.3], [0.4], [0.6]])
    >>> turning(ask, rows, rows[:, 0], 0.5), ask.left
    (0.2, 5)
    """
    order = np.argsort(scores, kind="stable")
    rows, scores = rows[order], scores[order]
    first = int(np.searchsorted(scores, usual, side="right"))
    near = np.arange(max(first - 1, 0), min(first + 1, len(rows)))
    stops = ask.verdicts(rows[near]) == MALICIOUS
    wrong = near[: len(stops)][stops != (scores[near[: len(stops)]] > usual)]
    if len(wrong) != 1:  # the verdict is no matter of the score where both are
        return usual
    low, high = (0, first - 1) if wrong[0] < first else (first + 1, len(rows))
    passing = _passing(ask, rows, low, high)
    ends = np.concatenate([scores[:1] - 1, scores, scores[-1:] + 1])[passing : passing + 2]
    return float(ends.mean())


def _passing(ask: Questions, rows: Rows, low: int, high: int) -> int:
    """How many of the rows, by rising score, pass: between these, halved as far as may be asked."""
    while low < high and ask.left:
        middle = (low + high) // 2
        passes = ask.verdicts(rows[middle : middle + 1])[0] == BENIGN
        low, high = (middle + 1, high) if passes else (low, middle)
    return (low + high) // 2
