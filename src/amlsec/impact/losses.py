"""What offered rows do to the loss on the quiz: finer than counts, and bounded where margins are not."""

from __future__ import annotations

from typing import Any

import numpy as np

from amlsec.data import Batch
from amlsec.engine import HERE, Workers
from amlsec.impact.checks import checked
from amlsec.impact.contract import Answer, Floats, Labelled, Quiz
from amlsec.impact.measure import answered
from amlsec.impact.units import Units


def log_losses(
    estimator: Any,
    base: Batch | Labelled,
    offered: Batch | Labelled,
    quiz: Batch | Labelled,
    *,
    units: Units | None = None,
    workers: Workers = HERE,
    random_state: int = 0,
) -> Floats:
    """The change (units, 2) of each class's mean logistic loss log(1 + exp(-margin)); above 0 harms.

    That is the log-loss where the evidence is log-odds (naive Bayes, logistic regression). Arguments and errors are those
    of `impacts`, by whose `error` a loss can be off too; every quiz row is looked at, so it costs more.

    >>> from sklearn.naive_bayes import MultinomialNB
    >>> rows = Batch(np.array([[3.0, 1.0], [1.0, 3.0]]), np.array([0, 1]))
    >>> flipped = Batch(np.array([[9.0, 0.0]]), np.array([1]))
    >>> log_losses(MultinomialNB(), rows, flipped, rows).round(2)
    array([[0.92, 0.41]])
    """
    question, units = checked(estimator, base, offered, quiz, units)
    labels = Quiz(question.quiz.y)
    first = next(answered(estimator, question, Units.of([[]]), workers, random_state))
    parts = [_mean_losses(answer, labels) for answer in answered(estimator, question, units, workers, random_state)]
    return np.concatenate([np.zeros((0, 2)), *parts]) - _mean_losses(first, labels)


def _mean_losses(answer: Answer, quiz: Quiz) -> Floats:
    """Mean loss (k, 2) of each class."""
    return np.asarray(np.logaddexp(0.0, -answer.evidence * quiz.sign) @ (quiz.by_class / quiz.sizes))
