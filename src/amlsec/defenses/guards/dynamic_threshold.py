"""Dynamic thresholds: where to say benign and malicious is read from training rows that the classifier has not seen."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from amlsec.catalogue import Clients, guard
from amlsec.data import BENIGN, MALICIOUS, Batch, Rows, split
from amlsec.defenses.decisions import ALLOW, DENY, ESCALATE
from amlsec.errors import InvalidInput
from amlsec.oracle import Classifier
from amlsec.threat import Influence, Specificity, ThreatModel, Violation
from amlsec.usual import usual


@guard(
    threats=(ThreatModel(Influence.CAUSATIVE, Violation.AVAILABILITY, Specificity.INDISCRIMINATE),),
    references=("nelson2008exploiting", "nelson2009misleading"),
)
class DynamicThreshold(BaseEstimator):  # type: ignore[misc]
    """Says benign and malicious at scores that move with the training rows, and asks a person in between.

    Nelson et al. (2008): poison that raises all scores leaves their order. The classifier is trained on one half of the
    rows; from its scores of the other half come two thresholds, by how the mistakes at a threshold t divide:
    g(t) = N_malicious(at most t) / (N_malicious(at most t) + N_benign(above t)). A row is allowed at and below the last t
    with g(t) <= `utility`, denied above the first t with g(t) >= 1 - `utility`, and escalated in between.

    The price: half of the rows train nothing, and a poisoned order is not mended but handed to people. On Enron-Spam with
    1 % dictionary mails, ham called spam falls from 31 to 0.4 %, and ham let through rises from 30 to 72 %; but 90 % of
    spam is escalated, where a fixed threshold denied all (`reproductions/dynamic_threshold.py`). Who has the time to read
    that has no need of a filter. Scores that are as high as they get for ham and spam alike leave no upper threshold.

    Parameters
    ----------
    estimator : the classifier to guard; None takes logistic regression, of TF-IDF for texts
    utility : the paper's utility of the lower threshold, 0.05 or 0.10 there, in (0, 0.5); the upper one's is 1 minus it.
        More escalates less
    random_state : seed of the halves; equal rows are in one half

    Attributes
    ----------
    estimator_ : the classifier, fitted on one half
    thresholds_ : the scores (lower, upper); infinite where no row is allowed, or none denied

    Raises
    ------
    InvalidInput : `utility` out of range, or fewer than 2 distinct rows of a label

    >>> from sklearn.linear_model import LogisticRegression
    >>> rng = np.random.default_rng(0)
    >>> y = rng.integers(0, 2, 2000)
    >>> X = rng.normal(2.0 * y - 1)[:, None]
    >>> guard = DynamicThreshold(estimator=LogisticRegression()).fit(X, y)
    >>> guard.decide(np.array([[-3.0], [0.0], [3.0]]))
    array([0, 2, 1], dtype=int8)
    """

    def __init__(self, *, estimator: Any = None, utility: float = 0.05, random_state: int | None = 0) -> None:
        self.estimator = estimator
        self.utility = utility
        self.random_state = random_state

    def fit(self, X: Rows, y: NDArray[np.int64], /) -> Self:
        """Fit the classifier to one half of the rows, and the thresholds to the other."""
        _check(self.utility)
        rows = Batch(X, np.asarray(y, dtype=np.int64))
        fewest = min(len(np.unique(rows.labelled(label).content())) for label in (BENIGN, MALICIOUS))
        if fewest < 2:
            raise InvalidInput("y", f"with {fewest} distinct rows of one label", "must have at least 2 of each")
        base = usual(rows) if self.estimator is None else self.estimator
        learned, held = split(rows, (0.5, 0.5), np.random.default_rng(self.random_state))
        self.estimator_ = clone(base).fit(learned.X, learned.y)
        self.classes_ = self.estimator_.classes_
        self.thresholds_ = thresholds(Classifier(self.estimator_).scores(held.X), held.y, self.utility)
        return self

    def decide(self, X: Rows, client: Clients = "", /) -> NDArray[np.int8]:
        """For each row (n,): 0 allow, 1 deny, 2 escalate; the client makes no difference."""
        check_is_fitted(self)
        return decisions(Classifier(self.estimator_).scores(X), self.thresholds_)


def thresholds(scores: NDArray[np.float64], y: NDArray[np.int64], utility: float = 0.05) -> tuple[float, float]:
    """The last threshold t with g(t) <= utility and the first with g(t) >= 1 - utility; see `DynamicThreshold`.

    They lie midway between neighbouring scores (n,), whose labels y (n,) are 0 and 1; -inf where even the lowest is too
    high, inf where even the highest is too low. Where labels are told apart without a mistake both are in the gap.

    Raises InvalidInput where the utility lies outside (0, 0.5).

    >>> thresholds(np.array([0.1, 0.2, 0.4, 0.6, 0.8]), np.array([0, 0, 1, 0, 1]))
    (0.30000000000000004, 0.7)
    """
    _check(utility)
    values, place = np.unique(scores, return_inverse=True)
    benign, malicious = (np.bincount(place[y == label], minlength=len(values)) for label in (BENIGN, MALICIOUS))
    passed = np.concatenate([[0], np.cumsum(malicious)])
    stopped = benign.sum() - np.concatenate([[0], np.cumsum(benign)])
    cuts = np.concatenate([[-np.inf], _between(values), [np.inf]])
    few, many = passed <= utility * (passed + stopped), passed >= (1 - utility) * (passed + stopped)
    return float(cuts[np.flatnonzero(few)[-1]]), float(cuts[np.flatnonzero(many)[0]])


def _check(utility: float) -> None:
    if not 0 < utility < 0.5:
        raise InvalidInput("utility", utility, "must lie in (0, 0.5)")


def _between(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Midway between neighbours; where rounding leaves no room there, the lower of the two."""
    low, high = values[:-1], values[1:]
    middle = low + (high - low) / 2
    return np.where(middle < high, middle, low)


def decisions(scores: NDArray[np.float64], thresholds: tuple[float, float]) -> NDArray[np.int8]:
    """0 at and below the lower threshold, 1 above the upper one, 2 in between (n,).

    >>> decisions(np.array([0.1, 0.5, 0.9]), (0.3, 0.7))
    array([0, 2, 1], dtype=int8)
    """
    lower, upper = thresholds
    return np.where(scores <= lower, ALLOW, np.where(scores > upper, DENY, ESCALATE)).astype(np.int8)
