"""Rounded scores: what the classifier is sure of is told in few digits."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from amlsec.catalogue import Clients, guard
from amlsec.data import Rows
from amlsec.defenses.decisions import at_least, base, labelled
from amlsec.defenses.shown_scores import lost
from amlsec.oracle import Classifier
from amlsec.threat import Influence, ThreatModel, Violation

Floats = NDArray[np.float64]


@guard(
    threats=(ThreatModel(Influence.EXPLORATORY, Violation.PRIVACY),),
    references=("tramer2016stealing", "shokri2017membership"),
    broken_by=("equation-solving", "lira"),
)
class RoundedScores(BaseEstimator):  # type: ignore[misc]
    """Shows scores in so many digits after the point; verdicts stay as they are.

    Named as a countermeasure by Tramèr et al. (2016), for d + 1 exact scores are d + 1 equations of a linear model, and by
    Shokri et al. (2017) against guesses at who was trained on.

    What it does not do: equations with an error are solved as well, by least squares and more questions, so a linear model
    is copied to more digits than are shown (measured: scores to 0.002, and every verdict, from 1,000 questions about 30
    columns). Who was trained on shows in the digits that are left: `lira` found about 12 % of the members of an over-fitted
    ridge at 1 % false claims, with all digits, with two and with one. And who needs verdicts alone loses nothing.

    Parameters
    ----------
    estimator : the classifier to guard; None takes logistic regression, of TF-IDF for texts
    digits : how many digits after the point are shown, at least 0: of probabilities, or of margins where there are none
    random_state : seed of the rows on which the price is measured

    Attributes
    ----------
    estimator_ : the guarded classifier
    area_lost_ : what good clients lose of the area under the ROC curve, on rows that a copy of the classifier did not see
    brier_added_ : how much worse the shown probabilities are, as a Brier score, on the same rows; NaN for margins

    Raises
    ------
    InvalidInput : digits below 0, or fewer than 5 distinct rows of a label

    >>> from sklearn.linear_model import LogisticRegression
    >>> rng = np.random.default_rng(0)
    >>> y = rng.integers(0, 2, 1000)
    >>> X = rng.normal(2.0 * y - 1)[:, None]
    >>> guard = RoundedScores(estimator=LogisticRegression(), digits=1).fit(X, y)
    >>> guard.shown(np.array([0.04, 0.06, 0.97])), guard.decide(np.array([[-2.0], [2.0]]))
    (array([0. , 0.1, 1. ]), array([0, 1], dtype=int8))
    >>> round(guard.area_lost_, 3), round(guard.brier_added_, 4)
    (0.003, 0.0013)
    """

    def __init__(self, *, estimator: Any = None, digits: int = 2, random_state: int | None = 0) -> None:
        self.estimator = estimator
        self.digits = digits
        self.random_state = random_state

    def fit(self, X: Rows, y: NDArray[np.int64], /) -> Self:
        """Fit the classifier, and measure the price."""
        at_least("digits", self.digits, 0)
        rows = labelled(X, y)
        model = base(self.estimator, rows)
        self.area_lost_, self.brier_added_ = lost(model, rows, lambda _, scores: self.shown(scores), self.random_state)
        self.estimator_ = clone(model).fit(rows.X, rows.y)
        self.classes_ = self.estimator_.classes_
        return self

    def decide(self, X: Rows, client: Clients = "", /) -> NDArray[np.int8]:
        """For each row (n,): 0 allow, 1 deny, as the classifier has it."""
        check_is_fitted(self)
        return Classifier(self.estimator_).labels(X).astype(np.int8)

    def shown(self, scores: Floats, /) -> Floats:
        """The scores (n,), rounded."""
        return np.round(scores, self.digits)
