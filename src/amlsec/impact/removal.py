"""What base rows do to their model, as leaving them out shows it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.base import is_outlier_detector

from amlsec.data import Batch
from amlsec.engine import HERE, Workers
from amlsec.errors import InvalidInput
from amlsec.impact.checks import checked
from amlsec.impact.contract import Labelled, Question
from amlsec.impact.measure import Impacts, measured
from amlsec.impact.units import Units


def influences(
    estimator: Any,
    base: Batch | Labelled,
    quiz: Batch | Labelled,
    *,
    units: Units | None = None,
    workers: Workers = HERE,
    random_state: int = 0,
) -> Impacts:
    """The impact of leaving each base row out, or each unit of base rows, on an unfitted classifier.

    The deletion diagnostic of Cook (1977), read off quiz rows instead of fitted values: what leaving a row out helps, the
    row hurt. By algebra where the estimator's family can take rows back, by training again elsewhere; arguments are those
    of `amlsec.impact.measure.impacts`.

    Raises InvalidInput as `impacts` does, and where a unit leaves the base without a class.

    >>> from sklearn.naive_bayes import MultinomialNB
    >>> base = Batch(np.array([[3.0, 1.0], [1.0, 3.0], [0.0, 9.0]]), np.array([0, 1, 0]))
    >>> quiz = Batch(np.array([[2.0, 1.0], [1.0, 2.0]]), np.array([0, 1]))
    >>> influences(MultinomialNB(), base, quiz, units=Units.of([[2], []])).net
    array([[0, 1],
           [0, 0]])
    """
    question = taking_back(estimator, base, quiz, units)
    return measured(estimator, *question, workers, random_state)


def taking_back(
    estimator: Any, base: Batch | Labelled, quiz: Batch | Labelled, units: Units | None = None
) -> tuple[Question, Units]:
    """The question of what the model is without each unit of base rows, checked."""
    question, units = checked(estimator, base, base, quiz, units)
    if not is_outlier_detector(estimator):
        _check_rest(question.base, units)
    taken = question.base._replace(weight=-question.base.weights)
    return replace(question, offered=taken, removing=True), units


def _check_rest(base: Labelled, units: Units) -> None:
    emptied = (units.counts(base.y) == np.bincount(base.y, minlength=2)).any(axis=1)
    if emptied.any():
        raise InvalidInput("units", f"unit {np.flatnonzero(emptied)[0]}", "must leave the base rows of both classes")
