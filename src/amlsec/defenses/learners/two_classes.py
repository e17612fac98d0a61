"""What classifiers of table rows into two classes have in common."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from amlsec.errors import InvalidInput


class TwoClasses(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier into two classes; `_learned_from` leaves `classes_`."""

    classes_: NDArray[Any]

    def _learned_from(self, X: Any, y: Any) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """The table, and 0 or 1 for each row; raises InvalidInput where the classes are not two."""
        table, labels = validate_data(self, X, y, dtype=np.float64)
        return table, self._told_apart(labels)

    def _told_apart(self, labels: NDArray[Any]) -> NDArray[np.int64]:
        """0 or 1 for each label (n,); raises InvalidInput where they are not two classes."""
        check_classification_targets(labels)
        self.classes_, index = np.unique(labels, return_inverse=True)
        if len(self.classes_) != 2:
            rule = "must hold two classes, not one class. Only binary classification is supported."
            raise InvalidInput("y", self.classes_, rule)
        return np.asarray(index)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags
