"""What a fitted classifier would say of a row had it been trained on that row too, for many rows at the price of one fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.sparse import issparse
from sklearn.base import clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.naive_bayes import BernoulliNB, ComplementNB, GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline

from amlsec.impact.certified.losses import Logistic
from amlsec.impact.contract import Labelled, Question
from amlsec.impact.linear import LinearModel
from amlsec.impact.measure import by_algebra
from amlsec.impact.refit import last_step, log_odds
from amlsec.impact.units import Units
from amlsec.impact.word_model import WordModel

Floats = NDArray[np.float64]
_MOST_COLUMNS = 1000
"""Of logistic regression: beyond, training again is quicker."""


def with_each(model: Any, base: Labelled, rows: Labelled) -> Floats | None:
    """Evidence of malice (n,) of each row by the model trained on base rows and that row; None where it takes training.

    Exact, to rounding, for naive Bayes, ridge classification and linear discriminants, and for k nearest neighbours where
    no two rows are equally far: of those the new row takes the place of the last. Of logistic regression the step that the
    row would make if it left the others' curvature as it is: of nine rows in ten within 4 % of what they move where base
    rows are ten times the columns, farther off where a plane parts the base. Of a pipeline on tables what the row does to
    the steps before the last is left out.

    >>> from sklearn.naive_bayes import MultinomialNB
    >>> base = Labelled(np.array([[3.0, 1.0], [1.0, 3.0]]), np.array([0, 1]))
    >>> model = MultinomialNB().fit(*base[:2])
    >>> with_each(model, base, Labelled(np.array([[4.0, 0.0]]), np.array([1]))).round(2)
    array([0.27])
    """
    if type(model) is Pipeline and base.X.dtype != object:
        seen = [part._replace(X=last_step(model, part.X)[1]) for part in (base, rows)]
        return with_each(last_step(model, base.X)[0], *seen)
    rule = _RULES.get(type(model))
    try:
        return None if rule is None else rule(model, base, rows)
    except np.linalg.LinAlgError:  # columns too alike, or of too unlike scales
        return None


def _by_algebra(model: Any, base: Labelled, rows: Labelled) -> Floats | None:
    """By the families whose evidence is linear in what a row changes, counted words before naive Bayes among them."""
    found = by_algebra(clone(model), Question(base, rows, rows))
    units = Units.single(len(rows.y))
    if isinstance(found, WordModel):
        changes = found.changes(units)
        by_words = np.asarray(changes.words.multiply(found.words).sum(axis=1)).ravel()
        return np.asarray(found.before + by_words + np.einsum("ks,ks->k", changes.shared, changes.features))
    if isinstance(found, LinearModel):
        return np.asarray(found.before + np.einsum("kp,kp->k", found.changes(units), found.features))
    return None


def _neighbours(model: KNeighborsClassifier, base: Labelled, rows: Labelled) -> Floats | None:
    """The row is the nearest to itself, and takes the place of the last."""
    if not isinstance(model.weights, str):
        return None
    distance, near = (part[:, :-1] for part in model.kneighbors(rows.X))
    counts = np.ones(near.shape) if model.weights == "uniform" else (distance == 0).astype(np.float64)
    return log_odds((rows.y + (counts * base.y[near]).sum(axis=1)) / (1 + counts.sum(axis=1)))


def _logistic(model: LogisticRegression, base: Labelled, rows: Labelled) -> Floats | None:
    """The proximal step along the row, in the metric of the base's Hessian."""
    shrinks = model.penalty in ("l2", "deprecated") and not model.l1_ratio and model.solver != "liblinear"
    if not shrinks or model.class_weight is not None or not 0 < model.C < np.inf or base.X.shape[1] > _MOST_COLUMNS:
        return None
    chance, signs = model.predict_proba(base.X)[:, 1], _signs(rows)
    length, margin = (
        _lengths(model, base.X, rows.X, chance * (1 - chance), 1 / model.C),
        signs * model.decision_function(rows.X),
    )
    return np.asarray(signs * (margin + length * Logistic().pull(margin, length, np.ones(len(margin)))))


def _ridge(model: RidgeClassifier, base: Labelled, rows: Labelled) -> Floats | None:
    """The row takes what its length says of the way to its label, as the normal equations have it."""
    plain = model.class_weight is None and np.ndim(model.alpha) == 0 and model.alpha > 0 and not model.positive
    if not plain or base.X.shape[1] > _MOST_COLUMNS:
        return None
    length, was = _lengths(model, base.X, rows.X, np.ones(len(base.y)), model.alpha), model.decision_function(rows.X)
    return np.asarray(was + length / (1 + length) * (_signs(rows) - was))


def _lengths(model: Any, base: Any, rows: Any, curvature: Floats, penalty: float) -> Floats:
    """The squared lengths (n,) of rows in the metric of the base's Hessian; the intercept is free of penalty.

    Around the mean of the base's rows, weighed by their curvature, the intercept has a length of its own.
    """
    inputs, asked = _dense(base), _dense(rows)
    centre = np.average(inputs, axis=0, weights=curvature) if model.fit_intercept else 0.0
    inputs, asked = inputs - centre, asked - centre
    hessian = (inputs.T * curvature) @ inputs + np.diag(np.full(inputs.shape[1], penalty))
    white = solve_triangular(np.linalg.cholesky(hessian), asked.T, lower=True)
    return np.asarray(np.einsum("pn,pn->n", white, white) + (1 / curvature.sum() if model.fit_intercept else 0.0))


def _signs(rows: Labelled) -> Floats:
    return np.where(rows.y == 1, 1.0, -1.0)


def _dense(X: Any) -> Floats:
    return np.asarray(X.toarray() if issparse(X) else X, dtype=np.float64)


def _gaussian(model: GaussianNB, base: Labelled, rows: Labelled) -> Floats:
    """The row moves mean and variance of its class, and by the largest variance of all rows the smoothing of both."""
    total, X = len(base.y), rows.X
    spread = _variance_with(base.X.var(axis=0), X - base.X.mean(axis=0), total)
    smoothing = model.var_smoothing * spread.max(axis=1, keepdims=True)
    likelihood, weight = np.empty((2, len(X))), np.empty((2, len(X)))
    for label in (0, 1):
        mine, count = rows.y == label, model.class_count_[label]
        away, plain = X - model.theta_[label], model.var_[label] - model.epsilon_
        variance = np.where(mine[:, None], _variance_with(plain, away, count), plain) + smoothing
        away = np.where(mine[:, None], away * count / (count + 1), away)
        likelihood[label] = -0.5 * (np.log(variance) + away**2 / variance).sum(axis=1)
        weight[label] = count + mine if model.priors is None else model.priors[label]
    return np.asarray(np.diff(likelihood + np.log(weight), axis=0)[0])


def _variance_with(variance: Floats, away: Floats, count: float) -> Floats:
    """The variance (n, d) of so many rows and one more, that lies so far (n, d) from their mean."""
    return np.asarray((variance + away**2 / (count + 1)) * count / (count + 1))


_RULES: dict[type[Any], Callable[[Any, Labelled, Labelled], Floats | None]] = {
    KNeighborsClassifier: _neighbours,
    LogisticRegression: _logistic,
    GaussianNB: _gaussian,
    MultinomialNB: _by_algebra,
    BernoulliNB: _by_algebra,
    ComplementNB: _by_algebra,
    RidgeClassifier: _ridge,
    LinearDiscriminantAnalysis: _by_algebra,
    Pipeline: _by_algebra,
}
"""By exact type: a subclass may compute otherwise."""
