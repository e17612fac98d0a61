"""The nearest centroid by algebra: added rows move the centroids, and the scale of each column."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestCentroid

from amlsec.impact.class_means import Classes, Moved, moved
from amlsec.impact.contract import NEAR, Answer, Floats, Model, Question, Tally, family, tallied
from amlsec.impact.dense import are_dense, are_unweighted, reproducing
from amlsec.impact.linear import LinearModel, lengths
from amlsec.impact.rank_updates import LEAST, of_like_size
from amlsec.impact.units import Positions, Units

_ROUNDING = 32 * np.finfo(float).eps
"""What share of the squared lengths the computed difference of two distances may be off."""
_FLAT = 1e-6
"""Columns that vary less within the classes, beside their values, are rounding to scikit-learn."""


@family.register
def _nearest_centroid(estimator: NearestCentroid, question: Question) -> Model | None:
    """Exact for Euclidean distances without shrinkage, of dense rows, in versions that have a decision function."""
    plain = estimator.metric == "euclidean" and not estimator.shrink_threshold and hasattr(estimator, "priors")
    if not (plain and are_dense(question) and are_unweighted(question) and len(question.base.y) > 2):
        return None
    classes = Classes.of(question)
    if not (_scaled(classes) and _given(estimator.priors)):
        return None
    return reproducing(NearestCentroids(estimator, Geometry(classes, question), question), estimator, question)


class Geometry:
    """The centroids of the base, and how units move them."""

    def __init__(self, classes: Classes, question: Question) -> None:
        self.offered, self.counts = question.offered, classes.counts
        self.sign = -1.0 if question.removing else 1.0
        self.means, self.middle = classes.means, classes.means.mean(axis=0)
        self.difference = classes.means[1] - classes.means[0]
        self.scatter = np.asarray((classes.centred**2).sum(axis=0))

    def moved(self, units: Units) -> list[tuple[Positions, Moved]]:
        """The classes with units, some at a time."""
        return [(members, self._with(rows)) for members, rows in of_like_size(units)]

    def counted(self, units: Units) -> Floats:
        """The classes' counts (k, 2) with each unit."""
        return self.counts + self.sign * units.counts(self.offered.y)

    def _with(self, rows: Positions) -> Moved:
        y = self.offered.y[rows]
        less = self.offered.X[rows.ravel()].reshape(*rows.shape, len(self.middle)) - self.means[y]
        return moved(less, y, self.counts, self.sign)


class Distances(LinearModel):
    """The difference of the squared distances to the centroids, `2 D' (v - M)`, which judges where priors are equal.

    D is the difference of the centroids, M their middle. Each quiz row's is divided by what rounding may add to it, such
    that what is near to a tie is so to rounding as well.
    """

    def __init__(self, geometry: Geometry, question: Question) -> None:
        self.geometry, self.unit = geometry, float(np.linalg.norm(geometry.difference)) or 1.0
        squares = lengths(question.quiz.X.astype(float)) ** 2 + (lengths(geometry.means) ** 2).max()
        rows = np.column_stack([question.quiz.X - geometry.middle, np.full(len(squares), self.unit)])
        features = rows / np.maximum(1.0, squares * _ROUNDING / NEAR)[:, None]
        super().__init__(features[:, :-1] @ (2 * geometry.difference), question.quiz.y, features)

    def changes(self, units: Units) -> Floats:
        found = np.empty((len(units), self.features.shape[1]))
        for members, (_, moves, _) in self.geometry.moved(units):
            more, both = moves[:, 1] - moves[:, 0], moves[:, 1] + moves[:, 0]
            found[members, :-1] = 2 * more
            found[members, -1] = -np.einsum("kp,kp->k", self.geometry.difference + more, both) / self.unit
        return found


class Scores(LinearModel):
    """The discriminant scores: the same with each column over its standard deviation within the classes, and priors."""

    def __init__(self, geometry: Geometry, priors: Floats | None, question: Question) -> None:
        self.geometry, self.priors = geometry, priors
        self.rest, varies = geometry.counts.sum() - 2, geometry.scatter > 0
        self.scale = np.sqrt(np.where(varies, geometry.scatter / self.rest, 1.0))
        self.scatter = np.where(varies, self.rest, 0.0)
        self.difference = geometry.difference / self.scale
        rows = (question.quiz.X - geometry.middle) / self.scale
        self.odds = float(self._odds(geometry.counts[None])[0])
        before = rows @ (2 * self.difference) + self.odds
        super().__init__(before, question.quiz.y, np.column_stack([rows, np.ones(len(rows))]))

    def changes(self, units: Units) -> Floats:
        found = np.empty((len(units), self.features.shape[1]))
        for members, (counts, moves, spread) in self.geometry.moved(units):
            moves /= self.scale
            narrower = self._narrower(counts, spread)
            coefficients = 2 * (self.difference + moves[:, 1] - moves[:, 0]) * narrower
            found[members, :-1] = coefficients - 2 * self.difference
            found[members, -1] = self._odds(counts) - self.odds - 0.5 * np.einsum("kp,kcp->k", coefficients, moves)
        return found

    def _narrower(self, counts: Floats, spread: Floats) -> Floats:
        """How many times the variance (k, p) of each column shrinks; a column of none is not scaled at all."""
        gained = self.geometry.sign * np.einsum("kgp,kgp->kp", spread, spread) / self.scale**2
        scatter, rest = self.scatter + gained, (counts.sum(axis=1) - 2)[:, None]
        with np.errstate(divide="ignore"):
            narrower = np.where(scatter == 0, 1.0, rest / scatter)
        lost = (scatter < LEAST * self.scatter).any(axis=1) | (rest[:, 0] <= 0)
        return np.where(lost[:, None], np.nan, narrower)

    def _odds(self, counts: Floats) -> Floats:
        """Twice the log-odds (k,) of the priors with counts (k, 2)."""
        priors = counts if self.priors is None else np.broadcast_to(self.priors, counts.shape)
        return np.asarray(2 * np.diff(np.log(priors))[:, 0])


class NearestCentroids(Model):
    """The nearest centroid: judges by plain distances where priors are equal, else by scores, which are its evidence."""

    block = LinearModel.block

    def __init__(self, estimator: NearestCentroid, geometry: Geometry, question: Question) -> None:
        empirical = isinstance(estimator.priors, str) and estimator.priors == "empirical"
        given = np.array([0.5, 0.5]) if isinstance(estimator.priors, str) else np.asarray(estimator.priors, dtype=float)
        self.priors, self.geometry = None if empirical else given, geometry
        self.distances, self.scores = Distances(geometry, question), Scores(geometry, self.priors, question)
        self.judges = self.distances if self._equal(geometry.counts[None])[0] else self.scores
        super().__init__(self.scores.before, question.quiz.y)

    def after(self, units: Units) -> Answer:
        by_distance, by_score = self.distances.after(units), self.scores.after(units)
        equal = self._equal(self.geometry.counted(units))
        verdicts = np.where(equal[:, None], by_distance.verdicts, by_score.verdicts)
        unsure = np.where(equal, by_distance.open, by_score.open) | np.isnan(by_score.evidence[:, 0])
        return Answer(verdicts, by_score.evidence, unsure, by_score.error)

    def tally(self, units: Units) -> Tally:
        if (self._equal(self.geometry.counted(units)) != (self.judges is self.distances)).any():
            return tallied(self.judged, self.before, self.after(units), self.quiz)
        self.judges.judged = self.judged  # as trained for real
        found = self.judges.tally(units)
        if self.judges is self.scores:
            return found
        margin, still_open = self.scores.margins(units)
        return found._replace(margin=margin, open=found.open | still_open)

    def margins(self, units: Units) -> tuple[Floats, NDArray[np.bool_]]:
        return self.scores.margins(units)

    def shifts(self, units: Units) -> Floats:
        found = np.empty(len(units))
        for members, (_, moves, _) in self.geometry.moved(units):
            found[members] = np.sqrt(np.einsum("kcp,kcp->k", moves, moves))
        return found

    def _equal(self, counts: Floats) -> NDArray[np.bool_]:
        """Whether the priors are equal with counts (k, 2), as scikit-learn asks it."""
        shares = counts / counts.sum(axis=1)[:, None] if self.priors is None else np.broadcast_to(self.priors, counts.shape)
        return np.asarray(np.isclose(shares, 0.5).all(axis=1))


def _given(priors: Any) -> bool:
    """Whether priors are named, or shares above 0."""
    return isinstance(priors, str) or (np.shape(priors) == (2,) and min(priors) > 0 and abs(sum(priors) - 1) < 1e-9)


def _scaled(classes: Classes) -> bool:
    """Whether each column varies within the classes, or does not at all to the last bit, in any number of rows."""
    variance = (classes.centred**2).mean(axis=0)
    values = np.abs(classes.means).max(axis=0)
    whole = (classes.means * 1024 % 1 == 0).all(axis=0) & (values < 1 << 30)
    return bool((((variance == 0) & whole) | (variance > (_FLAT * values) ** 2)).all())
