"""What certified families share in reading an estimator's settings and a question."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack, issparse

from amlsec.impact.certified.dual import Dual
from amlsec.impact.certified.losses import Loss
from amlsec.impact.certified.metric import Metric, Training
from amlsec.impact.certified.model import Certified
from amlsec.impact.certified.primal import Primal
from amlsec.impact.contract import CLASSES, Labelled, Model, Question

_FEW = 100  # features that are always taken as they are
_STEEP = 1e4  # a Hessian, against the penalty, from which on products of rows are too rough
_LARGEST = 5_000  # coordinates of the metric, of which a matrix is kept


def certified(estimator: Any, question: Question, loss: Loss, scaling: float | None) -> Model | None:
    """The model; its intercept the weight of a constant `scaling` with the same penalty, or free of penalty for None.

    None where the base is too large either way, rounding is not small, or weights of classes depend on the training rows.
    """
    if isinstance(estimator.class_weight, str) or question.base.X.dtype == object or not 0 < estimator.C < np.inf:
        return None
    free = bool(estimator.fit_intercept and scaling is None)
    if estimator.fit_intercept and scaling is not None:
        constant = scaling
        question = question.mapped(lambda X: with_constant(X, constant))
    if min(question.base.X.shape) > _LARGEST:
        return None
    base, offered = _training(estimator, question.base), _training(estimator, question.offered)
    metric = _metric(loss, base, free)
    return None if metric is None else Certified(metric, offered, question)


def _metric(loss: Loss, base: Training, free: bool) -> Metric | None:
    """None where rounding is not small: a Hessian that is not definite to it, or too steep for products of rows."""
    n, d = base.X.shape
    try:
        if d < max(n, _FEW):
            return Primal(loss, base, free)
        metric = Dual(loss, base, free)
    except np.linalg.LinAlgError:
        return None
    return metric if metric.steepest < _STEEP else None


def with_constant(X: Any, value: float) -> Any:
    """X with one more column of this value."""
    column = np.full((X.shape[0], 1), value)
    return hstack([X, csr_matrix(column)], format="csr") if issparse(X) else np.hstack([X, column])


def _training(estimator: Any, rows: Labelled) -> Training:
    by_class = np.array([(estimator.class_weight or {}).get(c, 1.0) for c in CLASSES])
    weight, sign = estimator.C * by_class[rows.y] * rows.weights, np.where(rows.y == 1, 1.0, -1.0)
    counted = weight > 0
    return Training(rows.X, sign * counted, np.where(counted, weight, 1.0))
