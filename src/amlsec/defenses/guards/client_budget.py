"""Client budget: each client gets so many answers, and no more."""

from __future__ import annotations

from collections import Counter
from copy import copy
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from amlsec.catalogue import Clients, guard
from amlsec.data import Rows
from amlsec.defenses.decisions import DENY, at_least, base, labelled, stricter
from amlsec.defenses.memory import LastClients, names
from amlsec.errors import InvalidInput
from amlsec.oracle import Classifier
from amlsec.threat import Influence, ThreatModel, Violation


@guard(
    threats=(ThreatModel(Influence.EXPLORATORY, Violation.PRIVACY),),
    references=("tramer2016stealing", "juuti2019prada"),
    broken_by=("equation-solving",),
)
class ClientBudget(BaseEstimator):  # type: ignore[misc]
    """Answers each client so many questions, and denies all that he asks after that.

    Whoever reads out a model asks many questions, which is what can be seen of him (Juuti et al. 2019). But d + 1 questions
    copy a linear model of d columns (Tramèr et al. 2016), fewer than many a good client asks, and who has several accounts
    has as many budgets. So choose `granted` with `refused`, from how much your clients ask, and know whom it holds back:
    who must ask much, to copy a large model or about many people.

    A budget is for the time from one `session()` to the next: begin one each day, say, and it is a budget a day.

    Parameters
    ----------
    estimator : the classifier to guard; None takes logistic regression, of TF-IDF for texts
    granted : how many answers a client gets, at least 1
    clients : of how many clients it is known how often they asked, at least 1; this bounds the memory, and who has more
        accounts than that is never refused

    Attributes
    ----------
    estimator_ : the guarded classifier
    memory_ : how often each client asked

    Raises
    ------
    InvalidInput : a setting out of range, or fewer than 5 distinct rows of a label

    >>> from sklearn.linear_model import LogisticRegression
    >>> rng = np.random.default_rng(0)
    >>> y = rng.integers(0, 2, 500)
    >>> X = rng.normal(2.0 * y - 1)[:, None]
    >>> guard = ClientBudget(estimator=LogisticRegression(), granted=2).fit(X, y)
    >>> guard.decide(np.full((4, 1), -2.0), "ann"), guard.decide(np.full((1, 1), -2.0), "bob")
    (array([0, 0, 1, 1], dtype=int8), array([0], dtype=int8))
    >>> guard.refused(np.array([1, 2, 2, 5]))
    (0.25, 0.3)
    """

    def __init__(self, *, estimator: Any = None, granted: int = 100, clients: int = 10_000) -> None:
        self.estimator = estimator
        self.granted = granted
        self.clients = clients

    def fit(self, X: Rows, y: NDArray[np.int64], /) -> Self:
        """Fit the classifier; nobody has asked anything."""
        at_least("granted", self.granted, 1)
        at_least("clients", self.clients, 1)
        rows = labelled(X, y)
        self.estimator_ = clone(base(self.estimator, rows)).fit(rows.X, rows.y)
        self.classes_ = self.estimator_.classes_
        self.memory_: LastClients[Counter[str]] = LastClients(self.clients, Counter)
        return self

    def decide(self, X: Rows, client: Clients = "", /) -> NDArray[np.int8]:
        """For each row (n,): 0 allow, 1 deny; and count it."""
        check_is_fitted(self)
        verdicts = Classifier(self.estimator_).labels(X)
        asked = np.array([self._counted(name) for name in names(client, len(X))], dtype=np.int64)
        return stricter(verdicts, asked > self.granted, DENY)

    def session(self) -> Self:
        """The same guard, having met nobody."""
        fresh = copy(self)
        fresh.memory_ = self.memory_.emptied()
        return fresh

    def refused(self, asked: NDArray[np.int64], /) -> tuple[float, float]:
        """The price: the share of good clients, who ask so often (n,), that meet a refusal, and of questions refused.

        Raises InvalidInput where there is no client, or one asks less than 0 times or all ask 0 times.
        """
        if not len(asked) or np.min(asked) < 0 or np.sum(asked) == 0:
            raise InvalidInput("asked", asked, "must say how often each client asks, one at least")
        over = np.maximum(np.asarray(asked) - self.granted, 0)
        return float((over > 0).mean()), float(over.sum() / np.sum(asked))

    def _counted(self, client: str) -> int:
        asked = self.memory_[client]
        asked["questions"] += 1
        return asked["questions"]
