"""What robust linear models have in common: rows as numbers, none of them far off, and two classes as -1 and 1."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, RobustScaler
from sklearn.utils.validation import check_is_fitted

from amlsec.defenses.learners.parts import rows_of
from amlsec.errors import InvalidInput

_FAR = 10.0


def linear_features(rows: Any) -> Any:
    """An unfitted transformer of such rows.

    TF-IDF of texts; of tables each column less its median, in interquartile ranges and no farther than 10 of them, so that
    no row can stretch a column; sparse rows as they are. Raises ValueError where a cell is NaN or infinite.

    >>> linear_features(np.zeros((4, 1))).fit_transform(np.array([[1.0], [2.0], [3.0], [900.0]]))[:, 0].round(2)
    array([-0.01, -0.  ,  0.  ,  3.98])
    """
    if issparse(rows):
        return FunctionTransformer(validate=True, accept_sparse=True)
    if rows.dtype == object:
        return TfidfVectorizer()
    return make_pipeline(
        RobustScaler(), FunctionTransformer(np.clip, validate=True, kw_args={"a_min": -_FAR, "a_max": _FAR})
    )


def presence_features(rows: Any) -> Any:
    """An unfitted transformer: which words stand in a text, as 0 and 1; other rows as `linear_features`.

    A word more in a text changes no other feature, as it would with TF-IDF.
    """
    if not issparse(rows) and rows.dtype == object:
        return CountVectorizer(binary=True)
    return linear_features(rows)


def signs(y: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """The two classes in ascending order, and -1 or 1 for each label (n,); raises InvalidInput where they are not two."""
    classes = np.unique(y)
    if len(classes) != 2:
        raise InvalidInput("y", classes, "must have two classes")
    return classes, np.where(y == classes[1], 1.0, -1.0)


class TwoSided(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier of two classes by the sign of a value; `fit` leaves `features_` and `classes_`."""

    features_: Any
    classes_: NDArray[Any]

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """The model's value (n,): above 0 for the second class."""
        check_is_fitted(self)
        return self._values(self.features_.transform(rows_of(X)))

    def predict(self, X: Any, /) -> NDArray[Any]:
        """The class on whose side of 0 each row (n,) lies."""
        side = (self.decision_function(X) > 0).astype(np.int64)
        labels: NDArray[Any] = self.classes_[side]
        return labels

    @abstractmethod
    def _values(self, F: Any) -> NDArray[np.float64]:
        """The value (n,) of each row of features."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = tags.input_tags.sparse = True
        tags.classifier_tags.multi_class = False
        return tags
