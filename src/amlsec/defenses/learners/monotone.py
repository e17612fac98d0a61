"""Monotone: a model whose evidence nobody lowers by adding."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from amlsec.catalogue import learner
from amlsec.defenses.bounded_linear import bounded_weights
from amlsec.defenses.equivalence import words_of
from amlsec.defenses.learners.linear_features import TwoSided, presence_features, signs
from amlsec.defenses.learners.parts import labelled_rows, rows_of
from amlsec.errors import InvalidInput
from amlsec.space.column import Kind, May
from amlsec.space.contract import Space
from amlsec.space.tabular import tabular
from amlsec.space.text import TextSpace
from amlsec.threat import Influence, ThreatModel, Violation

_WAY = {May.UP: 1, May.DOWN: -1, May.BOTH: 0, May.NOT: 0}


@learner(
    threats=(ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY),),
    references=("incer2018adversarially", "fleshman2018nonnegative"),
)
class Monotone(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier whose evidence of malice never falls where an attacker may go, so that adding evades nothing.

    Monotonic classification of Incer et al., "Adversarially robust malware detection using monotonic classification",
    IWSPA 2018. Tables: gradient-boosted trees, constrained to rise with every column that he may only raise, and to fall
    with every column that he may only lower. Texts, whose attacker adds words: a linear model of the words that stand in a
    text, whose weights are at least 0 (Fleshman et al., "Non-negative networks against adversarial attacks", 2018); of a
    mail those of the subject and the bodies. Columns that he may change both ways are used as they are and prove nothing;
    leave them out of the table for a proof.

    The price: evidence that speaks for a benign row, as good words do, is not used.

    Parameters
    ----------
    space : what an attacker may change; None: every column may only be raised, words only be added
    C : weight of the loss for texts, above 0
    random_state : seed of the trees

    Attributes
    ----------
    model_ : what was fitted
    proves_ : whether no attacker of the space lowers the evidence of any row
    classes_ : the two labels, in ascending order

    Raises InvalidInput where `y` does not match `X` or has not two classes, or the space is not that of the rows.

    >>> X = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 1.0], [3.0, 0.0]] * 20)
    >>> model = Monotone().fit(X, (X[:, 0] > 1).astype(int))
    >>> model.proves_, model.certified(X[:4])
    (True, array([False, False,  True,  True]))
    """

    def __init__(self, *, space: Space | None = None, C: float = 10.0, random_state: int | None = 0) -> None:
        self.space = space
        self.C = C
        self.random_state = random_state

    def fit(self, X: Any, y: NDArray[Any], /) -> Self:
        """Fit within the constraints of the space."""
        if not 0 < self.C < np.inf:
            raise InvalidInput("C", self.C, "must be above 0 and finite")
        rows, labels = labelled_rows(X, y)
        rows = words_of(rows, self.space)
        words = issparse(rows) or rows.dtype == object
        if not words:
            validate_data(self, rows)
        self.classes_, _ = signs(labels)
        self.model_ = NonNegative(self.C).fit(rows, labels) if words else self._trees(rows).fit(rows, labels)
        self.proves_ = _only_adds(self.space) if words else self._is_one_way()
        return self

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """Evidence (n,) for the second class; above 0 is its verdict."""
        check_is_fitted(self)
        found: NDArray[np.float64] = self.model_.decision_function(words_of(rows_of(X), self.space))
        return found

    def predict(self, X: Any, /) -> NDArray[Any]:
        """The class of each row (n,)."""
        labels: NDArray[Any] = self.classes_[(self.decision_function(X) > 0).astype(np.int64)]
        return labels

    def certified(self, X: Any, /) -> NDArray[np.bool_]:
        """Which rows (n,) stay with the second class whatever an attacker of the space does to them."""
        stopped: NDArray[np.bool_] = self.decision_function(X) > 0
        return stopped & self.proves_

    def _trees(self, rows: NDArray[np.float64]) -> Any:
        from sklearn.ensemble import HistGradientBoostingClassifier

        ways, categories = [1] * rows.shape[1], None
        if self.space is not None:
            columns = tabular(self.space).columns
            if len(columns) != rows.shape[1]:
                raise InvalidInput("space", f"of {len(columns)} columns", f"must have the {rows.shape[1]} of the rows")
            ways = [_WAY[column.may] for column in columns]
            categories = [k for k, column in enumerate(columns) if column.kind == Kind.CATEGORY] or None
        return HistGradientBoostingClassifier(
            monotonic_cst=ways, categorical_features=categories, early_stopping=False, random_state=self.random_state
        )

    def _is_one_way(self) -> bool:
        return self.space is None or all(column.may != May.BOTH for column in tabular(self.space).columns)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = tags.input_tags.sparse = True
        tags.classifier_tags.multi_class = False
        return tags


class NonNegative(TwoSided):
    """A linear model of which words stand in a text, with weights of at least 0."""

    def __init__(self, C: float = 10.0) -> None:
        self.C = C

    def fit(self, X: Any, y: NDArray[Any], /) -> Self:
        """Fit with bounds on the weights."""
        self.classes_, target = signs(y)
        self.features_ = presence_features(X).fit(X)
        self.weights_, self.bias_ = bounded_weights(self.features_.transform(X), target, 0.0, np.inf, self.C)
        return self

    def _values(self, F: Any) -> NDArray[np.float64]:
        return np.asarray(F @ self.weights_ + self.bias_)


def _only_adds(space: Space | None) -> bool:
    """Whether the attacker of texts only adds words: none is removed, swapped or misspelt."""
    if not isinstance(space, TextSpace):
        return space is None
    return not (space.may_remove or space.swaps or space.lookalikes)
