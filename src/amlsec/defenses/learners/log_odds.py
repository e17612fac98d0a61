"""What classifiers of two classes of table rows by their log-odds have in common."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from amlsec.errors import InvalidInput

Floats = NDArray[np.float64]


class LogOdds(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier by the sign of the log-odds of the second class; `fit` leaves `classes_`."""

    classes_: NDArray[Any]

    def decision_function(self, X: Any, /) -> Floats:
        """The log-odds (n,): above 0 is the second class."""
        check_is_fitted(self)
        return self._log_odds(validate_data(self, X, reset=False, dtype=np.float64))

    def predict_proba(self, X: Any, /) -> Floats:
        """Probabilities (n, 2) of the classes."""
        second = expit(self.decision_function(X))
        return np.column_stack([1 - second, second])

    def predict(self, X: Any, /) -> NDArray[Any]:
        """The likelier class (n,)."""
        second = self.decision_function(X) > 0
        labels: NDArray[Any] = self.classes_[second.astype(int)]
        return labels

    @abstractmethod
    def _log_odds(self, table: Floats) -> Floats:
        """The log-odds (n,) of table rows."""

    def _learned_from(self, X: Any, y: Any) -> tuple[Floats, NDArray[np.int64]]:
        """The table, and 0 or 1 for each row; raises InvalidInput where the classes are not two."""
        table, labels = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(labels)
        self.classes_, index = np.unique(labels, return_inverse=True)
        if len(self.classes_) != 2:
            rule = "must hold two classes, not one class. Only binary classification is supported."
            raise InvalidInput("y", self.classes_, rule)
        return table, index

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags
