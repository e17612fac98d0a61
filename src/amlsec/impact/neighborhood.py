"""The nearest base rows of every quiz row, how sure their order is, and which other rows come as near."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.spatial.distance import cdist

from amlsec.impact.contract import Floats, Labelled
from amlsec.impact.units import Positions

MIXED = 2
"""Stands for a label where rows of both are equally far."""
_TIE = 1e-9  # distances that differ by less, in ratio, are one
_CELLS = 4_000_000  # of one block of distances: 32 MB
_NAMES = {
    "euclidean": "euclidean",
    "l2": "euclidean",
    "manhattan": "cityblock",
    "l1": "cityblock",
    "cityblock": "cityblock",
    "chebyshev": "chebyshev",
}
_POWERS = {1: "cityblock", 2: "euclidean", np.inf: "chebyshev"}

Screen = Callable[[Floats], tuple[Positions, Positions, Floats]]
"""Of rows (n, d): which row and which quiz row are within reach of each other, and their distance; sorted by both."""


def metric_of(estimator: Any) -> Metric | None:
    """The distance of a scikit-learn nearest neighbours estimator; None where it is another than these three."""
    name = _POWERS.get(estimator.p) if estimator.metric == "minkowski" else _NAMES.get(str(estimator.metric))
    if name is None or estimator.metric_params:
        return None
    return Metric(name, rounded=name == "euclidean" and estimator.algorithm not in ("kd_tree", "ball_tree"))


@dataclass(frozen=True, slots=True)
class Metric:
    """A distance between rows, by its name in SciPy, and whether it may be `rounded`: taken as |x|^2 - 2 x v + |v|^2."""

    name: str
    rounded: bool

    def between(self, one: Floats, two: Floats) -> Floats:
        """Of all pairs (n, m)."""
        return np.asarray(cdist(one, two, self.name))

    def noise(self, quiz: Floats, reach: Floats) -> Floats:
        """How far rounding may shift a squared distance (m,) within reach."""
        if not self.rounded:
            return np.zeros(len(quiz))
        ends = np.sqrt((quiz**2).sum(axis=1)) + reach
        return np.asarray(4 * (quiz.shape[1] + 8) * np.finfo(float).eps * ends**2)

    def screen(self, quiz: Floats, reach: Floats) -> Screen:
        """What finds the rows nearer to a quiz row than its reach (m,)."""
        if self.name == "euclidean":
            return _Euclidean(quiz, reach)
        return partial(_within, self, quiz, reach)


def _within(metric: Metric, quiz: Floats, reach: Floats, rows: Floats) -> tuple[Positions, Positions, Floats]:
    distance = metric.between(rows, quiz)
    row, near = np.nonzero(distance <= reach)
    return row, near, distance[row, near]


class _Euclidean:
    """One matrix product finds the pairs that may be within reach; their distances are taken as differences.

    x . v - |x|^2 / 2 > (|v|^2 - reach^2) / 2, with all norms a rounding smaller.
    """

    def __init__(self, quiz: Floats, reach: Floats) -> None:
        self.quiz, self.reach, self.centre = quiz, reach, quiz.mean(axis=0)
        self.shrunk = 1 - 4 * (quiz.shape[1] + 8) * np.finfo(float).eps
        centred = quiz - self.centre
        limit = ((centred**2).sum(axis=1) * self.shrunk - (reach * (1 + _TIE)) ** 2) / 2
        self.sides = np.vstack([centred.T, np.ones(len(quiz)), -limit])

    def __call__(self, rows: Floats) -> tuple[Positions, Positions, Floats]:
        centred = rows - self.centre
        half = np.einsum("ij,ij->i", centred, centred) * (-self.shrunk / 2)
        found = np.flatnonzero(np.column_stack([centred, half, np.ones(len(rows))]) @ self.sides >= 0)
        row, quiz = np.divmod(found, len(self.quiz))
        distance = np.concatenate([np.zeros(0), *(self._distance(rows, row[part], quiz[part]) for part in self._parts(row))])
        near = distance <= self.reach[quiz]
        return row[near], quiz[near], distance[near]

    def _parts(self, row: Positions) -> list[slice]:
        size = max(1, _CELLS // self.quiz.shape[1])
        return [slice(start, start + size) for start in range(0, len(row), size)]

    def _distance(self, rows: Floats, row: Positions, quiz: Positions) -> Floats:
        difference = rows[row] - self.quiz[quiz]
        return np.asarray(np.sqrt(np.einsum("ij,ij->i", difference, difference)))


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """The nearest base rows of m quiz rows, the nearest first.

    Attributes
    ----------
    distance : (m, places + 1), the last column infinity
    label : of these rows (m, places + 1)
    run : the label of all rows as far as this one, or MIXED; MIXED too where the run may go on beyond the last place
    slack : distances that differ by less may be equal (m, places + 1)
    noise : how far rounding may shift a squared distance (m,)
    held : CSR (base, m), of how many places, counted from 1, a base row stands in among a quiz row's nearest
    """

    distance: Floats
    label: NDArray[np.int64]
    run: NDArray[np.int64]
    slack: Floats
    noise: Floats
    held: Any

    @property
    def places(self) -> int:
        """How many base rows each quiz row has here."""
        return int(self.distance.shape[1]) - 1

    def mixed_at(self, quiz: Positions, place: Positions) -> NDArray[np.bool_]:
        """Whether rows of both labels are equally far where the first so many places end."""
        never = np.full(len(quiz), np.inf)
        return self.mixed_with(quiz, place, np.zeros(len(quiz), dtype=np.int64), (-never, never))

    def mixed_with(
        self, quiz: Positions, place: Positions, label: NDArray[np.int64], ends: tuple[Floats, Floats]
    ) -> NDArray[np.bool_]:
        """The same with further rows of one label: the last one inside and the first one outside are this far."""
        inside = np.where(place > 0, self.distance[quiz, place - 1], -np.inf)
        outside, slack = self.distance[quiz, place], self.slack[quiz, np.maximum(place - 1, 0)]
        last_in, first_out = np.maximum(inside, ends[0]), np.minimum(outside, ends[1])
        least, most = last_in - 2 * slack, first_out + 2 * slack
        near = np.array([inside >= least, outside <= most, ends[0] >= least, ends[1] <= most])
        labels = np.array([self.run[quiz, place - 1], self.run[quiz, place], label, label])
        low, high = np.where(near, labels, MIXED).min(axis=0), np.where(near, labels, 0).max(axis=0)
        end_unknown = (place == self.places) & (self.places < self.held.shape[0])
        unlike = (low != high) | (high == MIXED)
        return np.asarray(((first_out <= last_in + slack) & unlike) | end_unknown)


def nearest(metric: Metric, base: Labelled, quiz: Floats, places: int) -> Nearest:
    """The nearest base rows of each quiz row, or all where there are fewer."""
    places = min(places, len(base.y))
    which, distance = np.empty((len(quiz), places), dtype=np.intp), np.full((len(quiz), places + 1), np.inf)
    size = max(1, _CELLS // len(base.y))
    for rows in (slice(start, start + size) for start in range(0, len(quiz), size)):
        far = metric.between(quiz[rows], base.X)
        some = np.argpartition(far, places - 1, axis=1)[:, :places]
        order = np.argsort(np.take_along_axis(far, some, axis=1), axis=1, kind="stable")
        which[rows] = np.take_along_axis(some, order, axis=1)
        distance[rows, :-1] = np.take_along_axis(far, which[rows], axis=1)
    label = np.column_stack([base.y[which], np.zeros(len(quiz), dtype=np.int64)])
    noise = metric.noise(quiz, distance[:, -2])
    slack = _slack(distance, noise)
    held = csr_matrix((np.tile(np.arange(1, places + 1), len(quiz)), which.ravel(), np.arange(len(quiz) + 1) * places))
    held.resize(len(quiz), len(base.y))
    return Nearest(distance, label, _runs(distance, label, slack, places == len(base.y)), slack, noise, held.T.tocsr())


def _slack(distance: Floats, noise: Floats) -> Floats:
    """Distances this much apart may be one: by a ratio, or as rounding of squares lets them."""
    finite = np.where(np.isfinite(distance), distance, 0.0)
    by_rounding = noise[:, None] / np.maximum(finite, np.sqrt(noise)[:, None] + np.finfo(float).tiny)
    return _TIE * finite + by_rounding


def _runs(distance: Floats, label: NDArray[np.int64], slack: Floats, whole: bool) -> NDArray[np.int64]:
    """The label of each chain of rows that are pairwise as far, or MIXED."""
    tied = distance[:, 1:] - distance[:, :-1] <= slack[:, :-1]
    highest = label.copy()
    if not whole:
        highest[:, -2] = MIXED
    low, high = _along(tied, label, np.minimum), _along(tied, highest, np.maximum)
    return np.where(low == high, high, MIXED)


def _along(tied: NDArray[np.bool_], label: NDArray[np.int64], pick: np.ufunc) -> NDArray[np.int64]:
    """The smallest or greatest label (m, places) of each chain whose links are `tied` (m, places - 1)."""
    out, last = label.copy(), label.shape[1] - 1
    for k in (*range(last), *range(last - 1, -1, -1)):
        both = pick(out[:, k], out[:, k + 1])
        out[:, k], out[:, k + 1] = (np.where(tied[:, k], both, out[:, side]) for side in (k, k + 1))
    return out
