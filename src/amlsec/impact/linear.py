"""Families whose evidence is linear in parameters that a unit changes: evidence = before + changes @ features.T."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, issparse

from amlsec.impact.contract import NEAR, Answer, Floats, Model, Tally, certain
from amlsec.impact.units import Units

_SLACK = 1e-8  # a bound must clear a tie by this much
_RUN = 512  # units of like reach that are compared with one prefix of the quiz
_SMALLEST_PREFIX = 16
_DENSE_UP_TO = 64  # quiz rows that a product with sparse changes takes as a dense array


class LinearModel(Model):
    """Screens before it computes: a quiz row that a unit provably cannot turn is never looked at.

    By `|change . feature_v| <= reach scale_v`, a unit can only turn rows with |before_v| / scale_v up to its reach: a
    prefix of the quiz, once sorted. The mean margin needs no quiz row at all: it is linear in the mean feature.

    Attributes
    ----------
    features : of the quiz rows (m, p), dense or CSR
    scale : of the bound (m,), above 0
    """

    block = 4096

    def __init__(self, before: Floats, y: NDArray[np.int64], features: Any, scale: Floats) -> None:
        super().__init__(before, y)
        self.features, self.scale = features, scale
        self.mean_features = np.asarray(features.T @ self.quiz.mean_margin)
        self.order = np.argsort((np.abs(before) - _SLACK) / scale, kind="stable")
        self.edges = ((np.abs(before) - _SLACK) / scale)[self.order]
        self._prefixes: dict[int, Any] = {}

    @abstractmethod
    def changes(self, units: Units) -> Any:
        """What each unit changes of the parameters (k, p), dense or CSR; NaN where it must be trained for real."""

    @abstractmethod
    def reach(self, changes: Any) -> Floats:
        """A bound (k,) with |changes @ features.T| <= reach x scale."""

    def after(self, units: Units) -> Answer:
        return certain(self.before + _dense(self.changes(units) @ self.features.T))

    def margins(self, units: Units) -> tuple[Floats, NDArray[np.bool_]]:
        changed = np.asarray(self.changes(units) @ self.mean_features)
        return changed, np.isnan(changed[:, 0])

    def tally(self, units: Units) -> Tally:
        changes = self.changes(units)
        margin = np.asarray(changes @ self.mean_features)
        counts, still_open = np.zeros((2, len(units), 2), dtype=np.int64), np.zeros(len(units), dtype=bool)
        for members, rows in self._runs(self.reach(changes)):
            helped, hurt, near = self._turned(changes[members], rows)
            counts[0, members], counts[1, members], still_open[members] = helped, hurt, near
        return Tally(counts[0], counts[1], margin, still_open, np.zeros(len(units)))

    def _runs(self, reach: Floats) -> Iterator[tuple[NDArray[np.intp], int]]:
        """Units of like reach, and how many quiz rows, in their order, these could turn."""
        by_reach = np.argsort(reach, kind="stable")
        rows = np.searchsorted(self.edges, reach[by_reach], side="right")
        start = int(np.searchsorted(rows, 0, side="right"))
        while start < len(rows):
            stop = min(start + _RUN, len(rows))
            yield by_reach[start:stop], int(rows[stop - 1])
            start = stop

    def _turned(self, changes: Any, rows: int) -> tuple[Any, Any, Any]:
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
        features = model.features[which].T
        wide = issparse(features) and len(which) > _DENSE_UP_TO
        self.features = features.tocsr() if wide else np.ascontiguousarray(_dense(features))

    def turned(self, changes: Any) -> tuple[Any, Any, Any]:
        evidence = _dense(changes @ self.features)
        evidence += self.before
        turned = (evidence > 0) != self.judged
        near = ~(np.abs(evidence) > NEAR).all(axis=1)
        helped = (turned & (self.judged != self.malicious)).astype(np.float32) @ self.by_class
        hurt = (turned & (self.judged == self.malicious)).astype(np.float32) @ self.by_class
        return helped, hurt, near


def _dense(product: Any) -> Floats:
    return np.asarray(product.toarray() if issparse(product) else product)


def sparse_reach(changes: csr_matrix, largest: Floats) -> Floats:
    """A bound (k,) on |changes @ features.T| from the largest absolute scaled feature (p,) of each parameter."""
    return np.asarray(abs(changes) @ largest)
