"""Models that nothing trains any more, in scikit-learn's manners, so that guards can stand before them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.metaestimators import available_if

from amlsec.data import BENIGN, MALICIOUS, Batch, Rows
from amlsec.oracle import Classifier, Model, among, one_each
from amlsec.threat import Access


class Finished(ClassifierMixin, BaseEstimator, ABC):  # type: ignore[misc]
    """A classifier that is as it is: `fit` looks at the rows and learns nothing, and a clone of it is itself.

    Attributes
    ----------
    classes_ : 0 (benign) and 1 (malicious)
    access : the most that anyone sees of it
    """

    @property
    def classes_(self) -> NDArray[np.int64]:
        return np.array([BENIGN, MALICIOUS])

    @property
    def access(self) -> Access:
        return Access.PARAMETERS

    @abstractmethod
    def predict(self, X: Rows, /) -> NDArray[np.int64]:
        """Verdicts (n,): 0 or 1."""

    def fit(self, X: Rows, y: Any, /) -> Self:
        """Raises InvalidInput where rows and labels are none; nothing is learned."""
        Batch(np.asarray(X), np.asarray(y))
        return self

    def __sklearn_clone__(self) -> Self:
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True


def _says_numbers(fixed: Fixed) -> bool:
    return fixed.access.includes(Access.SCORES)


class Fixed(Finished):
    """A Model as a scikit-learn classifier that is not trained: a command, an endpoint, a file, or one fitted before.

    Parameters
    ----------
    model : what answers `labels` and, where its `access` goes so far, `scores`; a fitted scikit-learn classifier too

    Raises ModelFailed, when asked, where the model's answers are not one for each row, not 0 or 1, or not finite.

    >>> from sklearn.dummy import DummyClassifier
    >>> fixed = Fixed(DummyClassifier(strategy="constant", constant=1).fit([[0.0]] * 2, [0, 1]))
    >>> fixed.fit(np.zeros((2, 1)), np.array([0, 0])).predict(np.zeros((2, 1)))
    array([1, 1])
    """

    def __init__(self, model: Any) -> None:
        self.model = model

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The model alone: what it is made of is not to be set any more."""
        return {"model": self.model}

    @property
    def access(self) -> Access:
        access: Access = getattr(self.model, "access", Access.PARAMETERS)
        return access

    @property
    def asked(self) -> Model:
        """What answers."""
        return self.model if hasattr(self.model, "labels") else Classifier(self.model)

    def predict(self, X: Rows, /) -> NDArray[np.int64]:
        return among((BENIGN, MALICIOUS), one_each(self.asked.labels(X), len(X)))

    @available_if(_says_numbers)  # type: ignore[untyped-decorator]
    def decision_function(self, X: Rows, /) -> NDArray[np.float64]:
        """Evidence of malice (n,), larger is surer; where the verdict turns is the model's affair, and need not be 0."""
        return one_each(self.asked.scores(X), len(X))
