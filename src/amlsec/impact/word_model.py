"""Families that weigh words: a unit changes the weights of its own words, and a few amounts that all rows share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from functools import cache, cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from amlsec.impact.contract import NEAR, Answer, Floats, Model, Tally
from amlsec.impact.units import Positions, Units

_SLACK = 10  # times the doubt about a tie that a bound must clear it by
_ROUNDING = 1e-14  # of a quiz row's length, what rounding may shift its evidence by
_FEWEST = 8  # quiz rows in the first segment of a side
_DENSE_UP_TO = 1 << 20  # numbers a segment may hold as a dense array


class Changes(NamedTuple):
    """What k units change: evidence = before + words @ (quiz rows).T + shared @ features.T.

    Attributes
    ----------
    words : of the weight of each word (k, words), CSR; an entry that stands twice counts twice
    shared : amounts (k, s) of what changes for all rows
    features : what one of each amount adds to the evidence of each quiz row (m, s)
    open : whether a unit (k,) must be trained for real
    """

    words: csr_matrix
    shared: Floats
    features: Floats
    open: NDArray[np.bool_]

    def of(self, members: Positions) -> tuple[csr_matrix, Floats]:
        """The changes of these units."""
        return self.words[members], self.shared[members]


class WordModel(Model):
    """Screens before it computes: a quiz row that a unit provably cannot turn is never looked at.

    Quiz rows on one side of the verdict can only be turned by a push to the other. They are cut into segments by their
    evidence for each word they have; a segment is looked at where the push on each word, times the most of that word in
    any of its rows, could turn one. The mean margin needs no quiz row at all: it is linear in the mean row.

    Attributes
    ----------
    words : how much of each word each quiz row has (m, words), CSR, at least 0
    mute : quiz rows (m,) whose evidence is 0, and whose verdict the same, whatever is added
    """

    block = 2048

    def __init__(
        self, before: Floats, y: NDArray[np.int64], words: csr_matrix, mute: NDArray[np.bool_] | bool = False
    ) -> None:
        super().__init__(before, y)
        _keep_freed_memory()
        self.words, self.mute = words, np.full(len(y), False) | mute
        self.mean_words = np.array([words.T @ column for column in self.quiz.mean_margin.T])
        self.scale = 1.0 + np.asarray(words.sum(axis=1)).ravel()
        self.doubt = np.maximum(NEAR, _ROUNDING * self.scale)

    @abstractmethod
    def changes(self, units: Units) -> Changes:
        """What each of the k units changes."""

    def after(self, units: Units) -> Answer:
        changes = self.changes(units)
        evidence = (changes.words @ self.words.T).toarray() + changes.shared @ changes.features.T
        evidence += self.before
        near = ~((np.abs(evidence) > self.doubt) | self.mute).all(axis=1)
        verdicts = np.where(self.mute, self.judged, evidence > 0)
        return Answer(verdicts, evidence, near | changes.open, np.zeros(len(units)))

    def margins(self, units: Units) -> tuple[Floats, NDArray[np.bool_]]:
        changes = self.changes(units)
        return self._margin(changes), changes.open

    def tally(self, units: Units) -> Tally:
        changes = self.changes(units)
        counts, still_open = np.zeros((2, len(units), 2)), changes.open.copy()
        for segment, members in self._turnable(changes):
            helped, hurt, near = segment.turned(*changes.of(members), changes.features)
            counts[0, members] += helped
            counts[1, members] += hurt
            still_open[members] |= near
        helped, hurt = counts.astype(np.int64)
        return Tally(helped, hurt, self._margin(changes), still_open, np.zeros(len(units)))

    @cached_property
    def sides(self) -> list[_Side]:
        """Quiz rows judged malicious, that a push down can turn, and the others, that a push up can."""
        by_push = {-1: np.flatnonzero(self.before > 0), 1: np.flatnonzero((self.before <= 0) & ~self.mute)}
        return [_Side(self, push, rows) for push, rows in by_push.items() if len(rows)]

    def _margin(self, changes: Changes) -> Floats:
        by_words = np.column_stack([changes.words @ column for column in self.mean_words])
        return np.asarray(by_words + changes.shared @ (changes.features.T @ self.quiz.mean_margin))

    def _turnable(self, changes: Changes) -> Iterator[tuple[_Segment, Positions]]:
        """Each segment of the quiz, and the units that could turn one of its rows."""
        for side in self.sides:
            turnable = side.turnable(changes)
            for k in np.flatnonzero(turnable.any(axis=0)):
                yield side.segments[k], np.flatnonzero(turnable[:, k])


class _Side:
    """The quiz rows that a push in one direction (1 or -1) can turn, in segments that begin with the nearest."""

    def __init__(self, model: WordModel, push: int, rows: Positions) -> None:
        size, slack = np.abs(model.before), _SLACK * model.doubt
        distance = np.where(size <= slack, -np.inf, (size - slack) / model.scale)
        self.push, self.order = push, rows[np.argsort(distance[rows], kind="stable")]
        self.starts = _doubling(len(rows))
        self.scale = model.scale[self.order, None]
        self.segments = [_Segment(model, part) for part in np.split(self.order, self.starts[1:])]
        self.edges = distance[self.order[self.starts]]
        self.most = np.column_stack([_most(segment.words, segment.scale) for segment in self.segments])

    def turnable(self, changes: Changes) -> NDArray[np.bool_]:
        """Whether a unit could turn a row of each segment (k, segments)."""
        words, shared = changes.words, self.push * changes.shared
        pushed = csr_matrix((np.maximum(self.push * words.data, 0.0), words.indices, words.indptr), shape=words.shape)
        features = changes.features[self.order] / self.scale
        highest, lowest = (ufunc.reduceat(features, self.starts) for ufunc in (np.maximum, np.minimum))
        reach = pushed @ self.most + np.maximum(shared, 0.0) @ highest.T + np.minimum(shared, 0.0) @ lowest.T
        return np.asarray(reach >= self.edges)


class _Segment:
    """Quiz rows that are looked at together."""

    def __init__(self, model: WordModel, which: Positions) -> None:
        self.which, self.words, self.scale = which, model.words[which], model.scale[which]
        self.model = model

    @cached_property
    def columns(self) -> Any:
        """The rows as columns (words, rows), dense where that is small."""
        columns = self.words.T
        return np.ascontiguousarray(columns.toarray()) if np.prod(columns.shape) <= _DENSE_UP_TO else columns.tocsr()

    def turned(self, words: csr_matrix, shared: Floats, features: Floats) -> tuple[Any, Any, Any]:
        """Helped, hurt (k, 2) and whether a row is near a tie (k,)."""
        model, product = self.model, words @ self.columns
        evidence = product if isinstance(product, np.ndarray) else product.toarray()
        evidence += shared @ features[self.which].T + model.before[self.which]
        judged, right = model.judged[self.which], model.judged[self.which] == model.quiz.malicious[self.which]
        turned, by_class = (evidence > 0) != judged, model.quiz.by_class[self.which]
        near = ~(np.abs(evidence) > model.doubt[self.which]).all(axis=1)
        return (turned & ~right).astype(np.float32) @ by_class, (turned & right).astype(np.float32) @ by_class, near


@cache
def _keep_freed_memory() -> None:
    """The GNU C library hands memory back to the system and asks for it again with every block, until it once freed more.

    A block's arrays then take their pages anew, which takes twice as long as the algebra.
    """
    np.empty(31 << 20, dtype=np.uint8)


def _doubling(rows: int) -> Positions:
    """Where segments start that grow with their distance: 0, 8, 16, 32, 64, ..."""
    starts = [0, *(1 << k for k in range(_FEWEST.bit_length() - 1, rows.bit_length()))]
    return np.array([start for start in starts if start < rows], dtype=np.intp)


def _most(words: csr_matrix, scale: Floats) -> Floats:
    """The most of each word (words,) in any row, against the row's scale."""
    most = np.zeros(words.shape[1])
    np.maximum.at(most, words.indices, words.data / np.repeat(scale, np.diff(words.indptr)))
    return most
