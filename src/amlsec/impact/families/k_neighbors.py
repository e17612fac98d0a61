"""k nearest neighbours by algebra: an added row takes a place among a quiz row's neighbours, or it takes none."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import KNeighborsClassifier

from amlsec.impact.contract import NEAR, Answer, Floats, Model, Question, Tally, family
from amlsec.impact.dense import are_tables, are_unweighted
from amlsec.impact.neighborhood import MIXED, Metric, metric_of, nearest
from amlsec.impact.refit import log_odds, refits
from amlsec.impact.units import Positions, Units

_MOST_LEFT_OUT = 64  # of the nearest rows of one quiz row; where a unit takes more, it is training again
_MOST_TIMES = 1e5  # as great may a weight be as what is left without it


@family.register
def _k_neighbors(estimator: KNeighborsClassifier, question: Question) -> Model | None:
    """Exact for uniform and distance weights and Minkowski distances, on dense rows of 64-bit floats.

    None where a quiz row has neighbours of both labels equally far at the last place and the search does not promise
    which of them it keeps: every answer then hangs on the order in which it looks.
    """
    metric = metric_of(estimator)
    if metric is None or not _can_be_answered(estimator, question):
        return None
    model = KNeighbors(estimator, question, metric)
    tied = model.near.mixed_at(np.arange(len(model.before)), np.full(len(model.before), model.k))
    return None if tied.any() and (question.removing or not _keeps_the_first(estimator, question)) else model


def _can_be_answered(estimator: KNeighborsClassifier, question: Question) -> bool:
    double = are_tables(question) and all(rows.X.dtype == np.float64 for rows in (question.base, question.quiz))
    known = estimator.weights in ("uniform", "distance") and estimator.n_neighbors <= len(question.base.y)
    return double and bool(known) and are_unweighted(question)


def _keeps_the_first(estimator: KNeighborsClassifier, question: Question) -> bool:
    """Whether of equally far rows the search keeps those that come first."""
    return bool(estimator.algorithm == "brute" or (estimator.algorithm == "auto" and question.base.X.shape[1] > 15))


class _Touched(NamedTuple):
    """Rows that come to, or leave, the neighbourhood of a quiz row, sorted by unit, quiz row and distance."""

    unit: Positions
    quiz: Positions
    distance: Floats
    label: NDArray[np.int64]
    moves: NDArray[np.bool_]
    """Whether the row takes, or gives up, one of the k places."""


class _Changed(NamedTuple):
    """Pairs of a unit and a quiz row whose neighbours change, the evidence then, and whether it is in doubt."""

    unit: Positions
    quiz: Positions
    evidence: Floats
    verdict: NDArray[np.bool_]
    open: NDArray[np.bool_]


class KNeighbors(Model):
    """k nearest neighbours, with uniform weights or the reciprocals of the distances.

    Of a unit's rows the t-th nearest to a quiz row is one of its neighbours if it is nearer than the base's (k - t + 1)-th;
    the base keeps as many places as are left. Equally far rows of unlike labels at the last place are left to training, and
    so are weights of distances that rounding could change.
    """

    block = 512

    def __init__(self, estimator: KNeighborsClassifier, question: Question, metric: Metric) -> None:
        (real,) = refits(estimator, question, Units.of([[]]))
        super().__init__(real.evidence[0], question.quiz.y)
        self.judged, self.k, self.metric, self.removing = real.verdicts[0], estimator.n_neighbors, metric, question.removing
        self.offered, self.uniform = question.offered, estimator.weights == "uniform"
        spare = _MOST_LEFT_OUT if question.removing else 8
        self.near = nearest(metric, question.base, question.quiz.X, self.k + spare)
        self.reached = metric.screen(question.quiz.X, self.near.distance[:, self.k - 1] + self.near.slack[:, self.k - 1])
        votes = self._weights(self.near.distance)[:, :, None] * (self.near.label[:, :, None] == np.arange(2))
        self.votes = np.concatenate([np.zeros((len(votes), 1, 2)), np.cumsum(votes, axis=1)], axis=1)
        """(m, places + 1, 2): the votes for each class of a quiz row's nearest 0, 1, 2, ... base rows."""

    def after(self, units: Units) -> Answer:
        changed = self._changed(units)
        evidence, judged = np.tile(self.before, (len(units), 1)), np.tile(self.judged, (len(units), 1))
        evidence[changed.unit, changed.quiz], judged[changed.unit, changed.quiz] = changed.evidence, changed.verdict
        return Answer(judged, evidence, self._open(changed, units), np.zeros(len(units)))

    def tally(self, units: Units) -> Tally:
        changed = self._changed(units)
        was = self.judged[changed.quiz]
        turned, right = changed.verdict != was, was == self.quiz.malicious[changed.quiz]
        shift = self.quiz.sign[changed.quiz] * (changed.evidence - self.before[changed.quiz])
        place = 2 * changed.unit + self.quiz.malicious[changed.quiz]
        sums = [np.bincount(place, part, 2 * len(units)).reshape(-1, 2) for part in (turned & ~right, turned & right, shift)]
        helped, hurt = (np.rint(counted).astype(np.int64) for counted in sums[:2])
        return Tally(helped, hurt, sums[2] / self.quiz.sizes, self._open(changed, units), np.zeros(len(units)))

    def _open(self, changed: _Changed, units: Units) -> NDArray[np.bool_]:
        still_open: NDArray[np.bool_] = np.bincount(changed.unit, changed.open, len(units)) > 0
        return still_open | (units.sizes > len(self.offered.y) - self.k if self.removing else False)

    def _changed(self, units: Units) -> _Changed:
        touched = self._left(units) if self.removing else self._added(units)
        first = np.flatnonzero(np.diff(touched.unit, prepend=-1) | np.diff(touched.quiz, prepend=-1))
        if not len(first):
            return _Changed(*(np.zeros(0, kind) for kind in (np.intp, np.intp, float, bool, bool)))
        unit, quiz = touched.unit[first], touched.quiz[first]
        moved = np.add.reduceat(touched.moves, first, dtype=np.intp)
        place = np.minimum(self.k + (moved if self.removing else -moved), self.near.places)
        own = (self._weights(touched.distance) * touched.moves)[:, None] * (touched.label[:, None] == np.arange(2))
        votes = self.votes[quiz, place] + np.add.reduceat(own, first) * (-1 if self.removing else 1)
        evidence = log_odds(votes[:, 1] / np.maximum(votes.sum(axis=1), 1e-300))
        in_doubt = self._tied(touched, first, place)
        if not self.uniform:
            in_doubt |= self._rounded(touched, first, own, votes) | (np.abs(evidence) <= NEAR)
        return _Changed(unit, quiz, evidence, votes[:, 1] > votes[:, 0], in_doubt)

    def _added(self, units: Units) -> _Touched:
        """Rows about as near as the last neighbour; the t-th of a unit moves in where it beats the base's k - t + 1-th."""
        rows = self.offered.X[units.rows]
        row, quiz, distance = self.reached(rows)
        unit = np.repeat(np.arange(len(units)), units.sizes)[row]
        label = self.offered.y[units.rows[row]]
        if not units.alone:
            order = np.lexsort((distance, quiz, unit))
            unit, quiz, distance, label = unit[order], quiz[order], distance[order], label[order]
        rank = _rank(unit, quiz)
        moves = (rank < self.k) & (distance < self.near.distance[quiz, np.maximum(self.k - 1 - rank, 0)])
        return _Touched(unit, quiz, distance, label, moves)

    def _left(self, units: Units) -> _Touched:
        """Base rows of the unit among the nearest; one gives up a place where fewer than k stand before it then."""
        held = self.near.held[units.rows]
        unit = np.repeat(np.repeat(np.arange(len(units)), units.sizes), np.diff(held.indptr))
        quiz, place = held.indices, held.data - 1
        order = np.lexsort((place, quiz, unit))
        unit, quiz, place = unit[order], quiz[order], place[order]
        moves = place - _rank(unit, quiz) < self.k
        return _Touched(unit, quiz, self.near.distance[quiz, place], self.near.label[quiz, place], moves)

    def _tied(self, touched: _Touched, first: Positions, place: Positions) -> NDArray[np.bool_]:
        """Whether rows of both labels are equally far at the border of a changed neighbourhood."""
        quiz = touched.quiz[first]
        if self.removing:
            return self.near.mixed_at(quiz, place)
        low, high = (ends.reduceat(touched.label, first) for ends in (np.minimum, np.maximum))
        label = np.where(low == high, low, MIXED)
        last_in = np.maximum.reduceat(np.where(touched.moves, touched.distance, -np.inf), first)
        first_out = np.minimum.reduceat(np.where(touched.moves, np.inf, touched.distance), first)
        return self.near.mixed_with(quiz, place, label, (last_in, first_out))

    def _rounded(self, touched: _Touched, first: Positions, own: Floats, votes: Floats) -> NDArray[np.bool_]:
        """Whether weights hang on rounding: of a distance near 0, or of a great weight that is taken away."""
        smallest = np.minimum(np.minimum.reduceat(touched.distance, first), self.near.distance[touched.quiz[first], 0])
        rough: NDArray[np.bool_] = self.near.noise[touched.quiz[first]] > 0.1 * NEAR * smallest**2
        taken: Floats = np.add.reduceat(own, first).sum(axis=1) * self.removing
        return np.asarray(rough | (taken > _MOST_TIMES * votes.sum(axis=1)))

    def _weights(self, distance: Floats) -> Floats:
        if self.uniform:
            return np.ones_like(distance)
        return 1 / np.maximum(distance, 1e-300)  # beside it nothing else counts, as scikit-learn has it


def _rank(unit: Positions, quiz: Positions) -> Positions:
    """How many rows of the same unit and quiz row stand before each, of rows sorted by both."""
    place = np.arange(len(unit))
    new = np.diff(unit, prepend=-1).astype(bool) | np.diff(quiz, prepend=-1).astype(bool)
    return place - np.maximum.accumulate(np.where(new, place, 0)) if len(unit) else place
