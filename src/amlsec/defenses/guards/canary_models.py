"""Canary models: several that each know little, and that an evasion tuned to the classifier does not deceive."""

from __future__ import annotations

from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline
from sklearn.utils.validation import check_is_fitted

from amlsec.catalogue import Clients, guard
from amlsec.data import BENIGN, Batch, Rows, split
from amlsec.defenses.decisions import ESCALATE, HELD, at_least, base, exceeded_by, labelled, share_in, stricter
from amlsec.oracle import Classifier
from amlsec.threat import Influence, ThreatModel, Violation
from amlsec.usual import usual

Floats = NDArray[np.float64]


@guard(
    threats=(ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY),),
    references=("biggio2010multiple", "tramer2020adaptive"),
    broken_by=("label-search",),
)
class CanaryModels(BaseEstimator):  # type: ignore[misc]
    """Asks a person about a row that the classifier lets pass and the canaries do not.

    Several classifiers see different columns each (of texts, different training rows), in the manner of Biggio et al.
    (2010): who changes the few columns that the classifier heeds leaves the canaries in the others as they were. A row is
    suspect where the canaries' mean score is above that of all but a few good rows.

    The price: about `escalated` of good rows go to a person, and as many more models judge every row. It tells evasions
    that were tuned to the classifier, elsewhere or by its parameters; a search that asks the guarded system itself meets
    only a stricter classifier, and pays more (`label_search`): an ensemble of weak models is not strong (Tramer et al.
    2020).

    Parameters
    ----------
    estimator : the classifier to guard; None takes logistic regression, of TF-IDF for texts
    canaries : how many, at least 2; of a table no more than it has columns
    escalated : the share of good rows that may go to a person, in [0, 1)
    random_state : seed of who sees what, and of the rows held for calibration

    Attributes
    ----------
    estimator_ : the guarded classifier
    canaries_ : the others, logistic regressions
    limit_ : the greatest mean score of the canaries that is not suspect

    Raises
    ------
    InvalidInput : a setting out of range, or fewer distinct rows of a label than 5 or than canaries need

    >>> from sklearn.tree import DecisionTreeClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = rng.integers(0, 2, 1000)
    >>> X = rng.normal(3.0 * y[:, None], size=(1000, 6))
    >>> guard = CanaryModels(estimator=DecisionTreeClassifier(max_depth=1), canaries=3).fit(X, y)
    >>> heeded = guard.estimator_.tree_.feature[0]
    >>> evading = np.where(np.arange(6) == heeded, -1.0, 3.0)[None]
    >>> guard.estimator_.predict(evading), guard.decide(evading), guard.decide(np.zeros((1, 6)))
    (array([0]), array([2], dtype=int8), array([0], dtype=int8))
    """

    def __init__(
        self, *, estimator: Any = None, canaries: int = 5, escalated: float = 0.05, random_state: int | None = 0
    ) -> None:
        self.estimator = estimator
        self.canaries = canaries
        self.escalated = escalated
        self.random_state = random_state

    def fit(self, X: Rows, y: NDArray[np.int64], /) -> Self:
        """Fit the classifier and the canaries, and the limit to good rows that canaries like them have not seen."""
        share_in("escalated", self.escalated)
        at_least("canaries", self.canaries, 2)
        rows = labelled(X, y)
        self.estimator_ = clone(base(self.estimator, rows)).fit(rows.X, rows.y)
        self.classes_ = self.estimator_.classes_
        bred = partial(_bred, many=self.canaries, random_state=self.random_state)
        learned, held = split(rows, (1 - HELD, HELD), np.random.default_rng(self.random_state))
        self.limit_ = exceeded_by(_song(bred(learned), held.labelled(BENIGN).X), self.escalated)
        self.canaries_ = bred(rows)
        return self

    def decide(self, X: Rows, client: Clients = "", /) -> NDArray[np.int8]:
        """For each row (n,): 0 allow, 1 deny, 2 escalate; the client makes no difference."""
        check_is_fitted(self)
        if not len(X):
            return np.zeros(0, dtype=np.int8)
        return stricter(Classifier(self.estimator_).labels(X), _song(self.canaries_, X) > self.limit_, ESCALATE)


def _bred(rows: Batch, many: int, random_state: int | None) -> list[Any]:
    """Classifiers of disjoint columns of all rows; of texts, of disjoint rows."""
    rng = np.random.default_rng(random_state)
    if rows.is_text:
        return [usual(part).fit(part.X, part.y) for part in split(rows, (1 / many,) * many, rng)]
    parts = np.array_split(rng.permutation(rows.X.shape[1]), min(many, rows.X.shape[1]))
    return [_seeing(columns, rows).fit(rows.X, rows.y) for columns in parts]


def _seeing(columns: NDArray[np.intp], rows: Batch) -> Any:
    return make_pipeline(ColumnTransformer([("own", "passthrough", np.sort(columns))]), usual(rows))


def _song(canaries: list[Any], X: Rows) -> Floats:
    """The mean of their scores (n,)."""
    mean: Floats = np.mean([Classifier(canary).scores(X) for canary in canaries], axis=0)
    return mean
