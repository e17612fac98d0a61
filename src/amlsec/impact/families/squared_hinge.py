"""Linear support vector machines of squared hinge loss, certified: verdicts of the exact optimum, each proved."""

from __future__ import annotations

from sklearn.svm import LinearSVC

from amlsec.impact.certified.losses import SquaredHinge
from amlsec.impact.certified.settings import certified
from amlsec.impact.contract import Model, Question, family


@family.register
def _squared_hinge(estimator: LinearSVC, question: Question) -> Model | None:
    """For the L2 penalty, which liblinear lays on the intercept too, and weights of classes that are given.

    Answers are those of the exact optimum, whatever tolerance or number of iterations is set. None for the plain hinge and
    for the L1 penalty.
    """
    if (estimator.loss, estimator.penalty, estimator.multi_class) != ("squared_hinge", "l2", "ovr"):
        return None
    return certified(estimator, question, SquaredHinge(), estimator.intercept_scaling)
