"""Hidden columns guessed one after the other: each value they may hold is tried, and the model's answers compared."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_expit, softmax

from amlsec.attacks.log_odds import own_log_odds
from amlsec.data import Rows
from amlsec.imputation import Levels, levels
from amlsec.oracle import Oracle
from amlsec.shadow import Shadow
from amlsec.space.tabular import tabular

Floats = NDArray[np.float64]
Read = Callable[[Rows, int, Levels], Floats]
"""Rows (n, d) without a gap, the column to guess, the values between which to guess: a guess for each row (n,)."""

SUREST = float(np.log(99))
"""Nobody's answer is taken for surer than 99 in 100: models that recall their training rows are sure of all they say."""


def one_by_one(rows: Rows, hidden: NDArray[np.intp], shadow: Shadow, queries: int, read: Read) -> Floats:
    """Guesses (n, k) at the hidden columns of rows (n, d), each read where the others hold what was guessed of them.

    Before it is read, a column holds the value that is commonest in the shadow's rows. The queries of a row are shared
    evenly between its columns; of a column with more values than that the commonest are tried, and where that leaves one
    nothing is asked.
    """
    X, room = rows.copy(), queries // max(len(hidden), 1)
    among = {j: levels(tabular(shadow.space).columns[j], shadow.rows.X[:, j]) for j in hidden.tolist()}
    for j, known in among.items():
        X[:, j] = known.commonest
    for j in among if len(rows) and room > 1 else ():
        tried = levels(tabular(shadow.space).columns[j], shadow.rows.X[:, j], most=room)
        X[:, j] = read(X, j, tried) if len(tried.values) > 1 else X[:, j]
    return np.asarray(X[:, hidden])


def each_tried(X: Rows, j: int, values: Floats) -> tuple[Rows, NDArray[np.intp]]:
    """Each row (n, d) with each value (m,) in column j, row after row, and which row each (n * m,) stands for.

    >>> each_tried(np.array([[5.0, 9.0]]), 1, np.array([0.0, 1.0]))[0]
    array([[5., 0.],
           [5., 1.]])
    """
    tried = np.repeat(X, len(values), axis=0)
    tried[:, j] = np.tile(values, len(X))
    return tried, np.repeat(np.arange(len(X)), len(values))


def likeliest(oracle: Oracle, y: NDArray[np.int64], X: Rows, j: int, tried: Levels, prior: Floats) -> Floats:
    """The guess (n,) of the greatest posterior: each value's prior (n, m) times the chance of the row's own label with it.

    The chance is what the model's score says, at most 99 in 100; each value costs one query.
    """
    asked, of = each_tried(X, j, tried.values)
    odds = own_log_odds(oracle.scores(asked, of=of), y[of]).reshape(len(X), len(tried.values))
    fit = log_expit(np.clip(odds, -SUREST, SUREST))
    return tried.best(softmax(np.log(prior) + fit, axis=1))


def by_frequency(oracle: Oracle, y: NDArray[np.int64]) -> Read:
    """Reads the likeliest value, each as likely beforehand as it is frequent."""
    return lambda X, j, tried: likeliest(oracle, y, X, j, tried, np.tile(tried.shares, (len(X), 1)))
