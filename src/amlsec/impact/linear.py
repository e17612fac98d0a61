"""Families whose evidence is linear in a few dense parameters that a unit changes: evidence = before + features @ change."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.impact.contract import NEAR, Answer, Floats, Model, Tally, certain
from amlsec.impact.units import Units

_SLACK = 1e-8  # a bound must clear a tie by this much
_RUN = 512  # units of like reach that are compared with one prefix of the quiz
_SMALLEST_PREFIX = 16


class LinearModel(Model):
    """Screens before it computes: a quiz row that a unit provably cannot turn is never looked at.

    By the inequality of Cauchy and Schwarz a unit turns only rows with |before_v| up to |change| |feature_v|: a prefix of
    the quiz, once sorted by |before_v| / |feature_v|. The bound is as tight as the family's coordinates are well chosen.
    The mean margin needs no quiz row at all: it is linear in the mean feature.

    Attributes
    ----------
    features : of the quiz rows (m, p)
    """

    block = 2048

    def __init__(self, before: Floats, y: NDArray[np.int64], features: Floats) -> None:
        super().__init__(before, y)
        self.features = features
        self.mean_features = features.T @ self.quiz.mean_margin
        edges = (np.abs(before) - _SLACK) / np.maximum(lengths(features), _SLACK)
        self.order = np.argsort(edges, kind="stable")
        self.edges = edges[self.order]
        self._prefixes: dict[int, Any] = {}

    @abstractmethod
    def changes(self, units: Units) -> Floats:
        """What each unit changes of the parameters (k, p); NaN where it must be trained for real."""

    def after(self, units: Units) -> Answer:
        return certain(self.before + self.changes(units) @ self.features.T)

    def margins(self, units: Units) -> tuple[Floats, NDArray[np.bool_]]:
        changed = self.changes(units) @ self.mean_features
        return changed, np.isnan(changed[:, 0])

    def tally(self, units: Units) -> Tally:
        changes = self.changes(units)
        counts, still_open = np.zeros((2, len(units), 2), dtype=np.int64), np.zeros(len(units), dtype=bool)
        for members, rows in self._runs(lengths(changes)):
            helped, hurt, near = self._turned(changes[members], rows)
            counts[0, members], counts[1, members], still_open[members] = helped, hurt, near
        return Tally(counts[0], counts[1], changes @ self.mean_features, still_open, np.zeros(len(units)))

    def _runs(self, reach: Floats) -> Iterator[tuple[NDArray[np.intp], int]]:
        """Units of like reach, and how many quiz rows, in their order, these could turn."""
        by_reach = np.argsort(reach, kind="stable")
        rows = np.searchsorted(self.edges, reach[by_reach], side="right")
        start = int(np.searchsorted(rows, 0, side="right"))
        while start < len(rows):
            stop = min(start + _RUN, len(rows))
            yield by_reach[start:stop], int(rows[stop - 1])
            start = stop

    def _turned(self, changes: Floats, rows: int) -> tuple[Any, Any, Any]:
        """Helped, hurt (k, 2) and whether a row is near a tie (k,), by the first quiz rows in order."""
        rows = min(len(self.order), max(_SMALLEST_PREFIX, 1 << (rows - 1).bit_length()))
        if rows not in self._prefixes:
            self._prefixes[rows] = _Prefix(self, self.order[:rows])
        turned: tuple[Any, Any, Any] = self._prefixes[rows].turned(changes)
        return turned


class _Prefix:
    """The quiz rows nearest to being turned."""

    def __init__(self, model: LinearModel, which: NDArray[np.intp]) -> None:
        self.before, self.judged = model.before[which], model.judged[which]
        self.malicious, self.by_class = model.quiz.malicious[which], model.quiz.by_class[which]
        self.features = np.ascontiguousarray(model.features[which].T)

    def turned(self, changes: Floats) -> tuple[Any, Any, Any]:
        evidence = changes @ self.features
        evidence += self.before
        turned = (evidence > 0) != self.judged
        near = ~(np.abs(evidence) > NEAR).all(axis=1)
        helped = (turned & (self.judged != self.malicious)).astype(np.float32) @ self.by_class
        hurt = (turned & (self.judged == self.malicious)).astype(np.float32) @ self.by_class
        return helped, hurt, near


def lengths(rows: Floats) -> Floats:
    """The Euclidean length (k,) of each row."""
    return np.asarray(np.sqrt(np.einsum("kp,kp->k", rows, rows)))
