"""What classifiers of two classes of table rows by their log-odds have in common."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.utils.validation import check_is_fitted, validate_data

from amlsec.defenses.learners.two_classes import TwoClasses

Floats = NDArray[np.float64]


class LogOdds(TwoClasses):
    """A classifier by the sign of the log-odds of the second class; `fit` leaves `classes_`."""

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
