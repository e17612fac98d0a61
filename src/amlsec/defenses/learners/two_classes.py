"""What classifiers of table rows into two classes have in common."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from amlsec.errors import InvalidInput


def told_apart(labels: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The classes in ascending order, and 0 or 1 for each label (n,); raises InvalidInput where they are not two."""
    check_classification_targets(labels)
    classes, index = np.unique(labels, return_inverse=True)
    if len(classes) != 2:
        rule = "must hold two classes, not one class. Only binary classification is supported."
        raise InvalidInput("y", classes, rule)
    return classes, np.asarray(index)


class TwoClasses(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier into two classes; `_learned_from` leaves `classes_`."""

    classes_: NDArray[Any]

    def _learned_from(self, X: Any, y: Any) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """The table, and 0 or 1 for each row; raises InvalidInput where the classes are not two."""
        table, labels = validate_data(self, X, y, dtype=np.float64)
        self.classes_, index = told_apart(labels)
        return table, index

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags
