"""Random decisions: how near to the boundary a row may come is drawn for each decision."""

from __future__ import annotations

from collections import Counter
from copy import copy
from functools import partial
from hashlib import blake2b
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from amlsec.catalogue import Clients, guard
from amlsec.data import BENIGN, Batch, Rows
from amlsec.defenses.decisions import (
    ESCALATE,
    at_least,
    base,
    exceeded_by,
    labelled,
    log_odds,
    on_unseen,
    share_in,
    stricter,
)
from amlsec.defenses.memory import LastClients, names
from amlsec.oracle import Classifier
from amlsec.threat import Influence, ThreatModel, Violation

Floats = NDArray[np.float64]


@guard(
    threats=(ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY),),
    references=("biggio2008adversarial", "tramer2020adaptive"),
    broken_by=("repeated-questions",),
)
class RandomDecisions(BaseEstimator):  # type: ignore[misc]
    """Lets a row pass at less evidence than a threshold that is drawn anew for each decision; else asks a person.

    Biggio et al. (2008) hide the decision function by drawing it. Here it is never milder than the classifier: thresholds
    lie evenly between the classifier's own and the evidence that a share of good rows exceeds. A search that walks along
    the boundary is told wins that are luck, and pays for them when its row is judged again.

    The draw follows from a secret, the client, the row and how often that client has asked. Were it the row's alone, one
    lucky answer would let that row pass for ever, and a search would find the luckiest row (measured: the guard then takes
    nothing from `label_search`). Drawn anew, a row within the band may pass if it is sent again and again; and whoever asks
    about every row often knows its odds (`repeated_questions`).

    The price: about half of `drawn` of the good rows go to a person.

    Parameters
    ----------
    estimator : the classifier to guard; None takes logistic regression, of TF-IDF for texts
    drawn : the share of good rows over which thresholds are drawn, in [0, 1)
    clients : of how many clients it is known how often they asked, at least 1; this bounds the memory
    random_state : the secret, and the seed of the rows held for calibration

    Attributes
    ----------
    estimator_ : the guarded classifier
    band_ : the least and the greatest threshold, in log-odds or units of the decision function

    Raises
    ------
    InvalidInput : a setting out of range, or fewer than 5 distinct rows of a label

    >>> from sklearn.linear_model import LogisticRegression
    >>> rng = np.random.default_rng(0)
    >>> y = rng.integers(0, 2, 1000)
    >>> X = rng.normal(2.0 * y - 1)[:, None]
    >>> guard = RandomDecisions(estimator=LogisticRegression(), drawn=0.3).fit(X, y)
    >>> decided = guard.decide(np.repeat([[-3.0], [-0.2], [3.0]], 100, axis=0)).reshape(3, 100)
    >>> [sorted(set(each.tolist())) for each in decided]
    [[0], [0, 2], [1]]
    """

    def __init__(
        self, *, estimator: Any = None, drawn: float = 0.05, clients: int = 10_000, random_state: int | None = 0
    ) -> None:
        self.estimator = estimator
        self.drawn = drawn
        self.clients = clients
        self.random_state = random_state

    def fit(self, X: Rows, y: NDArray[np.int64], /) -> Self:
        """Fit the classifier, and the band to rows that it has not seen."""
        share_in("drawn", self.drawn)
        at_least("clients", self.clients, 1)
        rows = labelled(X, y)
        model = base(self.estimator, rows)
        low, high = on_unseen(model, rows, partial(_band, drawn=self.drawn), self.random_state)
        self.band_ = float(low), float(high)
        self.estimator_ = clone(model).fit(rows.X, rows.y)
        self.classes_ = self.estimator_.classes_
        self._secret = np.random.default_rng(self.random_state).bytes(16)
        self.memory_: LastClients[Counter[str]] = LastClients(self.clients, Counter)
        return self

    def decide(self, X: Rows, client: Clients = "", /) -> NDArray[np.int8]:
        """For each row (n,): 0 allow, 1 deny, 2 escalate."""
        check_is_fitted(self)
        verdicts = Classifier(self.estimator_).labels(X)
        evidence, (low, high) = log_odds(self.estimator_, X), self.band_
        content = Batch(X, np.zeros(len(X), dtype=np.int64)).content().tolist()
        lots = [self._lot(name, row) for name, row in zip(names(client, len(X)), content, strict=True)]
        suspect = evidence > low + (high - low) * np.array(lots, dtype=np.float64)
        return stricter(verdicts, suspect, ESCALATE)

    def session(self) -> Self:
        """The same guard, having met nobody."""
        fresh = copy(self)
        fresh.memory_ = self.memory_.emptied()
        return fresh

    def _lot(self, client: str, content: bytes) -> float:
        """Evenly drawn from [0, 1): the same for the same secret, client, row and number of questions."""
        asked = self.memory_[client]
        asked["questions"] += 1
        drawn = blake2b(b"%d %s %s" % (asked["questions"], content, client.encode()), digest_size=8, key=self._secret)
        return int.from_bytes(drawn.digest(), "big") / 2.0**64


def _band(model: Any, held: Batch, drawn: float) -> Floats:
    """The evidence that this share of good rows exceeds, and midway between what passes and what is stopped."""
    evidence, stopped = log_odds(model, held.X), Classifier(model).labels(held.X) != 0
    ends = evidence[~stopped].max(initial=-np.inf), evidence[stopped].min(initial=np.inf)
    known = [end for end in ends if np.isfinite(end)]
    high = float(np.mean(known)) if known else 0.0
    return np.array([min(exceeded_by(evidence[held.y == BENIGN], drawn), high), high])
