"""Labels only: a client is told the verdict, and not how sure it is."""

from __future__ import annotations

from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from amlsec.catalogue import Clients, guard
from amlsec.data import Rows
from amlsec.defenses.decisions import base, labelled
from amlsec.defenses.shown_scores import lost
from amlsec.oracle import Classifier
from amlsec.threat import Influence, ThreatModel, Violation

Floats = NDArray[np.float64]


@guard(
    threats=(ThreatModel(Influence.EXPLORATORY, Violation.PRIVACY),),
    references=("tramer2016stealing", "shokri2017membership"),
    broken_by=("active-substitute", "boundary-points", "label-only"),
)
class LabelsOnly(BaseEstimator):  # type: ignore[misc]
    """Shows 0 or 1 in place of every score.

    What reads a model out by its scores has one bit left a question (Tramèr et al. 2016; Shokri et al. 2017). That takes
    more questions, and no more: verdicts alone copy a model, and rows far from the boundary were more likely trained on.
    The price is that good clients cannot rank, or weigh a verdict by how sure it is.

    Parameters
    ----------
    estimator : the classifier to guard; None takes logistic regression, of TF-IDF for texts
    random_state : seed of the rows on which the price is measured

    Attributes
    ----------
    estimator_ : the guarded classifier
    limit_ : the score above which 1 is shown: 0.5 for probabilities, 0 for margins, where that is how the classifier
        judges its training rows; else the score that as many of them exceed as it stops
    area_lost_ : what good clients lose of the area under the ROC curve, on rows that a copy of the classifier did not see
    brier_added_ : how much worse 0 and 1 are than probabilities, as a Brier score, on the same rows; NaN for margins

    Raises
    ------
    InvalidInput : fewer than 5 distinct rows of a label

    >>> from sklearn.linear_model import LogisticRegression
    >>> rng = np.random.default_rng(0)
    >>> y = rng.integers(0, 2, 1000)
    >>> X = rng.normal(2.0 * y - 1)[:, None]
    >>> guard = LabelsOnly(estimator=LogisticRegression()).fit(X, y)
    >>> guard.shown(np.array([0.04, 0.51, 0.97])), guard.decide(np.array([[-2.0], [2.0]]))
    (array([0., 1., 1.]), array([0, 1], dtype=int8))
    >>> round(guard.area_lost_, 3), round(guard.brier_added_, 3)
    (0.063, 0.03)
    """

    def __init__(self, *, estimator: Any = None, random_state: int | None = 0) -> None:
        self.estimator = estimator
        self.random_state = random_state

    def fit(self, X: Rows, y: NDArray[np.int64], /) -> Self:
        """Fit the classifier, and measure the price."""
        rows = labelled(X, y)
        model = base(self.estimator, rows)
        self.area_lost_, self.brier_added_ = lost(model, rows, partial(_shown, rows.X), self.random_state)
        self.estimator_ = clone(model).fit(rows.X, rows.y)
        self.classes_ = self.estimator_.classes_
        self.limit_ = _limit(self.estimator_, rows.X)
        return self

    def decide(self, X: Rows, client: Clients = "", /) -> NDArray[np.int8]:
        """For each row (n,): 0 allow, 1 deny, as the classifier has it."""
        check_is_fitted(self)
        return Classifier(self.estimator_).labels(X).astype(np.int8)

    def shown(self, scores: Floats, /) -> Floats:
        """1 for each score (n,) above the limit, else 0."""
        check_is_fitted(self)
        return (scores > self.limit_).astype(np.float64)


def _shown(X: Rows, model: Any, scores: Floats) -> Floats:
    return (scores > _limit(model, X)).astype(np.float64)


def _limit(model: Any, X: Rows) -> float:
    """The usual limit where it gives the model's verdicts on these rows, else what as many exceed as are stopped."""
    judged = Classifier(model)
    scores, stopped = judged.scores(X), judged.labels(X) == 1
    is_margin = not hasattr(model, "predict_proba") and hasattr(model, "decision_function")
    limit = 0.0 if is_margin else 0.5
    return limit if ((scores > limit) == stopped).all() else float(np.quantile(scores, 1 - stopped.mean()))
