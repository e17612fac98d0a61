"""Rows that algebra over dense columns can take, and models checked against a training of the base."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

from amlsec.impact.contract import NEAR, Floats, Model, Question
from amlsec.impact.linear import LinearModel
from amlsec.impact.refit import refit

M = TypeVar("M", bound=Model)


def are_dense(question: Question) -> bool:
    """Whether all rows are dense numbers that scikit-learn computes with in double precision."""
    parts = (question.base.X, question.offered.X, question.quiz.X)
    dense = all(isinstance(X, np.ndarray) and X.ndim == 2 and X.dtype.kind in "fiub" for X in parts)
    return dense and np.result_type(question.base.X, question.offered.X) not in (np.float32, np.float16)


def are_unweighted(question: Question) -> bool:
    """Whether no row has a weight, for classifiers that take none."""
    return question.base.weight is None and (question.removing or question.offered.weight is None)


def reproducing(model: M, estimator: Any, question: Question) -> M | None:
    """The model with the verdicts of a real training on the base, or None where its evidence differs from that one's.

    It does where scikit-learn itself loses digits, on columns of too different scales or nearly equal ones, or where
    another version of it computes otherwise.
    """
    real = refit(estimator, question.base, question.quiz.X)
    if not (np.abs(model.before - real.evidence[0]) <= NEAR / 10).all():
        return None
    model.judged = real.verdicts[0]
    return model


class DenseModel(LinearModel):
    """A linear model whose coordinates are chosen such that the inequality of Cauchy and Schwarz screens well."""

    block = 2048

    def reach(self, changes: Floats) -> Floats:
        return np.asarray(np.sqrt(np.einsum("kp,kp->k", changes, changes)))


def lengths(features: Floats) -> Floats:
    """The scale (m,) that goes with the reach of a dense model."""
    return np.asarray(np.maximum(np.linalg.norm(features, axis=1), np.finfo(float).tiny ** 0.5))
