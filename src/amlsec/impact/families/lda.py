"""Linear discriminant analysis by algebra: added rows move two means, and the covariance by as many directions."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh, qr, solve_triangular
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from amlsec.impact.class_means import Classes, moved
from amlsec.impact.contract import Floats, Model, Question, family
from amlsec.impact.dense import are_dense, are_unweighted, reproducing
from amlsec.impact.linear import LinearModel
from amlsec.impact.rank_updates import LEAST, added, of_like_size
from amlsec.impact.units import Positions, Units

_MOST = 1e8
"""Covariances worse conditioned than this are left to training, as digits go."""
_FLAT = 1e-6
"""Columns that vary less within the classes, beside their values, are rounding to scikit-learn."""


@family.register
def _lda(estimator: LinearDiscriminantAnalysis, question: Question) -> Model | None:
    """Exact for covariances of full rank, by any solver, with a fixed shrinkage or fixed priors."""
    if not (are_dense(question) and are_unweighted(question) and _has_algebra(estimator)):
        return None
    classes = Classes.of(question)
    covariance = _covariance(estimator, classes)
    if covariance is None:
        return None
    return reproducing(Discriminant(covariance, classes, estimator, question), estimator, question)


class Covariance(NamedTuple):
    """The base's covariance, in coordinates in which it is the identity.

    It is a sum of two parts that units weigh anew, both diagonal here.

    Attributes
    ----------
    axes : rows (k, d) @ axes (d, p) are in these coordinates
    second : the diagonal (p,) of the second part: the shrinkage's, or with fixed priors the malicious class's
    shrinkage : its share of the covariance
    lengths : of the coordinates (p,), squared, as shares of the covariance's trace without shrinkage
    priors : (2,) by which the covariances of the classes are weighted; None where by their counts
    spare : how many times flatter in one direction than in another it may become before digits or ranks are lost
    """

    axes: Floats
    second: Floats
    shrinkage: float
    lengths: Floats
    priors: Floats | None
    spare: float

    def row_weights(self, counts: Floats) -> Floats:
        """By what a row of each class (k, 2), less the mean, enters the covariance, with counts (k, 2)."""
        if self.priors is not None:
            return np.asarray(self.priors / counts)
        return np.asarray(np.broadcast_to((1 - self.shrinkage) / counts.sum(axis=1)[:, None], counts.shape))

    def diagonal(self, kept: Floats, shares: Floats, rows: Floats, sign: float) -> Floats:
        """What becomes (k, p or 1) of the base's covariance, but for the rows (k, g, p) added to it or taken from it.

        Each class's count is `kept` (k, 2) of what it becomes, and all rows are `shares` (k,) of what they become.
        """
        if self.priors is not None:
            return kept[:, :1] + (kept[:, 1:] - kept[:, :1]) * self.second
        if self.shrinkage == 0:
            return shares[:, None]
        grown = sign * np.einsum("kgp,kgp,p->k", rows, rows, self.lengths)
        return np.asarray(shares[:, None] * (1 + grown[:, None] * self.second))


class Discriminant(LinearModel):
    """Linear discriminant analysis.

    With D the difference of the means, M their middle and C the covariance around them, the evidence is `D' C^-1 (v - M)`
    and the log-odds of the priors. A unit moves D and M, and changes C in as many directions as it has rows.
    """

    def __init__(
        self, covariance: Covariance, classes: Classes, estimator: LinearDiscriminantAnalysis, question: Question
    ) -> None:
        self.covariance, self.counts, self.offered = covariance, classes.counts, question.offered
        self.given = None if estimator.priors is None else np.asarray(estimator.priors, dtype=float)
        self.sign = -1.0 if question.removing else 1.0
        self.middle = classes.means.mean(axis=0)
        self.difference = (classes.means[1] - classes.means[0]) @ covariance.axes
        self.means = np.array([-0.5, 0.5])[:, None] * self.difference
        self.odds = float(self._odds(self.counts[None])[0])
        features = np.column_stack([self._white(question.quiz.X), np.ones(len(question.quiz.y))])
        before = features[:, :-1] @ self.difference + self.odds
        super().__init__(before, question.quiz.y, features)

    def changes(self, units: Units) -> Floats:
        found = np.empty((len(units), self.features.shape[1]))
        for members, rows in of_like_size(units):
            found[members] = self._changed(rows)
        return found

    def shifts(self, units: Units) -> Floats:
        changes = self.changes(units)
        coefficients = changes[:, :-1] @ self.covariance.axes.T
        intercepts = changes[:, -1] - coefficients @ self.middle
        return np.asarray(np.hypot(np.linalg.norm(coefficients, axis=1), intercepts))

    def _changed(self, rows: Positions) -> Floats:
        """What k units of g rows each, rows (k, g), change of the parameters."""
        y = self.offered.y[rows]
        white = self._white(self.offered.X[rows.ravel()]).reshape(*rows.shape, len(self.difference)) - self.means[y]
        counts, moves, spread = moved(white, y, self.counts, self.sign)
        coefficients = self._solved(spread, y, counts, self.difference + moves[:, 1] - moves[:, 0])
        constant = self._odds(counts) - self.odds - 0.5 * np.einsum("kp,kcp->k", coefficients, moves)
        return np.column_stack([coefficients - self.difference, constant])

    def _solved(self, spread: Floats, y: NDArray[np.int64], counts: Floats, difference: Floats) -> Floats:
        """The new covariance's inverse times the new difference of the means (k, p)."""
        kept, shares = self.counts / counts, self.counts.sum() / counts.sum(axis=1)
        diagonal = self.covariance.diagonal(kept, shares, spread, self.sign)
        root = np.sqrt(diagonal)
        weight = self.sign * np.take_along_axis(self.covariance.row_weights(counts), y, axis=1)
        rows, target = spread / root[:, None], difference / root
        less = added(rows, weight, (rows @ target[:, :, None])[:, :, 0])
        found: Floats = (target - less) / root
        found[self._flatter(diagonal, np.einsum("kg,kgp,kgp->k", weight, rows, rows)) < self.covariance.spare] = np.nan
        return found

    def _flatter(self, diagonal: Floats, gained: Floats) -> Floats:
        """A lower bound (k,) on how flat the covariance becomes in one direction beside another."""
        rows = np.maximum(1 + gained, LEAST) if self.sign < 0 else 1 / (1 + gained)
        return np.asarray(rows * diagonal.min(axis=1) / diagonal.max(axis=1))

    def _white(self, X: Any) -> Floats:
        return np.asarray((X - self.middle) @ self.covariance.axes)

    def _odds(self, counts: Floats) -> Floats:
        """Log-odds (k,) of the priors with counts (k, 2)."""
        priors = np.broadcast_to(self.given, counts.shape) if self.given is not None else counts
        return np.asarray(np.diff(np.log(priors))[:, 0])


def _has_algebra(estimator: LinearDiscriminantAnalysis) -> bool:
    """Whether neither the covariance nor the priors are estimated otherwise, nor both weighted by hand."""
    shrinkage, priors = estimator.shrinkage, estimator.priors
    if estimator.covariance_estimator is not None or isinstance(shrinkage, str) or estimator.n_components not in (None, 1):
        return False
    if estimator.solver == "svd":
        return shrinkage is None and _are_shares(priors)
    return _are_shares(priors) and (priors is None or not shrinkage)


def _are_shares(priors: Any) -> bool:
    return priors is None or (np.shape(priors) == (2,) and min(priors) > 0 and abs(sum(priors) - 1) < 1e-9)


def _covariance(estimator: LinearDiscriminantAnalysis, classes: Classes) -> Covariance | None:
    """The base's covariance as the solver estimates it, or None where it is near to singular."""
    shrinkage = float(estimator.shrinkage or 0)
    priors = None if estimator.solver == "svd" or estimator.priors is None else np.asarray(estimator.priors, dtype=float)
    weight = np.full(2, (1 - shrinkage) / len(classes.y)) if priors is None else priors / classes.counts
    rows = classes.centred * np.sqrt(weight[classes.y])[:, None]
    trace = float((classes.centred**2).sum() / len(classes.y))
    added = shrinkage * trace / rows.shape[1]
    whole = rows.T @ rows + added * np.eye(rows.shape[1])
    flat = (np.sqrt(np.diag(whole)) <= _FLAT * np.abs(classes.means).max(axis=0)).any()
    spare = _condition(estimator, whole) / _limit(estimator)
    if flat or not (trace > 0 and spare < 1):
        return None
    axes, second = _axes(whole, added) if shrinkage else _axes_of(rows, None if priors is None else classes.y == 1)
    return Covariance(axes, second, shrinkage, added / np.maximum(second, 1e-300) / trace / len(classes.y), priors, spare)


def _axes(whole: Floats, added: float) -> tuple[Floats, Floats]:
    """Coordinates in which a covariance is the identity, and so is what was added to its diagonal, up to factors (p,)."""
    values, vectors = eigh(whole)
    return vectors / np.sqrt(values), added / values


def _axes_of(rows: Floats, second: NDArray[np.bool_] | None) -> tuple[Floats, Floats]:
    """Coordinates in which rows' products are the identity, and those of the second rows diagonal."""
    d = rows.shape[1]
    axes = solve_triangular(qr(rows, mode="r")[0][:d], np.eye(d))
    if second is None:
        return axes, np.zeros(d)
    part = rows[second] @ axes
    values, vectors = eigh(part.T @ part)
    return axes @ vectors, values


def _condition(estimator: LinearDiscriminantAnalysis, whole: Floats) -> float:
    """The condition number that matters to the solver: least squares does not rescale columns, the others do."""
    scale = np.sqrt(np.diag(whole))
    if not (scale > 0).all():
        return float("inf")
    return float(np.linalg.cond(whole if estimator.solver == "lsqr" else whole / scale / scale[:, None]))


def _limit(estimator: LinearDiscriminantAnalysis) -> float:
    """The condition number at which digits are lost; by singular values, also that at which directions are left out."""
    cut = 1 / (2 * max(estimator.tol, 1e-12)) ** 2
    return min(_MOST, cut) if estimator.solver == "svd" else _MOST
