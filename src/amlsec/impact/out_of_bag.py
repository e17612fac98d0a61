"""What each training row is worth, by the verdicts on it of models trained without it: Data-OOB."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.base import clone

from amlsec.data import Batch
from amlsec.errors import InvalidInput
from amlsec.evidence import Interval, rate
from amlsec.impact.checks import labelled
from amlsec.impact.contract import Floats, Labelled
from amlsec.impact.refit import seeded

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class OutOfBag:
    """How n rows fared in bags that left them out.

    Attributes
    ----------
    right : bags (n,) that left the row out and gave it the label it has
    bags : bags (n,) that left the row out
    """

    right: Ints
    bags: Ints

    @property
    def value(self) -> Floats:
        """The share (n,) of right verdicts; NaN for a row that was in every bag."""
        return np.where(self.bags > 0, self.right / np.maximum(self.bags, 1), np.nan)

    def interval(self, row: int, confidence: float = 0.95) -> Interval:
        """The value of one row, with the interval in which more and more bags would settle it."""
        return rate(int(self.right[row]), int(self.bags[row]), confidence)


def out_of_bag(
    estimator: Any, rows: Batch | Labelled, *, bags: int = 100, random_state: int = 0, n_jobs: int | None = None
) -> OutOfBag:
    """The Data-OOB value of each row (Kwon and Zou 2023, equation 2), by any scikit-learn classifier or pipeline.

    Each of `bags` (>= 1) clones is trained on as many rows as there are, drawn with replacement, and judges those that it
    was not trained on. A row's value is the share of right verdicts: low for rows that the others contradict, such as
    flipped labels, and for hard ones. It needs no trusted rows, and is blind where poison is the local majority. A bag
    without both labels is drawn again; an open random state is seeded bag by bag, so that numbers do not depend on
    `n_jobs`, the processes to train in.

    Raises InvalidInput where bags < 1, the rows are of one label or have weights.

    >>> from sklearn.tree import DecisionTreeClassifier
    >>> X = np.concatenate([np.linspace(0, 1, 20), np.linspace(2, 3, 20)])[:, None]
    >>> y = np.repeat([0, 1], 20)
    >>> y[5] = 1
    >>> values = out_of_bag(DecisionTreeClassifier(), Labelled(X, y), bags=50).value
    >>> int(np.argmin(values)), float(values[5])
    (5, 0.0)
    """
    rows = labelled(rows)
    if bags < 1:
        raise InvalidInput("bags", bags, "must be at least 1")
    if rows.weight is not None:
        raise InvalidInput("rows.weight", rows.weight, "must be None: bags are drawn from unweighted rows")
    if len(np.unique(rows.y)) < 2:
        raise InvalidInput("rows.y", np.unique(rows.y), "must hold both labels")
    streams = np.random.default_rng(random_state).spawn(bags)
    right, left_out = np.zeros(len(rows.y), dtype=np.int64), np.zeros(len(rows.y), dtype=np.int64)
    for out, verdicts in Parallel(n_jobs=n_jobs, return_as="generator")(delayed(_bag)(estimator, rows, s) for s in streams):
        left_out[out] += 1
        right[out] += verdicts == rows.y[out]
    return OutOfBag(right, left_out)


def _bag(estimator: Any, rows: Labelled, rng: np.random.Generator) -> tuple[NDArray[np.intp], NDArray[Any]]:
    """The rows left out of one bag, and the verdicts on them."""
    bag = _drawn(rows.y, rng)
    model = clone(seeded(estimator, int(rng.integers(2**31)))).fit(rows.X[bag], rows.y[bag])
    out = np.setdiff1d(np.arange(len(rows.y)), bag)
    return out, model.predict(rows.X[out]) if len(out) else rows.y[out]


def _drawn(y: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.intp]:
    while True:
        bag = rng.integers(len(y), size=len(y))
        if len(np.unique(y[bag])) == 2:
            return bag
