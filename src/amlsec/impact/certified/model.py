"""Models of certified families: a verdict stands where a proven bound decides it, and is worked out further elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, identity, vstack

from amlsec.impact.certified.coordinates import Rowwise
from amlsec.impact.certified.metric import Metric, Part, Rows, Training, summed
from amlsec.impact.certified.newton import ROUNDING, Cases, optimum
from amlsec.impact.certified.steps import Step, first, further
from amlsec.impact.contract import NEAR, Answer, Floats, Model, Question, Tally
from amlsec.impact.units import Positions, Units

FIRST, SECOND, OPTIMUM = 1, 2, 3
"""What decided a unit: the step along its row, corrected once, or twice, or the optimum itself."""
_CACHED = 128  # units whose changes of the base's margins stay near the processor
_RUN = 128  # units of like reach that are compared with one prefix of the quiz
_NEARLY = 1e-4  # a gradient's length that mostly does
_SMALLEST_PREFIX = 16
_TOGETHER = 256  # rows of units whose optimum is sought at a time


class Judged(NamedTuple):
    """A tally, and which units (k,) its bounds do not decide."""

    helped: Floats
    hurt: Floats
    margin: Floats
    error: Floats
    undecided: NDArray[np.bool_]


class Seen(NamedTuple):
    """Evidence (k, m) with its error (k,), and which units (k,) that does not decide."""

    evidence: Floats
    error: Floats
    undecided: NDArray[np.bool_]


class _Found(Protocol):
    @property
    def undecided(self) -> NDArray[np.bool_]: ...
    def __iter__(self) -> Iterator[Any]: ...


Found = TypeVar("Found", bound=_Found)
Judge = Callable[[Rows, csr_matrix, Step], Found]


class Certified(Model):
    """A linear model at its exact optimum.

    Every unit gets its optimum within a proven distance: quiz rows further than that from a tie have their verdicts. Quiz
    rows are ordered by how far the weights must move to turn them, so that most need no look. Where a row is too near to a
    tie, the unit is worked out further, at last to rounding; what then is still too near to a tie is trained for real.
    """

    block = 1024
    trains_ties = False

    def __init__(self, metric: Metric, offered: Training, question: Question) -> None:
        before, size = metric.evidence(question.quiz.X)
        super().__init__(before, question.quiz.y)
        self.metric, self.offered, self.removing = metric, offered, question.removing
        self.labels, self.far = question.base.y, metric.far(offered)
        self.places = metric.quiz(question.quiz.X)
        self.scale = metric.lengths(self.places)
        self.apart = (before == 0) & ~metric.with_base(self.places).any(axis=1)
        self.slack = NEAR * np.maximum(1.0, size)
        clear = np.abs(before) - self.slack
        edges = np.divide(clear, self.scale, out=np.where(clear > 0, np.inf, -np.inf), where=self.scale > 0)
        self.order = np.argsort(edges, kind="stable")
        self.edges = edges[self.order]
        self.mean_scale = float(metric.lengths(tuple(self.quiz.mean_margin.T @ place for place in self.places)).max())
        self._prefixes: dict[int, tuple[Part, Positions]] = {}

    def tally(self, units: Units) -> Tally:
        judged, _ = self._worked_out(units, self._judged)
        return Tally(
            np.asarray(np.rint(judged.helped), dtype=np.int64),
            np.asarray(np.rint(judged.hurt), dtype=np.int64),
            judged.margin,
            judged.undecided | self._far(units),
            judged.error,
        )

    def after(self, units: Units) -> Answer:
        seen, _ = self._worked_out(units, self._seen)
        return Answer(seen.evidence > 0, seen.evidence, seen.undecided | self._far(units), seen.error)

    def margins(self, units: Units) -> tuple[Floats, NDArray[np.bool_]]:
        judged, _ = self._worked_out(units, self._judged_by_margin)
        return judged.margin, ~np.isfinite(judged.error) | self._far(units)

    def decided_by(self, units: Units) -> NDArray[np.int64]:
        """What decided each unit (k,): FIRST, SECOND or OPTIMUM."""
        return self._worked_out(units, self._judged)[1]

    def _worked_out(self, units: Units, judge: Judge[Found]) -> tuple[Found, NDArray[np.int64]]:
        """What the judge says of each unit, worked out as far as it asks for, and how far that was."""
        if self.removing or not units.alone:
            return self._at_optimum(units, judge), np.full(len(units), OPTIMUM)
        parts = [self._begun(part.rows, judge) for part in units.blocks(_CACHED)]
        found, step = _joined([found for found, _ in parts]), _joined([step for _, step in parts])
        level, again = np.full(len(units), FIRST), np.flatnonzero(found.undecided)
        for next_level, improve in ((SECOND, further), (OPTIMUM, _near_optimum), (OPTIMUM, _lone_optimum)):
            if not len(again):
                break
            rows = self._rows(units.rows[again])
            step = improve(self.metric, rows, step)
            better = judge(rows, _each(step), step)
            level[again] = next_level
            for old, new in zip(found, better, strict=True):
                old[again] = new
            again, step = again[better.undecided], step.take(np.flatnonzero(better.undecided))
        return found, level

    def _begun(self, which: Positions, judge: Judge[Found]) -> tuple[Found, Step]:
        """What the first step says of these rows, and the steps that do not decide."""
        rows = self._rows(which)
        step = first(self.metric, rows)
        found = judge(rows, _each(step), step)
        return found, step.take(np.flatnonzero(found.undecided))

    def _at_optimum(self, units: Units, judge: Judge[Found]) -> Found:
        """The same by the optimum alone, for units of any number of rows, or of rows left out."""
        sizes = units.sizes * (not self.removing)
        parts, order = [], []
        for size in np.unique(sizes):
            alike = np.flatnonzero(sizes == size)
            for some in np.array_split(alike, -(-len(alike) * (size + 1) // _TOGETHER)):
                parts.append(self._optimum_of(units.take(some), int(size), judge))
                order.append(some)
        back = np.argsort(np.concatenate(order), kind="stable")
        return type(parts[0])(*(column[back] for column in _joined(parts)))

    def _optimum_of(self, units: Units, size: int, judge: Judge[Found]) -> Found:
        """For units of as many added rows each, none where rows are left out."""
        k = len(units)
        rows = self._rows(units.rows if size else units.rows[:0])
        weight = self._weight_left(units) if self.removing else self.metric.weight[None]
        own = rows.margin.reshape(k, size), rows.weight.reshape(k, size)
        start = Rowwise(np.zeros((k, len(self.metric.margin))), np.zeros((k, size)))
        step = optimum(self.metric, Cases(self.metric.coordinates(rows, k), *own, weight), start)
        if self.removing:
            step.error[~self._both_classes_left(units)] = np.inf
        pulls = csr_matrix((step.gamma.ravel(), np.arange(k * size), np.arange(k + 1) * size), shape=(k, k * size))
        return judge(rows, pulls, step)

    def _rows(self, which: Positions) -> Rows:
        X, sign, weight = self.offered
        return self.metric.rows(Training(X[which], sign[which], weight[which]))

    def _far(self, units: Units) -> NDArray[np.bool_]:
        return np.asarray(units.sums(self.far[:, None].astype(float))[:, 0] > 0)

    def _weight_left(self, units: Units) -> Floats:
        return np.asarray(self.metric.weight * (1.0 - units.matrix(len(self.metric.weight)).toarray()))

    def _both_classes_left(self, units: Units) -> NDArray[np.bool_]:
        sizes = np.array([(self.labels == c).sum() for c in (0, 1)])
        return np.asarray((units.counts(self.labels) < sizes).all(axis=1))

    def _judged(self, rows: Rows, pulls: csr_matrix, step: Step) -> Judged:
        """Counts and margins, from the first quiz rows in order."""
        k = len(step.error)
        error, unknown = _times(step.error, self.mean_scale), ~np.isfinite(step.error)
        judged = Judged(np.zeros((k, 2)), np.zeros((k, 2)), np.zeros((k, 2)), error, unknown)
        for members, wanted in self._runs(step):
            part, which = self._prefix(wanted)
            moved = self.metric.moved(step.beta[members], summed(rows, pulls[members]), part)
            judged.margin[members] = moved[:, -2:]
            evidence = moved[:, :-2] + self.before[which]
            turned, was_right = (evidence > 0) != self.judged[which], self.judged[which] == self.quiz.malicious[which]
            judged.helped[members] = (turned & ~was_right).astype(np.float32) @ self.quiz.by_class[which]
            judged.hurt[members] = (turned & was_right).astype(np.float32) @ self.quiz.by_class[which]
            judged.undecided[members] = self._undecided(evidence, step.error[members], which)
        return judged

    def _judged_by_margin(self, rows: Rows, pulls: csr_matrix, step: Step) -> Judged:
        part, _ = self._prefix(0)
        margin, none = self.metric.moved(step.beta, summed(rows, pulls), part)[:, -2:], np.zeros((len(step.error), 2))
        return Judged(none, none, margin, _times(step.error, self.mean_scale), ~np.isfinite(step.error))

    def _seen(self, rows: Rows, pulls: csr_matrix, step: Step) -> Seen:
        part, which = self._prefix(len(self.before))
        evidence = np.empty((len(step.error), len(self.before)))
        unknown = ~np.isfinite(step.error)
        evidence[:, which] = self.metric.moved(step.beta, summed(rows, pulls), part)[:, :-2]
        evidence += self.before
        undecided = self._undecided(evidence, np.where(unknown, 0.0, step.error), np.arange(len(self.before))) | unknown
        return Seen(evidence, _times(step.error, self.scale.max(initial=0.0)), undecided)

    def _undecided(self, evidence: Floats, error: Floats, which: Positions) -> NDArray[np.bool_]:
        """Which units (k,) have evidence too near to a tie, but for rows that nothing trained on has a share in."""
        near = np.abs(evidence) <= error[:, None] * self.scale[which] + self.slack[which]
        near &= ~(self.apart[which] & (evidence == 0))
        return np.asarray(near.any(axis=1))

    def _runs(self, step: Step) -> Iterator[tuple[Positions, int]]:
        """Units of like reach, and how many quiz rows, in their order, these could turn."""
        known = np.flatnonzero(np.isfinite(step.error))
        by_reach = known[np.argsort(step.reach[known], kind="stable")]
        rows = np.searchsorted(self.edges, step.reach[by_reach], side="right")
        for start in range(0, len(rows), _RUN):
            stop = min(start + _RUN, len(rows))
            yield by_reach[start:stop], int(rows[stop - 1])

    def _prefix(self, wanted: int) -> tuple[Part, Positions]:
        """At least as many quiz rows as wanted, in order, with the mean margin of each class behind them."""
        size = min(len(self.order), max(_SMALLEST_PREFIX, 1 << (wanted - 1).bit_length())) if wanted else 0
        if size not in self._prefixes:
            which = self.order[:size]
            chosen = identity(len(self.order), format="csr")[which]
            part = self.metric.part(self.places, vstack([chosen, csr_matrix(self.quiz.mean_margin.T)], format="csr"))
            self._prefixes[size] = part, which
        return self._prefixes[size]


def _joined(parts: list[Any]) -> Any:
    """Tuples of arrays on end."""
    return type(parts[0])(*map(np.concatenate, zip(*parts, strict=True)))


def _each(step: Step) -> csr_matrix:
    """Each unit's own row, times its pull."""
    k = len(step.gamma)
    return csr_matrix((step.gamma[:, 0], np.arange(k), np.arange(k + 1)), shape=(k, k))


def _times(error: Floats, scale: float) -> Floats:
    """Errors (k,) times a length that may be 0, infinite ones stay so."""
    return np.asarray(np.multiply(error, scale, out=np.full(len(error), np.inf), where=np.isfinite(error)))


def _near_optimum(metric: Metric, rows: Rows, step: Step) -> Step:
    return _lone_optimum(metric, rows, step, _NEARLY)


def _lone_optimum(metric: Metric, rows: Rows, step: Step, close: float = ROUNDING) -> Step:
    """The optimum with each row alone."""
    space = metric.coordinates(rows, len(rows.margin))
    cases = Cases(space, rows.margin[:, None], rows.weight[:, None], metric.weight[None])
    return optimum(metric, cases, Rowwise(step.beta, step.gamma), close)
