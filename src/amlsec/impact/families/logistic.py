"""Logistic regression, certified: verdicts of the exact optimum, each proved."""

from __future__ import annotations

from sklearn.linear_model import LogisticRegression

from amlsec.impact.certified.losses import Logistic
from amlsec.impact.certified.settings import certified
from amlsec.impact.contract import Model, Question, family


@family.register
def _logistic(estimator: LogisticRegression, question: Question) -> Model | None:
    """For the L2 penalty, and weights of classes that are given.

    Answers are those of the exact optimum, whatever solver, tolerance or number of iterations is set: trainings that stop
    at scikit-learn's default tolerance are further from it than one row moves it. None for other penalties.
    """
    if estimator.penalty not in ("l2", "deprecated") or estimator.l1_ratio:
        return None
    return certified(
        estimator, question, Logistic(), estimator.intercept_scaling if estimator.solver == "liblinear" else None
    )
