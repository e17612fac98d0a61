"""What private classifiers have in common: rows as features that none of them stretches, two classes, and a claim."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from amlsec.defenses.learners.parts import labelled_rows, rows_of
from amlsec.defenses.learners.two_classes import told_apart
from amlsec.defenses.learners.unit_ball import UnitBall
from amlsec.errors import InvalidInput
from amlsec.privacy import Privacy, claim
from amlsec.threat import Influence, ThreatModel, Violation

Floats = NDArray[np.float64]

HIDES_EACH_ROW = (
    ThreatModel(Influence.EXPLORATORY, Violation.PRIVACY),
    ThreatModel(Influence.CAUSATIVE, Violation.PRIVACY),
)
"""What differential privacy answers: it bounds what is told of a row whatever the other rows are, planted ones too."""


class PrivateClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier into two classes of features in the unit ball, that keeps what it claims in `privacy_`."""

    classes_: NDArray[Any]
    features_: UnitBall
    privacy_: Privacy
    epsilon: float
    delta: float = 0.0
    weight: float = 1.0
    space: Any
    longest: float
    width: int
    random_state: int | None

    def fit(self, X: Any, y: NDArray[Any], /) -> Self:
        """Fit to rows and their labels, of two kinds."""
        privacy = self._claim()
        text = _is_text(X)
        rows, labels = labelled_rows(X, y) if text else validate_data(self, X, y, accept_sparse="csr", dtype=np.float64)
        self.classes_, second = told_apart(labels)
        self.features_ = UnitBall(space=self.space, longest=self.longest, width=self.width).fit(rows)
        side = np.where(second, 1.0, -1.0)
        self._learn(self.features_.transform(rows), side, privacy, np.random.default_rng(self.random_state))
        self.privacy_ = privacy
        return self

    @abstractmethod
    def _learn(self, F: Any, side: Floats, privacy: Privacy, rng: np.random.Generator) -> None:
        """Learn from features (n, k) and sides (n,) -1 or 1 what keeps the claim."""

    @abstractmethod
    def _values(self, F: Any) -> Floats:
        """The model's value (n,) of features (n, k)."""

    def _claim(self) -> Privacy:
        """What is claimed, once the settings are seen to be in range."""
        if not 0 < self.weight < np.inf:
            raise InvalidInput("weight", self.weight, "must be a finite number above 0")
        return claim(self.epsilon, self.delta)

    def decision_function(self, X: Any, /) -> Floats:
        """The model's value (n,): above 0 for the second class."""
        check_is_fitted(self)
        text = _is_text(X)
        rows = rows_of(X) if text else validate_data(self, X, reset=False, accept_sparse="csr", dtype=np.float64)
        return self._values(self.features_.transform(rows))

    def predict(self, X: Any, /) -> NDArray[Any]:
        """The class on whose side of 0 each row (n,) lies."""
        second = self.decision_function(X) > 0
        labels: NDArray[Any] = self.classes_[second.astype(np.int64)]
        return labels

    def predict_proba(self, X: Any, /) -> Floats:
        """Probabilities (n, 2) of the classes."""
        second = self._chances(self.decision_function(X))
        return np.column_stack([1 - second, second])

    def _chances(self, values: Floats) -> Floats:
        """The second class's probability (n,) by the model's value, its log-odds."""
        return np.asarray(expit(values))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.string = tags.input_tags.sparse = True
        return tags


def _is_text(X: Any) -> bool:
    """Whether rows are texts (n,), all of them."""
    rows = None if issparse(X) else np.asarray(X)
    return rows is not None and rows.ndim == 1 and rows.size > 0 and all(isinstance(row, str) for row in rows.tolist())
