"""Models that were each trained on rows of their own, and how they vote."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.validation import check_is_fitted

from amlsec.defenses.learners.parts import rows_of

ABSTAINS = -1
_COLUMNS = 2**16  # of the default for texts: 50 parts keep 100 MB of word weights
_SMOOTHING = 1e-3  # over that many columns weighs as much as one mail; 1 would drown a part's few rows


class TooFewRows(UserWarning):
    """Models were fitted, but most have learned nothing: what they say is right by chance, and a proof of it idle."""


@dataclass(frozen=True, slots=True, eq=False)
class Voters:
    """The fitted models by their number, what is done to every row before they see it, and the classes.

    A model without rows does not exist and abstains.
    """

    models: dict[int, Any]
    encoder: Any
    classes: NDArray[Any]

    def choices(self, X: Any, size: int) -> NDArray[np.int64]:
        """What each of `size` models votes for (n, size), a position in the classes; ABSTAINS where it has no rows."""
        encoded = self._encoded(X)
        chosen = np.full((encoded.shape[0], size), ABSTAINS, dtype=np.int64)
        for number, model in self.models.items() if len(chosen) else ():
            chosen[:, number] = np.searchsorted(self.classes, model.predict(encoded))
        return chosen

    def counts(self, X: Any) -> NDArray[np.int64]:
        """How many models vote for each class (n, classes)."""
        encoded = self._encoded(X)
        count = np.zeros((encoded.shape[0], len(self.classes)), dtype=np.int64)
        for model in self.models.values() if len(count) else ():
            count[np.arange(len(count)), np.searchsorted(self.classes, model.predict(encoded))] += 1
        return count

    def evidence(self, X: Any) -> NDArray[np.float64]:
        """How much each model would give for each class (n, models, classes).

        What it votes for has infinite evidence, a class that its rows do not hold NaN; the rest is finite.
        """
        encoded = self._encoded(X)
        given = np.full((encoded.shape[0], len(self.models), len(self.classes)), np.nan)
        for number, model in enumerate(self.models.values() if len(given) else ()):
            given[:, number, np.searchsorted(self.classes, model.classes_)] = np.nan_to_num(_evidence(model, encoded))
            given[np.arange(len(given)), number, np.searchsorted(self.classes, model.predict(encoded))] = np.inf
        return given

    def _encoded(self, X: Any) -> Any:
        rows = rows_of(X)
        return rows if self.encoder is None else self.encoder.transform(rows)


def trained(estimator: Any, rows: Any, y: NDArray[Any], sets: Mapping[int, NDArray[np.intp]]) -> Voters:
    """One model for each set of positions, in their order; seeds are the sets' numbers, so that no other row matters."""
    encoder, base = _base(estimator, rows)
    voters = Voters({}, encoder, np.unique(y))
    encoded = voters._encoded(rows)
    voters.models.update({number: _fitted(base, number, encoded[own], y[own]) for number, own in sets.items()})
    blind = sum(_is_blind(voters.models[number], encoded[own], y[own]) for number, own in sets.items())
    if blind > len(sets) / 2:
        usual = int(np.median([len(own) for own in sets.values()]))
        _warn(f"{blind} of {len(sets)} models say one label of all rows they were trained on, {usual} each as a rule")
    return voters


class Voting(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier that says what most of its models say; `fit` leaves them in `voters_`."""

    voters_: Voters

    def _keep(self, voters: Voters) -> None:
        self.voters_, self.classes_ = voters, voters.classes
        self.estimators_ = list(voters.models.values())

    def votes(self, X: Any) -> NDArray[np.int64]:
        """How many models vote for each class (n, classes)."""
        check_is_fitted(self)
        return self.voters_.counts(X)

    def predict(self, X: Any, /) -> NDArray[Any]:
        """The class with most votes (n,)."""
        winner = self.votes(X).argmax(axis=1)
        labels: NDArray[Any] = self.classes_[winner]
        return labels

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """The share of the votes for each class (n, classes)."""
        shares: NDArray[np.float64] = self.votes(X) / len(self.estimators_)
        return shares

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = tags.input_tags.sparse = True
        return tags


def borne(votes: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many voters may change their mind with no effect on the winner (n,), by the votes of each class (n, classes).

    floor((n_c - max over c' != c of (n_c' + [c' < c])) / 2), with n_c votes for the winner c (Levine and Feizi 2021). One
    more rival is the label that nobody has said yet: it has no votes, and it may win ties.

    >>> borne(np.array([[5, 2], [2, 5], [3, 3], [4, 0]]))
    array([1, 1, 0, 1])
    """
    winner = votes.argmax(axis=1)[:, None]
    index = np.arange(votes.shape[1])
    rivals = np.where(index == winner, 1, votes + (index < winner))
    bound: NDArray[np.int64] = (votes.max(axis=1) - rivals.max(axis=1)) // 2
    return bound


def _base(estimator: Any, rows: Any) -> tuple[Any, Any]:
    """What is done to each row first, and the classifier of each set."""
    if estimator is not None:
        return None, estimator
    if issparse(rows):
        return None, MultinomialNB()
    if rows.dtype == object:
        return HashingVectorizer(n_features=_COLUMNS, alternate_sign=False, norm=None), MultinomialNB(alpha=_SMOOTHING)
    return None, DecisionTreeClassifier()


def _fitted(base: Any, number: int, X: Any, y: NDArray[Any]) -> Any:
    if (y == y[0]).all():
        return DummyClassifier(strategy="most_frequent").fit(X, y)
    model = clone(base)
    seeds = {name: number for name in model.get_params() if name.rpartition("__")[2] == "random_state"}
    return model.set_params(**seeds).fit(X, y)


def _is_blind(model: Any, X: Any, y: NDArray[Any]) -> bool:
    """Whether it says one label of rows that have several."""
    return bool((y != y[0]).any()) and len(np.unique(model.predict(X))) == 1


def _warn(message: str) -> None:
    remedy = "They have learned nothing: give each more rows, or take an estimator that learns from few"
    warnings.warn(f"{message}. {remedy}", TooFewRows, stacklevel=4)


def _evidence(model: Any, X: Any) -> NDArray[np.float64]:
    """Probabilities, or else the decision function, of each of the model's classes (n, classes)."""
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(X))
    if not hasattr(model, "decision_function"):
        return np.zeros((X.shape[0], len(model.classes_)))
    decided = np.asarray(model.decision_function(X))
    return decided if decided.ndim == 2 else np.column_stack([-decided, decided])
