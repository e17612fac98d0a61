"""Abstain: a verdict that the classifier is not sure of goes to a person."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted

from amlsec.agreement import without
from amlsec.catalogue import Clients, guard
from amlsec.data import Batch, Rows, split
from amlsec.defenses.decisions import ALLOW, DENY, ESCALATE, log_odds
from amlsec.errors import InvalidInput
from amlsec.oracle import Classifier
from amlsec.threat import Influence, ThreatModel, Violation
from amlsec.usual import usual


@guard(
    threats=(ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY),),
    references=("chow1970optimum", "platt1999probabilistic"),
)
class Abstain(BaseEstimator):  # type: ignore[misc]
    """Lets a classifier decide where its calibrated confidence is high, and a person decide elsewhere.

    Chow (1970): of all rules that reject the same share of rows, the one that rejects where the larger posterior is
    smallest makes the fewest errors. The posterior is Platt's (1999) logistic of the classifier's evidence, fitted on
    parts of the training rows that the classifier did not see; rows of equal content are in one part.

    Parameters
    ----------
    estimator : the classifier to guard; None takes logistic regression, of TF-IDF for texts
    escalate : the largest share of undisturbed rows that goes to a person, in [0, 1)
    folds : number of parts, at least 2
    random_state : seed of the parts

    Attributes
    ----------
    estimator_ : the guarded classifier, fitted on all rows
    calibrator_ : its evidence -> posterior
    threshold_ : confidence under which a row is escalated. Were the parts one held-out set, a new row would be escalated
        with probability at most `escalate`, whatever the distribution; with parts taken in turn this holds about

    Raises
    ------
    InvalidInput : `escalate` or `folds` out of range, or fewer distinct rows of a label than parts

    >>> rng = np.random.default_rng(0)
    >>> y = rng.integers(0, 2, 1000)
    >>> X = rng.normal(2.0 * y - 1)[:, None]
    >>> guard = Abstain(estimator=LogisticRegression(), escalate=0.1).fit(X, y)
    >>> guard.decide(np.array([[-3.0], [0.0], [3.0]]))
    array([0, 2, 1], dtype=int8)
    """

    def __init__(
        self, *, estimator: Any = None, escalate: float = 0.05, folds: int = 5, random_state: int | None = 0
    ) -> None:
        self.estimator = estimator
        self.escalate = escalate
        self.folds = folds
        self.random_state = random_state

    def fit(self, X: Rows, y: NDArray[np.int64], /) -> Self:
        """Fit the classifier, calibrate its confidence and choose the threshold."""
        rows = Batch(X, np.asarray(y, dtype=np.int64))
        self._check(rows)
        base = usual(rows) if self.estimator is None else self.estimator
        parts = split(rows, (1 / self.folds,) * self.folds, np.random.default_rng(self.random_state))
        unseen = [_unseen(base, parts, k) for k in range(self.folds)]
        evidence, verdicts = (np.concatenate(column) for column in zip(*unseen, strict=True))
        self.estimator_ = clone(base).fit(rows.X, rows.y)
        self.calibrator_ = make_pipeline(StandardScaler(), LogisticRegression()).fit(evidence, reduce(add, parts).y)
        self.classes_ = self.estimator_.classes_
        self.threshold_ = _threshold(self._confidence(evidence, verdicts), self.escalate)
        return self

    def decide(self, X: Rows, client: Clients = "", /) -> NDArray[np.int8]:
        """For each row (n,): 0 allow, 1 deny, 2 escalate; the client makes no difference."""
        check_is_fitted(self)
        verdicts = Classifier(self.estimator_).labels(X)
        unsure = self.confidence(X) < self.threshold_
        return np.where(unsure, ESCALATE, np.where(verdicts == 0, ALLOW, DENY)).astype(np.int8)

    def confidence(self, X: Rows, /) -> NDArray[np.float64]:
        """The calibrated probability (n,) that the classifier's verdict is right."""
        check_is_fitted(self)
        if not len(X):
            return np.zeros(0)
        return self._confidence(_evidence(self.estimator_, X), Classifier(self.estimator_).labels(X))

    def _confidence(self, evidence: NDArray[np.float64], verdicts: NDArray[np.int64]) -> NDArray[np.float64]:
        posterior: NDArray[np.float64] = self.calibrator_.predict_proba(evidence)
        return posterior[np.arange(len(verdicts)), verdicts]

    def _check(self, rows: Batch) -> None:
        if not 0 <= self.escalate < 1:
            raise InvalidInput("escalate", self.escalate, "must lie in [0, 1)")
        if self.folds < 2:
            raise InvalidInput("folds", self.folds, "must be at least 2")
        fewest = min(len(np.unique(rows.labelled(label).content())) for label in (0, 1))
        if fewest < self.folds:
            raise InvalidInput("y", f"with {fewest} distinct rows of one label", f"must have at least {self.folds} of each")


def _unseen(base: Any, parts: Sequence[Batch], k: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Evidence and verdicts for part k of a classifier trained on the other parts."""
    model = without(parts, k, base)
    return _evidence(model.estimator, parts[k].X), model.labels(parts[k].X)


def _evidence(model: Any, X: Rows) -> NDArray[np.float64]:
    """Evidence of malice (n, 1)."""
    return log_odds(model, X)[:, None]


def _threshold(confidence: NDArray[np.float64], share: float) -> float:
    """The largest number that at most floor(share (n + 1)) - 1 of these confidences lie under."""
    most = math.floor(share * (len(confidence) + 1) + 1e-9) - 1
    return 0.0 if most < 0 else float(np.sort(confidence)[most])
