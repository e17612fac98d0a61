"""Classifiers that depend on each label's mean and spread, from their sums, squares and products.

They are fitted on a few rows that have the same means and spreads.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import issparse
from sklearn.base import clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import RidgeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import NearestCentroid
from sklearn.utils.class_weight import compute_class_weight

from amlsec.data import BENIGN, MALICIOUS
from amlsec.impact.contract import CLASSES, Floats, Labelled
from amlsec.impact.unlearning.recipe import Recipe, Totals, by_label, dense, needs, product, recipe, unweighted


class _Moments(Recipe):
    """The weight (2,), sum (2, d) and sum of squares (2, d) of each label."""

    def origin(self, rows: Labelled) -> Floats:
        given = len(rows.y) and not issparse(rows.X)
        return np.asarray(rows.X.mean(axis=0), dtype=np.float64) if given else super().origin(rows)

    def measure(self, rows: Labelled, origin: Floats) -> dict[str, Floats]:
        X, weight = _from(rows.X, origin), by_label(rows)
        return {"weight": weight.sum(axis=1), "sum": product(weight, X), "square": product(weight, _squared(X))}

    def nonnegative(self, totals: Totals) -> tuple[Floats, Floats]:
        return totals["square"] - totals["sum"] * _mean(totals), totals["square"]


@recipe.register(GaussianNB)
class _Gaussian(_Moments):
    """Gaussian naive Bayes; its smoothing goes by the variance over all rows, whatever their weight."""

    def measure(self, rows: Labelled, origin: Floats) -> dict[str, Floats]:
        dense(self.estimator, rows)
        X = rows.X - origin
        return super().measure(rows, origin) | {"all": X.sum(axis=0), "all_square": _squared(X).sum(axis=0)}

    def fitted(self, totals: Totals, origin: Floats) -> Any:
        mean, variance, n = _mean(totals) + origin, _variance(totals), totals["rows"].sum()
        weights = np.tile(totals["weight"] / 2, 2)
        pair = np.concatenate([mean - np.sqrt(variance), mean + np.sqrt(variance)])
        ready = clone(self.estimator).set_params(var_smoothing=0.0).fit(pair, [BENIGN, MALICIOUS] * 2, sample_weight=weights)
        overall = totals["all_square"] / n - (totals["all"] / n) ** 2
        ready.epsilon_ = self.estimator.var_smoothing * max(overall.max(), 0.0)
        ready.theta_, ready.var_ = mean, variance + ready.epsilon_
        return ready.set_params(var_smoothing=self.estimator.var_smoothing)


@recipe.register(NearestCentroid)
class _Centroid(_Moments):
    """Nearest centroid by Euclidean distance, without shrinking."""

    def __init__(self, estimator: NearestCentroid) -> None:
        needs(estimator, metric=("euclidean",), shrink_threshold=(None,))
        super().__init__(estimator)

    def measure(self, rows: Labelled, origin: Floats) -> dict[str, Floats]:
        unweighted(self.estimator, rows)
        return super().measure(rows, origin)

    def fitted(self, totals: Totals, origin: Floats) -> Any:
        mean, variance, rows = _mean(totals), _variance(totals), totals["rows"]
        pair = np.concatenate([mean - np.sqrt(variance), mean + np.sqrt(variance)]) + origin
        ready = clone(self.estimator).fit(pair, [BENIGN, MALICIOUS] * 2)
        ready.centroids_ = mean + origin
        if self.estimator.get_params().get("priors") == "empirical":
            ready.class_prior_ = rows / rows.sum()
        within = np.sqrt(rows @ variance / (rows.sum() - 2))
        spread = np.sqrt(1 / rows - 1 / rows.sum())[:, None] * (within + np.median(within))
        ready.within_class_std_dev_ = within
        ready.deviations_ = (mean - rows @ mean / rows.sum()) / spread
        return ready


@recipe.register(RidgeClassifier)
class _Ridge(_Moments):
    """Ridge classification, as its direct solvers give it, for sparse rows too, from all products of two columns."""

    def __init__(self, estimator: RidgeClassifier) -> None:
        needs(estimator, solver=("auto", "cholesky", "svd"), positive=(False,))
        super().__init__(estimator)

    def measure(self, rows: Labelled, origin: Floats) -> dict[str, Floats]:
        return super().measure(rows, origin) | _scatter(rows, origin)

    def fitted(self, totals: Totals, origin: Floats) -> Any:
        like, given = _like(totals, origin), self.estimator.class_weight
        worth = compute_class_weight(given, classes=np.array(CLASSES), y=np.repeat(CLASSES, totals["rows"].astype(int)))
        weight = like.share * (totals["weight"] * worth)[like.y]
        ready = clone(self.estimator).set_params(class_weight=None).fit(like.X, like.y, sample_weight=weight)
        return ready.set_params(class_weight=given)


@recipe.register(LinearDiscriminantAnalysis)
class _Discriminant(_Moments):
    """Linear discriminant analysis by least squares, with a fixed shrinkage or none, from all products of two columns."""

    def __init__(self, estimator: LinearDiscriminantAnalysis) -> None:
        needs(estimator, solver=("lsqr",), covariance_estimator=(None,))
        if estimator.shrinkage == "auto":
            needs(estimator, shrinkage=(None, "a number"))
        super().__init__(estimator)

    def measure(self, rows: Labelled, origin: Floats) -> dict[str, Floats]:
        dense(self.estimator, rows)
        unweighted(self.estimator, rows)
        return super().measure(rows, origin) | _scatter(rows, origin)

    def fitted(self, totals: Totals, origin: Floats) -> Any:
        like, given = _like(totals, origin), self.estimator.priors
        priors = totals["rows"] / totals["rows"].sum() if given is None else given
        return clone(self.estimator).set_params(priors=priors).fit(like.X, like.y).set_params(priors=given)


class _Like(NamedTuple):
    """Rows, their labels, and their share (n,) in the weight of their label."""

    X: Floats
    y: Any
    share: Floats


def _like(totals: Totals, origin: Floats) -> _Like:
    """Few rows with the means and covariances of each label: m +- sqrt(r e) u over the r eigenpairs (e, u) of positive e."""
    X = []
    for mean, scatter, weight in zip(_mean(totals), totals["scatter"], totals["weight"], strict=True):
        size, direction = np.linalg.eigh(scatter / weight - np.outer(mean, mean))
        kept = size > 0
        away = (direction * np.sqrt(np.maximum(size, 0) * max(kept.sum(), 1)))[:, kept].T
        X.append(mean + origin + np.concatenate([away, -away]) if kept.any() else np.tile(mean + origin, (2, 1)))
    counts = [len(part) for part in X]
    return _Like(np.concatenate(X), np.repeat(CLASSES, counts), np.repeat(1 / np.array(counts), counts))


def _mean(totals: Totals) -> Floats:
    return totals["sum"] / _weight(totals)


def _variance(totals: Totals) -> Floats:
    return np.maximum(totals["square"] / _weight(totals) - _mean(totals) ** 2, 0.0)


def _weight(totals: Totals) -> Floats:
    """Of each label (2, 1); 1 where there is none, and all sums are 0."""
    given = (totals["rows"] > 0) & (totals["weight"] > 0)
    return np.where(given, totals["weight"], 1.0)[:, None]


def _scatter(rows: Labelled, origin: Floats) -> dict[str, Floats]:
    """The products (2, d, d) of two columns, summed within each label."""
    X = [_from(rows.X[rows.y == c], origin) for c in CLASSES]
    weight = [rows.weights[rows.y == c][:, None] for c in CLASSES]
    weighed = [part.multiply(w) if issparse(part) else part * w for part, w in zip(X, weight, strict=True)]
    return {"scatter": np.array([product(part.T, heavy) for part, heavy in zip(X, weighed, strict=True)])}


def _from(X: Any, origin: Floats) -> Any:
    return X.astype(np.float64) if issparse(X) else X - origin


def _squared(X: Any) -> Any:
    return X.multiply(X) if issparse(X) else X**2
