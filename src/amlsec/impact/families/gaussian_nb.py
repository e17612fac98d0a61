"""Gaussian naive Bayes by algebra: added rows move their class's means and variances, and the smoothing of both classes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.naive_bayes import GaussianNB

from amlsec.impact.boxes import Boxes, Verdicts
from amlsec.impact.contract import CLASSES, NEAR, Answer, Floats, Model, Question, Tally, family
from amlsec.impact.dense import are_dense, reproducing
from amlsec.impact.moments import Sums, by_classes, in_cache, of_class, summed
from amlsec.impact.normals import Normal
from amlsec.impact.rank_updates import LEAST
from amlsec.impact.smoothing import Interpolation, Spread
from amlsec.impact.units import Positions, Units

_EPSILON = float(np.finfo(float).eps)
_FLAT = 1e-7
"""Columns that vary less within a class, beside their values, are rounding to scikit-learn."""

Kind = tuple[int, ...]
"""The classes that a unit has rows of."""


@family.register
def _gaussian(estimator: GaussianNB, question: Question) -> Model | None:
    """Exact for dense rows of any weights, priors above 0, and variances that, once smoothed, are above rounding."""
    base = question.base
    weights = np.array([base.weights[base.y == c].sum() for c in CLASSES])
    if not (are_dense(question) and _are_shares(estimator.priors) and (weights > 0).all()):
        return None
    spread = Spread(base.X.astype(float), question.removing)
    with np.errstate(divide="ignore", invalid="ignore"):  # columns of no variance at all
        normals = [_normal(question, c, estimator.var_smoothing * spread.largest) for c in CLASSES]
        flat = [normal.precision * (_FLAT * np.abs(base.X).max(axis=0)) ** 2 for normal in normals]
    if not all((share < 1).all() for share in flat):
        return None
    model = GaussianBayes(estimator, spread, normals, question)
    return reproducing(model, estimator, question, NEAR / 10 + model.rounding)


class GaussianBayes(Model):
    """Gaussian naive Bayes.

    With means M and precisions P, which are the inverse of the smoothed variances, class c has the log-likelihood
    `sum_j (log P_cj - P_cj (v_j - M_cj)^2) / 2` of quiz row v. Rows that move P by Q and M by D change it by
    `sum_j D_j (P_cj + Q_j) (v_j - M_cj) - Q_j (v_j - M_cj)^2 / 2` and a constant: linear in features of v that are small
    near the class, so that no digits are lost. The smoothing is a share of the largest variance of all rows without
    weights: it moves the precisions of a class that gains no row as well.
    """

    block = 4096

    def __init__(self, estimator: GaussianNB, spread: Spread, normals: list[Normal], question: Question) -> None:
        self.estimator, self.spread, self.normals, self.between = estimator, spread, normals, Interpolation()
        self.epsilon = estimator.var_smoothing * spread.largest
        self.offered, self.rows = question.offered, question.quiz.X
        self.once = np.full(len(question.offered.y), -1.0 if question.removing else 1.0)
        self.weighted = question.base.weight is not None or (not question.removing and question.offered.weight is not None)
        benign, malicious = (normal.log_likelihood(self.rows) for normal in normals)
        super().__init__(self._odds(*(normal.weight for normal in normals)) + malicious - benign, question.quiz.y)
        values, added_up = np.abs(question.base.X).mean(axis=0), sum(question.base.X.shape)
        self.rounding = added_up * _EPSILON * sum(normal.sizes(self.rows, values) for normal in normals)
        self.doubt = NEAR + self.rounding / LEAST
        self._boxes: dict[Kind, Boxes] = {}

    def after(self, units: Units) -> Answer:
        evidence = np.empty((len(units), len(self.before)))
        for kind, places, changes in self._changed(units):
            evidence[places] = self.before + changes @ self._features(kind).T
        near = np.asarray(~(np.abs(evidence) > self.doubt).all(axis=1))
        return Answer(evidence > 0, evidence, near, np.zeros(len(units)))

    def margins(self, units: Units) -> tuple[Floats, NDArray[np.bool_]]:
        margin = np.empty((len(units), 2))
        for kind, places, changes in self._changed(units):
            margin[places] = changes @ self._screen(kind).mean_features
        return margin, np.isnan(margin[:, 0])

    def tally(self, units: Units) -> Tally:
        counts, margin, still_open = np.zeros((2, len(units), 2)), np.empty((len(units), 2)), np.zeros(len(units), bool)
        for kind, places, changes in self._changed(units):
            reached, margin[places] = self._screen(kind).screened(changes)
            again = np.flatnonzero(reached.any(axis=1) & ~np.isnan(changes[:, -1]))
            turned = self._screen(kind).turned(changes[again], reached[again])
            counts[0, places[again]], counts[1, places[again]], still_open[places[again]] = turned
        helped, hurt = np.rint(counts).astype(np.int64)
        return Tally(helped, hurt, margin, still_open | np.isnan(margin[:, 0]), np.zeros(len(units)))

    def shifts(self, units: Units) -> Floats:
        """Of the means and smoothed variances of the classes that a unit has rows of."""
        found = np.zeros(len(units))
        for kind, places, changes in self._changed(units):
            moved = [self.normals[c].moved(changes[:, cells]) for c, cells in self._cells(kind) if c in kind]
            found[places] = np.sqrt(np.sum(moved, axis=0))
        return found

    def changes(self, units: Units, kind: Kind) -> Floats:
        """What units of rows of these classes change of the parameters (k, p); NaN where that cannot be said."""
        found = np.empty((len(units), self._cells(kind)[-1][1].stop + 1))
        with np.errstate(all="ignore"):  # what is too large or too small for numbers is NaN
            plain = {c: self._sums(units, c, self.once) for c in kind}
            sums = {c: self._sums(units, c, self.offered.weights) for c in kind} if self.weighted else plain
            growth = self.spread.growth([(self.normals[c].mean, plain[c]) for c in kind])
            constant = self._odds_with(sums) - self._odds(*(normal.weight for normal in self.normals))
            for c, cells in self._cells(kind):
                constant = constant + self._moved(c, sums.get(c), growth, found[:, cells])
        found[:, -1] = constant
        found[~np.isfinite(constant)] = np.nan
        return found

    def _moved(self, label: int, sums: Sums | None, growth: Floats, out: Floats) -> Floats:
        """Writes a class's parameters, returns what is constant (k,): NaN where the parameters are no answer."""
        normal = self.normals[label]
        if sums is not None:
            return normal.sign * normal.gaining(sums, self.epsilon * growth, out)
        out[:] = self.between.amounts(growth)
        return np.where(np.isnan(out[:, 0]), np.nan, 0.0)

    def _changed(self, units: Units) -> Iterator[tuple[Kind, Positions, Floats]]:
        """All units and their changes, by the classes that they move: both, where the smoothing moves much."""
        much = [np.zeros(0, dtype=np.intp)]
        for kind, members in by_classes(units, self.offered.y):
            for places, part in self._some(units, members):
                changes = self.changes(part, kind)
                yield kind, places, changes
                much.append(places[np.isnan(changes[:, -1])] if kind != CLASSES else places[:0])
        for places, part in self._some(units, np.concatenate(much)):
            yield CLASSES, places, self.changes(part, CLASSES)

    def _some(self, units: Units, members: Positions) -> Iterator[tuple[Positions, Units]]:
        return ((members[some], part) for some, part in in_cache(units.take(members), len(self.spread.mean)))

    def _cells(self, kind: Kind) -> list[tuple[int, slice]]:
        """Which of the parameters belong to each class."""
        widths = [2 * len(self.spread.mean) if c in kind else len(self.between.nodes) for c in CLASSES]
        return [(c, slice(start, start + width)) for c, start, width in zip(CLASSES, (0, widths[0]), widths, strict=True)]

    def _sums(self, units: Units, label: int, weight: Floats) -> Sums:
        mine = of_class(units, self.offered.y, label)
        return summed(self.offered.X, mine, self.normals[label].mean, weight)

    def _features(self, kind: Kind) -> Floats:
        parts = [part for c in CLASSES for part in self._features_of(c, c in kind)]
        return np.column_stack([*parts, np.ones(len(self.before))])

    def _features_of(self, label: int, gains: bool) -> list[Floats]:
        normal = self.normals[label]
        return normal.features(self.rows) if gains else [normal.smoothed(self.rows, self.epsilon * self.between.nodes)]

    def _screen(self, kind: Kind) -> Boxes:
        if kind not in self._boxes:
            verdicts = Verdicts(self.before, self.judged, self.doubt)
            self._boxes[kind] = Boxes(verdicts, self._features(kind), self.quiz)
        return self._boxes[kind]

    def _odds_with(self, sums: dict[int, Sums]) -> Any:
        benign, malicious = (self.normals[c].weight + (sums[c].weight[:, 0] if c in sums else 0.0) for c in CLASSES)
        return self._odds(benign, malicious)

    def _odds(self, benign: Any, malicious: Any) -> Any:
        """Log-odds of the priors with classes of these weights."""
        if self.estimator.priors is not None:
            return float(np.log(self.estimator.priors[1]) - np.log(self.estimator.priors[0]))
        return np.log(malicious) - np.log(benign)


def _normal(question: Question, label: int, epsilon: float) -> Normal:
    mine = question.base.y == label
    X, weights = question.base.X[mine].astype(float), question.base.weights[mine]
    return Normal.of(1.0 if label else -1.0, X, weights, epsilon)


def _are_shares(priors: Any) -> bool:
    return priors is None or (np.shape(priors) == (2,) and min(priors) > 0 and abs(sum(priors) - 1) < 1e-9)
