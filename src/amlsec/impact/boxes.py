"""Quiz rows in segments, and how far a change of parameters pushes any row of one, by the box its features fill."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from amlsec.impact.contract import Floats, Quiz
from amlsec.impact.units import Positions

_FEWEST = 8  # quiz rows in the first segment of a side
_SLACK = 1e-8  # a push must fall short of a row by this much, and by as much of its evidence
_ROUNDING = 1e-12  # what share of its largest terms a computed push may be off


class Verdicts(NamedTuple):
    """Of the m quiz rows before any unit: evidence, verdict, and what evidence is too near to 0 to be trusted (m,)."""

    evidence: Floats
    judged: NDArray[np.bool_]
    doubt: Floats


class Segment(NamedTuple):
    """Quiz rows on one side of the verdict, next to each other in distance from it; features are (p, rows)."""

    verdicts: Verdicts
    features: Floats
    malicious: NDArray[np.bool_]
    by_class: NDArray[np.float32]

    def turned(self, changes: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Rows helped and hurt (k, 2) by each change (k, p), and whether one is in doubt (k,)."""
        was, judged, doubt = self.verdicts
        evidence = changes @ self.features
        evidence += was
        turned, right = (evidence > 0) != judged, judged == self.malicious
        helped, hurt = (np.asarray((turned & rows).astype(np.float32) @ self.by_class) for rows in (~right, right))
        return helped, hurt, np.asarray(~(np.abs(evidence) > doubt).all(axis=1))


class Boxes:
    """Screens before it computes: a segment of the quiz that a change provably cannot turn is never looked at.

    Evidence is `before + changes @ features.T`. A row is turned by a push of at least its distance from the verdict;
    features over this distance, of the rows of a segment, lie in a box, of middle M and half-widths H, so that `c` pushes
    none of them by more than `|c| H - s c M` of its distance, s the side of the segment. The mean margin needs no row.
    """

    def __init__(self, verdicts: Verdicts, features: Floats, quiz: Quiz) -> None:
        self.mean_features = features.T @ quiz.mean_margin
        distance = _distance(verdicts)
        which = [rows for side in (True, False) for rows in _segments(np.flatnonzero(verdicts.judged == side), distance)]
        self.segments = [_segment(verdicts, features, quiz, rows) for rows in which]
        boxes = [_box(features[rows], distance[rows], verdicts.judged[rows[0]]) for rows in which]
        self.middles = np.column_stack([*(middle for middle, _ in boxes), self.mean_features])
        self.widths = np.column_stack([width for _, width in boxes])
        self.needed = np.array([1.0 if distance[rows[0]] > 0 else -np.inf for rows in which])

    def screened(self, changes: Floats) -> tuple[NDArray[np.bool_], Floats]:
        """Which segments (k, s) each change (k, p) may turn a row of, and the mean change (k, 2) of the margins."""
        by_middle = changes @ self.middles
        push = np.abs(changes) @ self.widths
        push += by_middle[:, :-2]
        return ~(push < self.needed), by_middle[:, -2:]

    def turned(self, changes: Floats, reached: NDArray[np.bool_]) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Rows helped and hurt (k, 2), and whether one is in doubt (k,), in the segments reached (k, s)."""
        helped, hurt, doubtful = *np.zeros((2, len(changes), 2)), np.zeros(len(changes), dtype=bool)
        for k in np.flatnonzero(reached.any(axis=0)):
            members = np.flatnonzero(reached[:, k])
            more, less, near = self.segments[k].turned(changes[members])
            helped[members] += more
            hurt[members] += less
            doubtful[members] |= near
        return helped, hurt, doubtful


def _distance(verdicts: Verdicts) -> Floats:
    """How far (m,) a row's evidence must be pushed to come into doubt; 0 where it is there already."""
    size = np.abs(verdicts.evidence)
    sure = (verdicts.evidence > 0) == verdicts.judged
    return np.where(sure, np.maximum(size * (1 - _SLACK) - verdicts.doubt - _SLACK, 0.0), 0.0)


def _segments(rows: Positions, distance: Floats) -> list[Positions]:
    """The rows nearest to the verdict first, in segments that grow with their distance: 8, 24, 96, ..."""
    ordered = rows[np.argsort(distance[rows], kind="stable")]
    starts = [1 << k for k in range(_FEWEST.bit_length() - 1, len(rows).bit_length(), 2)]
    return [part for part in np.split(ordered, starts) if len(part)]


def _segment(verdicts: Verdicts, features: Floats, quiz: Quiz, rows: Positions) -> Segment:
    mine = Verdicts(verdicts.evidence[rows], verdicts.judged[rows], verdicts.doubt[rows])
    return Segment(mine, np.ascontiguousarray(features[rows].T), quiz.malicious[rows], quiz.by_class[rows])


def _box(features: Floats, distance: Floats, malicious: np.bool_) -> tuple[Floats, Floats]:
    """Signed middle and half-widths (p,) of the box; these cover what rounding does to a push as well."""
    over = features / np.where(distance > 0, distance, 1.0)[:, None]
    low, high = over.min(axis=0), over.max(axis=0)
    largest = np.maximum(np.abs(low), np.abs(high))
    return (-0.5 if malicious else 0.5) * (low + high), 0.5 * (high - low) + _ROUNDING * largest
