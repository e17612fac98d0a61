"""Randomized smoothing over the training labels: a vote under label noise, and how many flips it bears."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from amlsec.catalogue import learner
from amlsec.defenses.label_noise import HALF, Votes, bound, chance_above, flips_borne
from amlsec.errors import InvalidInput
from amlsec.threat import Influence, ThreatModel, Violation

_LENGTH = 512
"""Of each judged row's weights on the labels, before they are rounded to whole numbers."""
_ROWS = 256


@learner(
    threats=(
        ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY),
        ThreatModel(Influence.CAUSATIVE, Violation.AVAILABILITY),
    ),
    spaces=("tabular", "image"),
    references=("rosenfeld2020certified",),
)
class LabelFlipSmoothing(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Say what a linear classifier would say most often if training labels were flipped by chance (Rosenfeld et al. 2020).

    Each label is flipped with the chance `noise`; the vote is over all such flips. The classifier is ridge regression on the
    labels as -1 and 1, so what it says of a row is the sign of a sum of labels, each weighted by how the row lies
    to the rows trained on. These weights are rounded to whole numbers (their length is 512), which makes the distribution
    of the sum, and so the vote, an exact convolution: nothing is drawn at random.

    `certify_flips` counts labels flipped in rows that otherwise stay as they are. It is no proof against rows added, removed
    or with other features, so this learner has no `certify`.

    Parameters
    ----------
    noise : the chance that a label is flipped, in (0, 0.5); more bears more flips and is right less often
    ridge : penalty of the ridge regression, above 0
    features : transformer of the rows that looks at no label; None for standardised columns

    Attributes
    ----------
    classes_ : the two labels, in ascending order

    Raises InvalidInput where a parameter is out of range, or there are not two labels.

    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat([0, 1], 100)
    >>> X = rng.normal(4.0 * y[:, None], 1.0, (200, 2))
    >>> model = LabelFlipSmoothing().fit(X, y)
    >>> asked = np.array([[0.0, 0.0], [1.9, 1.9], [4.0, 4.0]])
    >>> model.predict(asked), model.certify_flips(asked), model.certify_votes(asked)
    (array([0, 0, 1]), array([39,  2, 40]), array([13,  0, 13]))
    """

    def __init__(self, *, noise: float = 0.1, ridge: float = 1.0, features: Any = None) -> None:
        self.noise = noise
        self.ridge = ridge
        self.features = features

    def fit(self, X: Any, y: NDArray[Any], /) -> Self:
        """Train on rows (n, d) and their labels (n,), of two kinds."""
        if not 0 < self.noise < 0.5:
            raise InvalidInput("noise", self.noise, "must lie in (0, 0.5)")
        if not self.ridge > 0:
            raise InvalidInput("ridge", self.ridge, "must be above 0")
        table, labels = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(labels)
        self.classes_, index = np.unique(labels, return_inverse=True)
        if len(self.classes_) != 2:
            raise InvalidInput(
                "y", self.classes_, "must hold two classes, not one class. Only binary classification is supported."
            )
        self.signs_ = 2 * index - 1
        self.features_ = (StandardScaler() if self.features is None else clone(self.features)).fit(table)
        self.weights_ = Ridge(alpha=self.ridge).fit(self.features_.transform(table), np.eye(len(labels)))
        return self

    def predict(self, X: Any, /) -> NDArray[Any]:
        """What most votes say (n,)."""
        larger = self.predict_proba(X)[:, 1] > HALF
        labels: NDArray[Any] = self.classes_[larger.astype(int)]
        return labels

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """The share of the votes for each label (n, 2)."""
        above = self._of_votes(X, chance_above)
        return np.column_stack([1 - above, above])

    def certify_flips(self, X: Any) -> NDArray[np.int64]:
        """How many training labels anyone may flip, with no effect on each prediction (n,): exact.

        The flips that harm a vote most are those of the rows with the greatest weight for it, so it is known how many
        are needed: with one more, the prediction is another. It says nothing of whether the prediction is right.
        """
        return self._of_votes(X, flips_borne).astype(np.int64)

    def certify_votes(self, X: Any) -> NDArray[np.int64]:
        """How many flips each vote bears (n,) by its share alone, as the paper proves for any classifier; never more.

        At most the rows trained on: no more labels can be flipped.
        """
        return np.minimum(bound(self.predict_proba(X).max(axis=1), self.noise), len(self.signs_))

    def votes(self, X: Any) -> Votes:
        """What each training row's label weighs for the larger of the two labels (n, training rows), in whole numbers."""
        return self._of_votes(X, lambda votes, _: votes)

    def _votes(self, table: NDArray[np.float64]) -> Votes:
        weights = self.weights_.predict(self.features_.transform(table)) * self.signs_
        length = np.linalg.norm(weights, axis=1, keepdims=True)
        return np.asarray(np.round(_LENGTH / length * weights), dtype=np.int64)

    def _of_votes(self, X: Any, answer: Callable[[Votes, float], NDArray[Any]]) -> NDArray[Any]:
        """An answer (n,) about the votes on each row, some rows at a time."""
        check_is_fitted(self)
        table = validate_data(self, X, reset=False, dtype=np.float64)
        starts = range(0, len(table), _ROWS)
        return np.concatenate([answer(self._votes(table[start : start + _ROWS]), self.noise) for start in starts])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags
