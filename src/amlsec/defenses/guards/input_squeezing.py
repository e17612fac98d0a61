"""Input squeezing: a row whose coarser copies are judged otherwise was made to be judged so."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from amlsec.catalogue import Clients, guard
from amlsec.data import BENIGN, Batch, Rows
from amlsec.defenses.decisions import ESCALATE, base, exceeded_by, labelled, on_unseen, share_in, stricter
from amlsec.oracle import Classifier
from amlsec.squeezing import Squeezer, squeezers
from amlsec.threat import Influence, ThreatModel, Violation

Floats = NDArray[np.float64]


@guard(
    threats=(ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY),),
    references=("xu2018feature", "he2017weak"),
    broken_by=("squeeze-aware",),
)
class InputSqueezing(BaseEstimator):  # type: ignore[misc]
    """Asks a person about a row whose score differs much from those of its coarser copies.

    Xu et al. (2018) for tables and texts: numbers rounded to coarse steps; texts normalised (look-alike letters, nothing
    invisible), and without repeated words. Between such copies an honest row makes little difference; a row fitted closely
    to the boundary, or full of one good word, makes much.

    The price: about `escalated` of good rows go to a person, and every row is judged several times. It is no help against
    changes that squeezing leaves: many different good words, columns changed by whole steps. Who knows the squeezers
    searches through them (He et al. 2017; `squeeze_aware`).

    Parameters
    ----------
    estimator : the classifier to guard; None takes logistic regression, of TF-IDF for texts
    escalated : the share of good rows that may go to a person, in [0, 1)
    random_state : seed of the rows held for calibration

    Attributes
    ----------
    estimator_ : the guarded classifier
    squeezers_ : what makes coarser copies
    limit_ : the most that scores may differ

    Raises
    ------
    InvalidInput : `escalated` out of range, or fewer than 5 distinct rows of a label

    >>> from amlsec.data import texts
    >>> y = np.repeat([0, 1], 200)
    >>> good, bad = (f"agenda for meeting {i}" for i in range(200)), (f"cheap pills offer {i}" for i in range(200))
    >>> guard = InputSqueezing().fit(texts([*good, *bad]), y)
    >>> stuffed, spelt = "cheap pills" + 9 * " meeting agenda", "ch\u0435\u0430p pill\u0455 for me"
    >>> guard.decide(texts(["agenda for meeting", stuffed, spelt]))
    array([0, 2, 2], dtype=int8)
    """

    def __init__(self, *, estimator: Any = None, escalated: float = 0.05, random_state: int | None = 0) -> None:
        self.estimator = estimator
        self.escalated = escalated
        self.random_state = random_state

    def fit(self, X: Rows, y: NDArray[np.int64], /) -> Self:
        """Fit the classifier, and the limit to good rows that it has not seen."""
        share_in("escalated", self.escalated)
        rows = labelled(X, y)
        model = base(self.estimator, rows)
        self.squeezers_ = squeezers(rows)
        found = on_unseen(model, rows, partial(_of_good, through=self.squeezers_), self.random_state)
        self.limit_ = exceeded_by(found, self.escalated)
        self.estimator_ = clone(model).fit(rows.X, rows.y)
        self.classes_ = self.estimator_.classes_
        return self

    def decide(self, X: Rows, client: Clients = "", /) -> NDArray[np.int8]:
        """For each row (n,): 0 allow, 1 deny, 2 escalate; the client makes no difference."""
        suspect = self.differences(X) > self.limit_
        return stricter(Classifier(self.estimator_).labels(X), suspect, ESCALATE)

    def differences(self, X: Rows, /) -> Floats:
        """The greatest difference (n,) between the score of a row and those of its coarser copies."""
        check_is_fitted(self)
        return _differences(self.estimator_, X, self.squeezers_)


def _of_good(model: Any, held: Batch, through: Sequence[Squeezer]) -> Floats:
    return _differences(model, held.labelled(BENIGN).X, through)


def _differences(model: Any, X: Rows, through: Sequence[Squeezer]) -> Floats:
    judged = Classifier(model)
    scores = judged.scores(X)
    found: Floats = np.max([np.abs(judged.scores(squeeze(X)) - scores) for squeeze in through], axis=0)
    return found
