"""How far offered rows move the coefficients of a linear classifier."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from amlsec.data import Batch
from amlsec.errors import InvalidInput
from amlsec.impact.checks import checked
from amlsec.impact.contract import Floats, Labelled, Model, Question
from amlsec.impact.measure import by_algebra
from amlsec.impact.refit import seeded, trained, training_rows
from amlsec.impact.units import Units


def parameter_shifts(
    estimator: Any,
    base: Batch | Labelled,
    offered: Batch | Labelled,
    quiz: Batch | Labelled,
    *,
    units: Units | None = None,
    random_state: int = 0,
) -> Floats:
    """The Euclidean norm (units,) of the change of an unfitted classifier's coefficients and intercept.

    By algebra where the family knows it, else by training again. The quiz only has to be as for `impacts`. A classifier by
    centroids has those for coefficients; a pipeline those of its last step.

    Raises InvalidInput as `impacts` does, and where there are no coefficients or their number depends on the rows.

    >>> from sklearn.linear_model import RidgeClassifier
    >>> rows = Batch(np.array([[-1.0], [1.0]]), np.array([0, 1]))
    >>> parameter_shifts(RidgeClassifier(), rows, Batch(np.array([[0.0], [9.0]]), np.array([0, 0])), rows).round(2)
    array([0.33, 0.75])
    """
    question, units = checked(estimator, base, offered, quiz, units)
    model = by_algebra(estimator, question) if len(units) else None
    found = None if model is None else _known(model, units)
    return _trained(estimator, question, units, random_state) if found is None else found


def _known(model: Model, units: Units) -> Floats | None:
    """The family's own answer, block by block; None where it has none, or not for every unit."""
    parts = []
    for part in units.blocks(model.block):
        found = model.shifts(part)
        if found is None or not np.isfinite(found).all():
            return None
        parts.append(found)
    return np.concatenate(parts)


def _trained(estimator: Any, question: Question, units: Units, random_state: int) -> Floats:
    ready = seeded(estimator, random_state)
    before = _coefficients(trained(ready, question.base))
    after = (_coefficients(trained(ready, training_rows(question, unit))) for unit in units)
    return np.array([np.linalg.norm(_like(before, found) - before) for found in after])


def _like(before: Floats, after: Floats) -> Floats:
    if before.shape != after.shape:
        raise InvalidInput("estimator", f"{after.size} coefficients after {before.size}", "must keep their number")
    return after


def _coefficients(model: Any) -> Floats:
    """Of a fitted classifier, flat, with the intercept."""
    last = model[-1] if isinstance(model, Pipeline) else model
    found = [getattr(last, name) for name in ("coef_", "intercept_", "centroids_") if hasattr(last, name)]
    if not found:
        raise InvalidInput("estimator", type(last).__name__, "must have coefficients, `coef_` or `centroids_`")
    return np.concatenate([np.ravel(part) for part in found]).astype(np.float64)
