"""What added rows do to a detector of principal components: they turn its subspace and move its limit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from amlsec.defenses.detectors.pca_residual_limit import exponent, q_limit
from amlsec.impact.contract import NEAR, Answer, Floats, Model, Question, Tally, certain
from amlsec.impact.secular import above, updated
from amlsec.impact.units import Positions, Units

_EPS = float(np.finfo(float).eps)
_APART = 1e-4  # of the greatest eigenvalue: nearer ones leave the subspace to rounding
_SURE = 1e-11  # a sum of powers known to this share is known
_CLEAR = 1e-10  # of the residual variance, what rows far from 0 may lose of it in rounding
_SLACK = 1e-8  # a bound must clear a tie by this much
_RUN = 128  # units of like reach that are compared with one prefix of the quiz
_MATRICES = 64  # decomposed at a time


class _Turned(NamedTuple):
    """k detectors, in the base's eigenvectors: `shift` of the mean (k, d), components (k, r, d), and the limit (k,)."""

    shift: Floats
    vectors: Floats
    limit: Floats
    open: NDArray[np.bool_]


class Rotated(Model):
    """Detectors of the base and a unit, in the base's eigenvectors, where its scatter is diagonal.

    One more row x adds n / (n + 1) z z' to it, z = x - mean: the secular equation gives the components. The limit needs
    only sums of powers of the residual eigenvalues: the trace's, less the components'. Larger units, and those left out,
    are decomposed. The mean squared error of a class is a quadratic form in the components; a quiz row is looked at only
    where the turn of the subspace, of sine t, can carry it over the limit: |sqrt(Q') - sqrt(Q)| <= |shift| + t |row|.
    """

    block = 512

    def __init__(self, components: int, rate: float, question: Question) -> None:
        self.k, self.rate, self.removing = components, rate, question.removing
        base = np.asarray(question.base.X, dtype=np.float64)
        self.n, self.mean = len(base), base.mean(axis=0)
        values, vectors = np.linalg.eigh((base - self.mean).T @ (base - self.mean))
        self.values, self.basis = np.maximum(values[::-1], 0), vectors[:, ::-1]
        self.offered, self.rows = question.offered.X, self._seen(question.quiz.X)
        self.length = np.sqrt((self.rows**2).sum(axis=1))
        self.blur = _EPS * float(np.linalg.norm(self.mean)) * np.sqrt(self.n * self.values[0])
        self.sums = (self.values[self.k :] ** np.array([[1], [2], [3]])).sum(axis=1, keepdims=True)
        self.limit = float(q_limit(self.sums, rate)[0]) / max(self.n - 1, 1)
        self.error = (self.rows[:, self.k :] ** 2).sum(axis=1)
        super().__init__(self.error / self.limit - 1, question.quiz.y)
        self._sort_by_reach()
        classes = [self.rows[self.quiz.malicious == c] for c in (False, True)]
        self.centres = np.array([rows.mean(axis=0) for rows in classes])
        self.moments = [rows.T @ rows / len(rows) for rows in classes]

    @property
    def distinct(self) -> bool:
        """Whether the base's first k + 1 eigenvalues are, and leave a residual."""
        gaps = -np.diff(self.values[: self.k + 1])
        return bool((gaps > _APART * self.values[0]).all() and self.sums[0, 0] > _SURE * self.values[0])

    def after(self, units: Units) -> Answer:
        turned = self._turned(units)
        answer = certain(self._evidence(turned, slice(None), self.rows))
        return answer._replace(open=answer.open | turned.open)

    def margins(self, units: Units) -> tuple[Floats, NDArray[np.bool_]]:
        turned = self._turned(units)
        return self._margin(turned), turned.open

    def tally(self, units: Units) -> Tally:
        turned = self._turned(units)
        counts, still_open = np.zeros((2, len(units), 2), dtype=np.int64), turned.open.copy()
        for members, rows in self._runs(turned):
            evidence = self._evidence(turned, members, self.rows[rows])
            changed, right = (evidence > 0) != self.judged[rows], self.judged[rows] == self.quiz.malicious[rows]
            counts[0, members] = np.rint((changed & ~right).astype(np.float32) @ self.quiz.by_class[rows])
            counts[1, members] = np.rint((changed & right).astype(np.float32) @ self.quiz.by_class[rows])
            still_open[members] |= (np.abs(evidence) <= NEAR).any(axis=1)
        return Tally(counts[0], counts[1], self._margin(turned), still_open, np.zeros(len(units)))

    def _seen(self, X: Floats) -> Floats:
        return np.asarray((X - self.mean) @ self.basis)

    def _turned(self, units: Units) -> _Turned:
        return self._by_one_row(units) if units.alone and not self.removing else self._decomposed(units)

    def _by_one_row(self, units: Units) -> _Turned:
        z = self._seen(self.offered[units.rows])
        weighted = z * np.sqrt(self.n / (self.n + 1))
        top = updated(self.values, weighted, self.k)
        sums, lost = self._sums_with(weighted, top.gain)
        limit, rough = self._limit(sums, np.full(len(units), self.n + 1))
        return _Turned(z / (self.n + 1), top.vectors, limit, rough | lost | self._close(weighted, top.gain) | ~top.found)

    def _close(self, z: Floats, gain: Floats) -> NDArray[np.bool_]:
        """Whether, with z z' added (k, d), two of the components come so near to each other, or the last to the residual."""
        near = _APART * (self.values[0] + gain[:, 0])
        close = gain[:, -1] < near
        last = self.values[self.k - 1] - near[close]
        close[close] = (last <= self.values[self.k]) | above(self.values, z[close], last)
        apart = -np.diff(self.values[: self.k] + gain, axis=1)
        return np.asarray(close | (apart < near[:, None]).any(axis=1))

    def _sums_with(self, z: Floats, gain: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        """Sums of powers 1, 2, 3 of the residual eigenvalues with z z' added, (3, k), and where rounding eats them."""
        squares = z * z
        one, lifted, twice = squares.sum(axis=1), squares @ self.values, squares @ self.values**2
        added = np.array([one, 2 * lifted + one**2, 3 * twice + 3 * one * lifted + one**3])
        top = self.values[: self.k]
        taken = np.array([gain, gain * (2 * top + gain), gain * (3 * top * (top + gain) + gain**2)]).sum(axis=2)
        sums = self.sums + added - taken
        lost = (8 * _EPS * added > _SURE * sums).any(axis=0) | (self.blur > _CLEAR * sums[0])
        return np.where(lost, self.sums, sums), lost

    def _decomposed(self, units: Units) -> _Turned:
        parts = [self._decomposed_part(part) for part in units.blocks(_MATRICES)]
        return _Turned(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def _decomposed_part(self, units: Units) -> _Turned:
        sign = -1 if self.removing else 1
        n = self.n + sign * units.sizes
        seen = [self._seen(self.offered[unit]) for unit in units]
        shift = sign * np.array([rows.sum(axis=0) for rows in seen]) / np.maximum(n, 1)[:, None]
        squares = np.array([rows.T @ rows for rows in seen])
        scatter = np.diag(self.values) + sign * squares - n[:, None, None] * shift[:, :, None] * shift[:, None, :]
        values, vectors = np.linalg.eigh(scatter)
        values, vectors = np.maximum(values[:, ::-1], 0), vectors.transpose(0, 2, 1)[:, ::-1]
        sums = np.array([(values[:, self.k :] ** power).sum(axis=1) for power in (1, 2, 3)])
        greatest = np.maximum(values[:, 0], self.values[0])  # rounding goes by what there was before rows were left out
        lost = (8 * _EPS * greatest >= _SURE * sums[0]) | (self.blur > _CLEAR * sums[0]) | (n < 2)
        limit, rough = self._limit(np.where(lost, self.sums, sums), n)
        close = values[:, self.k - 1] - values[:, self.k] < _APART * greatest
        return _Turned(shift, vectors[:, : self.k], limit, rough | lost | close)

    def _limit(self, sums: Floats, n: Positions) -> tuple[Floats, NDArray[np.bool_]]:
        """The limit with n rows, and where rounding decides which formula holds."""
        return q_limit(sums, self.rate) / np.maximum(n - 1, 1), np.abs(exponent(sums)) < _SLACK

    def _evidence(self, turned: _Turned, members: Positions | slice, rows: Floats) -> Floats:
        """How far the squared error of rows (m, d) lies above the limit, as a share of it, (k, m)."""
        shift, vectors = turned.shift[members], turned.vectors[members]
        explained = vectors.reshape(-1, rows.shape[1]) @ rows.T
        explained = explained.reshape(*vectors.shape[:2], -1) - (vectors @ shift[:, :, None])
        length = (rows**2).sum(axis=1) - 2 * (shift @ rows.T) + (shift**2).sum(axis=1)[:, None]
        return np.asarray((length - (explained**2).sum(axis=1)) / turned.limit[members][:, None] - 1)

    def _margin(self, turned: _Turned) -> Floats:
        shift, vectors = turned.shift, turned.vectors
        moved = np.einsum("ikd,id->ik", vectors, shift)
        flat = vectors.reshape(-1, shift.shape[1])
        margin = np.empty((len(shift), 2))
        for c, (centre, moment) in enumerate(zip(self.centres, self.moments, strict=True)):
            squared = np.einsum("ij,ij->i", flat @ moment, flat).reshape(moved.shape)
            explained = squared - 2 * moved * (flat @ centre).reshape(moved.shape) + moved**2
            length = np.trace(moment) - 2 * (shift @ centre) + np.einsum("id,id->i", shift, shift)
            margin[:, c] = (length - explained.sum(axis=1)) / turned.limit - 1
        before = np.array([self.before[self.quiz.malicious == c].mean() for c in (False, True)])
        return np.asarray((margin - before) * [-1, 1])

    def _sort_by_reach(self) -> None:
        gap = np.abs(np.sqrt(self.error) - np.sqrt(self.limit))
        self.typical = float(np.median(self.length))
        edges = gap / (self.typical + self.length)
        self.order = np.argsort(edges, kind="stable")
        self.edges = edges[self.order]

    def _runs(self, turned: _Turned) -> Iterator[tuple[Positions, Positions]]:
        """Units of like reach, and the quiz rows that these could turn."""
        sine = np.sqrt(np.einsum("ikd,ikd->i", turned.vectors[:, :, self.k :], turned.vectors[:, :, self.k :]))
        moved = np.abs(np.sqrt(turned.limit) - np.sqrt(self.limit)) + np.sqrt((turned.shift**2).sum(axis=1))
        reach = np.maximum((moved + _SLACK * np.sqrt(self.limit)) / self.typical, sine)
        by_reach = np.argsort(reach, kind="stable")
        rows = np.searchsorted(self.edges, reach[by_reach], side="right")
        for start in range(int(np.searchsorted(rows, 0, side="right")), len(rows), _RUN):
            run = slice(start, start + _RUN)
            yield by_reach[run], self.order[: rows[run][-1]]
