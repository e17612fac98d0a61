"""Ridge classification, that is the least-squares support vector machine, by algebra."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import qr, solve_triangular, svd
from sklearn.linear_model import RidgeClassifier

from amlsec.impact.contract import CLASSES, Floats, Model, Question, family
from amlsec.impact.dense import are_dense, reproducing
from amlsec.impact.linear import LinearModel
from amlsec.impact.rank_updates import added, of_like_size
from amlsec.impact.units import Units

Map = Callable[[Floats], Floats]
Maps = tuple[Map, Map]
_MOST = 1e5
"""Systems worse conditioned than the square of this are left to training, as digits go."""
_FLAT = 1e-8
"""Columns that vary less, beside their values, and are not held by the penalty, are rounding to scikit-learn."""


@family.register
def _ridge(estimator: RidgeClassifier, question: Question) -> Model | None:
    """Exact for dense rows and the solvers that solve the normal equations.

    Not for the iterative ones, which stop early (scikit-learn takes one for sparse rows with an intercept), for
    coefficients bound to be positive, nor for `class_weight="balanced"`, by which each row changes every weight.
    """
    solved = estimator.solver in ("auto", "cholesky", "svd") and not estimator.positive
    if not (solved and np.ndim(estimator.alpha) == 0 and are_dense(question) and _fixed(estimator.class_weight)):
        return None
    metric = _metric(estimator, question)
    return None if metric is None else reproducing(Ridge(metric, estimator, question), estimator, question)


class Metric(NamedTuple):
    """Coordinates of the base's columns in which the normal equations are the identity.

    Attributes
    ----------
    centre : the base's weighted mean (d,), or 0 without an intercept
    forward : rows (k, d), less the centre, in these coordinates
    back : parameters (k, p) of these coordinates as coefficients (k, d)
    constant : the intercept's own coordinate, for every row; None without one
    """

    centre: Floats
    forward: Map
    back: Map
    constant: float | None

    def of(self, X: Any) -> Floats:
        """Rows in these coordinates (k, p)."""
        inner = self.forward(X - self.centre)
        if self.constant is None:
            return inner
        return np.column_stack([inner, np.full(len(inner), self.constant)])


class Ridge(LinearModel):
    """Ridge classification with labels -1 and 1.

    In coordinates where the base's normal equations `X' S X + alpha I` are the identity, a row x of weight s and residual
    r moves the parameters by `s r / (1 + s |x|^2) x`.
    """

    def __init__(self, metric: Metric, estimator: RidgeClassifier, question: Question) -> None:
        self.metric, self.offered = metric, question.offered
        base, base_weight = metric.of(question.base.X), _weights(estimator, question.base)
        self.weight = _weights(estimator, question.offered)
        self.target = np.where(question.offered.y == 1, 1.0, -1.0)
        self.parameters = (base_weight * np.where(question.base.y == 1, 1.0, -1.0)) @ base
        features = metric.of(question.quiz.X)
        super().__init__(features @ self.parameters, question.quiz.y, features)

    def changes(self, units: Units) -> Floats:
        found = np.empty((len(units), len(self.parameters)))
        for members, rows in of_like_size(units):
            white = self.metric.of(self.offered.X[rows.ravel()])
            residuals = self.target[rows] - (white @ self.parameters).reshape(rows.shape)
            found[members] = added(white.reshape(*rows.shape, white.shape[1]), self.weight[rows], residuals)
        return found

    def shifts(self, units: Units) -> Floats:
        changes = self.changes(units)
        if self.metric.constant is None:
            return np.asarray(np.linalg.norm(self.metric.back(changes), axis=1))
        coefficients = self.metric.back(changes[:, :-1])
        intercepts = changes[:, -1] * self.metric.constant - coefficients @ self.metric.centre
        return np.asarray(np.hypot(np.linalg.norm(coefficients, axis=1), intercepts))


def _fixed(class_weight: Any) -> bool:
    """Whether class weights are none, or numbers for the labels 0 and 1."""
    if class_weight is None:
        return True
    return (
        isinstance(class_weight, dict) and set(class_weight) <= set(CLASSES) and min(class_weight.values(), default=0) >= 0
    )


def _weights(estimator: RidgeClassifier, rows: Any) -> Floats:
    by_class = np.array([(estimator.class_weight or {}).get(c, 1.0) for c in CLASSES])
    return np.asarray(rows.weights * by_class[rows.y])


def _metric(estimator: RidgeClassifier, question: Question) -> Metric | None:
    """The coordinates of the base; None where there are none, or too few digits."""
    weight = _weights(estimator, question.base)
    if weight.sum() <= 0:
        return None
    centre, constant = np.zeros(question.base.X.shape[1]), None
    if estimator.fit_intercept:
        centre, constant = np.average(question.base.X, axis=0, weights=weight), float(weight.sum() ** -0.5)
    centred = (question.base.X - centre) * np.sqrt(weight)[:, None]
    length = np.sqrt(np.einsum("ij,ij->j", centred, centred) + estimator.alpha)
    if (length <= _FLAT * np.abs(centre) * np.sqrt(weight.sum())).any():
        return None
    maps = (_wide if centred.shape[1] > centred.shape[0] else _narrow)(centred, float(estimator.alpha))
    return None if maps is None else Metric(centre, maps[0], maps[1], constant)


def _narrow(centred: Floats, alpha: float) -> Maps | None:
    """By the triangle R of the columns' QR decomposition: R'R are the normal equations, and digits are not squared away."""
    d = centred.shape[1]
    triangle = qr(np.concatenate([centred, np.sqrt(alpha) * np.eye(d)]), mode="r")[0][:d]
    scale = np.sqrt(np.einsum("ij,ij->j", triangle, triangle))
    if not (scale > 0).all() or np.linalg.cond(triangle / scale) > _MOST:
        return None
    white = solve_triangular(triangle, np.eye(d))
    return (lambda rows: rows @ white), (lambda parameters: parameters @ white.T)


def _wide(centred: Floats, alpha: float) -> Maps | None:
    """With more columns than rows: sqrt(alpha) in every direction but those of the rows, and no square of the columns."""
    _, values, directions = svd(centred, full_matrices=False)
    if alpha <= 0 or values[0] ** 2 + alpha > alpha * _MOST**2:
        return None
    gain = 1 / np.sqrt(values**2 + alpha) - alpha**-0.5

    def whitened(rows: Floats) -> Floats:
        return np.asarray(rows * alpha**-0.5 + ((rows @ directions.T) * gain) @ directions)

    return whitened, whitened
