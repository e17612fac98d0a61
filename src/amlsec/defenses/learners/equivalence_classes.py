"""Equivalence classes: features that an attacker can put in one another's place are one feature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils.validation import check_is_fitted

from amlsec.catalogue import learner
from amlsec.data import Batch, texts
from amlsec.defenses.equivalence import meanings, named, words_of
from amlsec.defenses.learners.parts import labelled_rows, rows_of
from amlsec.errors import InvalidInput
from amlsec.space.contract import Space
from amlsec.space.text import TextSpace
from amlsec.threat import Influence, ThreatModel, Violation
from amlsec.usual import usual


@learner(
    threats=(ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY),),
    references=("li2014feature",),
)
class EquivalenceClasses(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier that cannot tell apart what an attacker may swap, so that swapping changes nothing.

    Li and Vorobeychik, "Feature cross-substitution in adversarial classification", NeurIPS 2014, section 5: fewer features
    make evasion by substitution easier, classes of features that substitute for one another make it pointless. In texts all
    spellings that look alike are one word, and so are the words that the space lets an attacker swap; what swaps connect,
    over however many steps, is one class. Of mails only the words that the space can change are read, the subject's and the
    bodies'. In tables columns of one group become their largest value.

    The verdict on a row is the same after any number of such swaps. Words added are no swap, and words that were told apart
    for a reason ("5" and "s") no longer are: that is the price.

    Parameters
    ----------
    estimator : what is trained on the classes; None takes logistic regression, of TF-IDF for texts
    space : a text space names the words that can be swapped; None, or a table's space, names none
    groups : of tables, the positions of columns that substitute for one another, each column in one group at most

    Attributes
    ----------
    estimator_ : the fitted classifier
    classes_ : its labels

    Raises InvalidInput where a group names no column, or a column twice, or `y` does not match `X`.

    >>> mails = texts(["buy viagra", "get pills", "see you", "at ten"] * 10)
    >>> space = TextSpace([], swaps={"buy": ["get"]}, lookalikes=True)
    >>> model = EquivalenceClasses(space=space).fit(mails, np.array([1, 1, 0, 0] * 10))
    >>> model.predict(texts(["get v1agra", "s\u0435e you"]))
    array([1, 0])
    """

    def __init__(self, *, estimator: Any = None, space: Space | None = None, groups: Sequence[Sequence[int]] = ()) -> None:
        self.estimator = estimator
        self.space = space
        self.groups = groups

    def fit(self, X: Any, y: NDArray[Any], /) -> Self:
        """Train on the classes."""
        rows, labels = labelled_rows(X, y)
        self.meanings_ = meanings(self.space.swaps) if isinstance(self.space, TextSpace) else {}
        self._check(rows)
        merged = self._merged(rows)
        base = usual(Batch(merged, np.zeros(len(merged), dtype=np.int64))) if self.estimator is None else self.estimator
        self.estimator_ = clone(base).fit(merged, labels)
        self.classes_ = self.estimator_.classes_
        return self

    def predict(self, X: Any, /) -> NDArray[Any]:
        """The class of each row (n,)."""
        check_is_fitted(self)
        return np.asarray(self.estimator_.predict(self._merged(rows_of(X))))

    def predict_proba(self, X: Any, /) -> NDArray[np.float64]:
        """The probability (n, classes) of each class, where the classifier gives one."""
        check_is_fitted(self)
        return np.asarray(self.estimator_.predict_proba(self._merged(rows_of(X))))

    def _merged(self, rows: Any) -> Any:
        if rows.dtype == object:
            return texts([named(text, self.meanings_) for text in words_of(rows, self.space)])
        merged = rows.copy()
        for group in self.groups:
            merged[:, list(group)] = 0.0
            merged[:, group[0]] = rows[:, list(group)].max(axis=1)
        return merged

    def _check(self, rows: Any) -> None:
        columns = [column for group in self.groups for column in group]
        width = 0 if rows.ndim == 1 else rows.shape[1]
        if len(set(columns)) != len(columns) or not all(0 <= column < width for column in columns):
            raise InvalidInput("groups", self.groups, f"must name each of the {width} columns at most once")
        if not all(len(group) for group in self.groups):
            raise InvalidInput("groups", self.groups, "must not be empty groups")
