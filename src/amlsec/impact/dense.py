"""Rows that algebra over dense columns can take, and models checked against a training of the base."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

from amlsec.impact.contract import NEAR, Floats, Model, Question
from amlsec.impact.refit import refit

M = TypeVar("M", bound=Model)


def are_tables(question: Question) -> bool:
    """Whether all rows are dense numbers."""
    parts = (question.base.X, question.offered.X, question.quiz.X)
    return all(isinstance(X, np.ndarray) and X.ndim == 2 and X.dtype.kind in "fiub" for X in parts)


def are_dense(question: Question) -> bool:
    """Whether all rows are dense numbers that scikit-learn computes with in double precision."""
    return are_tables(question) and np.result_type(question.base.X, question.offered.X) not in (np.float32, np.float16)


def are_unweighted(question: Question) -> bool:
    """Whether no row has a weight, for classifiers that take none."""
    return question.base.weight is None and (question.removing or question.offered.weight is None)


def reproducing(model: M, estimator: Any, question: Question, within: Floats | float = NEAR / 10) -> M | None:
    """The model with the verdicts of a real training on the base, or None where its evidence differs from that one's.

    It does where scikit-learn itself loses digits, on columns of too different scales or nearly equal ones, or where
    another version of it computes otherwise.
    """
    real = refit(estimator, question.base, question.quiz.X)
    if not (np.abs(model.before - real.evidence[0]) <= within).all():
        return None
    model.judged = real.verdicts[0]
    return model
