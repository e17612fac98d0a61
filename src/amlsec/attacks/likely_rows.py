"""The likeliest row of a label: ascent on a model's score among rows that look like those an attacker knows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_expit

from amlsec.attacks.log_odds import own_log_odds
from amlsec.data import MALICIOUS, Rows
from amlsec.oracle import Oracle

Floats = NDArray[np.float64]
ROUNDS, STEPS = 4, np.array([1.0, 0.5, 0.25])
"""So many rounds at least, if need be along fewer directions; how much of its way a round goes is found by asking."""


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """What rows look like, as a normal distribution in some of their columns.

    Attributes
    ----------
    at : positions (h,) of the columns
    mean : of those columns (h,)
    ways : the directions (k, h) in which rows differ, each as long as their standard deviation along it, longest first
    low, high : bounds (h,)
    """

    at: NDArray[np.intp]
    mean: Floats
    ways: Floats
    low: Floats
    high: Floats

    def first(self, many: int) -> Population:
        """The same with no more than so many directions."""
        return Population(self.at, self.mean, self.ways[:many], self.low, self.high)

    def shown(self, X: Rows, z: Floats) -> Rows:
        """The rows (n, d) with these columns so many standard deviations (n, k) from the mean, within the bounds."""
        placed = X.copy()
        placed[:, self.at] = np.clip(self.mean + z @ self.ways, self.low, self.high)
        return placed


def population(rows: Rows, at: NDArray[np.intp], low: Floats, high: Floats) -> Population:
    """The population that these rows (s, d) come from, in the columns (h,) with bounds (h,); the middle without rows.

    >>> rows = np.array([[0.0, 1.0], [4.0, 1.0], [2.0, 1.0], [2.0, 1.0]])
    >>> found = population(rows, np.arange(2), np.zeros(2), np.full(2, 9.0))
    >>> found.mean, np.abs(found.ways).round(2)
    (array([2., 1.]), array([[1.41, 0.  ]]))
    """
    if not len(rows):
        return Population(at, (low + high) / 2, np.zeros((0, len(at))), low, high)
    mean = rows[:, at].mean(axis=0)
    _, spread, ways = np.linalg.svd((rows[:, at] - mean) / np.sqrt(len(rows)), full_matrices=False)
    varies = spread > 1e-9 * max(1.0, spread.max(initial=0.0))
    return Population(at, mean, (spread[:, None] * ways)[varies], low, high)


def likeliest_rows(oracle: Oracle, y: NDArray[np.int64], X: Rows, among: Population, queries: int) -> Rows:
    """The rows (n, d) moved to where the population's density times the chance of the label y (n,) is greatest.

    Each round asks one standard deviation to both sides along each direction; the differences are the slope of the
    label's log-odds. The row goes to where the posterior would be greatest if the slope stayed as it is, a half or a
    quarter of the way, or stays: where it is greatest by the answers. At most `queries` are spent on each row; with too
    few for one round none is, and the row is the population's mean.
    """
    among = among.first(max(1, (queries // ROUNDS - len(STEPS) - 1) // 2))
    k, asked = len(among.ways), _Asked(oracle, y, X, among)
    z, around = np.zeros((len(X), k)), np.concatenate([np.zeros((1, k)), np.eye(k), -np.eye(k)])
    for _ in range(queries // (len(around) + len(STEPS)) if k else 0):
        odds = asked.odds(z[:, None] + around)
        aim = best_of_linear(odds[:, 0], (odds[:, 1 : k + 1] - odds[:, k + 1 :]) / 2, z)
        tried = z[:, None] + STEPS[:, None] * (aim - z)[:, None]
        z = _best(np.concatenate([z[:, None], tried], axis=1), np.hstack([odds[:, :1], asked.odds(tried)]))
    return among.shown(X, z)


def best_of_linear(odds: Floats, slope: Floats, z: Floats) -> Floats:
    """Where (n, k) log p - z z / 2 is greatest if log-odds go on as they do at z (n, k): `odds` (n,), slope (n, k).

    That is z = t g with g the slope and t = 1 - p there, a root in [0, 1] found by halving.

    >>> best_of_linear(np.array([0.0]), np.array([[1.0]]), np.array([[0.0]])).round(3)
    array([[0.401]])
    """
    at_mean, rise = odds - (slope * z).sum(axis=1), (slope**2).sum(axis=1)
    low, high = np.zeros(len(z)), np.ones(len(z))
    for _ in range(60):
        t = (low + high) / 2
        short = expit(-(at_mean + t * rise)) > t
        low, high = np.where(short, t, low), np.where(short, high, t)
    return np.asarray(((low + high) / 2)[:, None] * slope)


def _best(places: Floats, odds: Floats) -> Floats:
    """Of each row's places (n, t, k) the first of the greatest posterior (n, k)."""
    posterior = log_expit(odds) - (places**2).sum(axis=2) / 2
    return np.asarray(places[np.arange(len(places)), posterior.argmax(axis=1)])


class _Asked:
    """The log-odds of each row's label at the places asked about; margins once one score was no probability."""

    def __init__(self, oracle: Oracle, y: NDArray[np.int64], X: Rows, among: Population) -> None:
        self.oracle, self.y, self.X, self.among = oracle, y, X, among
        self._margins = False

    def odds(self, z: Floats) -> Floats:
        """Of each row's label at each of its places (n, t, k); (n, t)."""
        of = np.repeat(np.arange(len(self.X)), z.shape[1])
        scores = self.oracle.scores(self.among.shown(self.X[of], z.reshape(len(of), -1)), of=of)
        self._margins |= bool(((scores < 0) | (scores > 1)).any())
        y = self.y[of]
        odds = np.where(y == MALICIOUS, scores, -scores) if self._margins else own_log_odds(scores, y)
        return np.asarray(odds).reshape(z.shape[:2])
