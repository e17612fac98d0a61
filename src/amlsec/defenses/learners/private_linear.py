"""What private linear classifiers have in common: features in the unit ball, the optimum, and noise that hides a row."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve
from scipy.sparse import issparse
from scipy.special import expit
from sklearn.utils.validation import check_is_fitted, validate_data

from amlsec.defenses.learners.parts import labelled_rows, rows_of
from amlsec.defenses.learners.two_classes import TwoClasses
from amlsec.defenses.learners.unit_ball import UnitBall
from amlsec.errors import InvalidInput, ModelFailed
from amlsec.privacy import Privacy, claim, gaussian_ratio

Floats = NDArray[np.float64]

STEEPEST, MOST_CURVED = 1.0, 0.25
"""How large the first and second derivative of the logistic loss of a margin become."""

EXACTNESS = 1e-6
"""How long a gradient, times n, is left at the optimum: its distance from the true one is part of what noise hides."""

_STEPS = 200


class PrivateLinear(TwoClasses):
    """A linear classifier of features in the unit ball, whose weights are all that is released."""

    coef_: Floats
    features_: UnitBall
    privacy_: Privacy
    epsilon: float
    delta: float = 0.0
    weight: float = 1.0
    space: Any
    longest: float
    width: int
    random_state: int | None

    def fit(self, X: Any, y: NDArray[Any], /) -> Self:
        """Fit to rows and their labels, of two kinds."""
        privacy = self._claim()
        text = _is_text(X)
        rows, labels = labelled_rows(X, y) if text else validate_data(self, X, y, accept_sparse="csr", dtype=np.float64)
        side = np.where(self._told_apart(labels), 1.0, -1.0)
        self.features_ = UnitBall(space=self.space, longest=self.longest, width=self.width).fit(rows)
        features = self.features_.transform(rows)
        self.coef_ = self._released(features, side, privacy, np.random.default_rng(self.random_state))
        self.privacy_ = privacy
        return self

    @abstractmethod
    def _released(self, F: Any, side: Floats, privacy: Privacy, rng: np.random.Generator) -> Floats:
        """Weights (k,) that keep the claim, of features (n, k) and sides (n,) -1 or 1."""

    def _claim(self) -> Privacy:
        """What is claimed, once the settings are seen to be in range."""
        if not 0 < self.weight < np.inf:
            raise InvalidInput("weight", self.weight, "must be a finite number above 0")
        return claim(self.epsilon, self.delta)

    def decision_function(self, X: Any, /) -> Floats:
        """The model's value (n,): above 0 for the second class."""
        check_is_fitted(self)
        text = _is_text(X)
        rows = rows_of(X) if text else validate_data(self, X, reset=False, accept_sparse="csr", dtype=np.float64)
        return np.asarray(self.features_.transform(rows) @ self.coef_)

    def predict(self, X: Any, /) -> NDArray[Any]:
        """The class on whose side of 0 each row (n,) lies."""
        second = self.decision_function(X) > 0
        labels: NDArray[Any] = self.classes_[second.astype(np.int64)]
        return labels

    def predict_proba(self, X: Any, /) -> Floats:
        """Probabilities (n, 2) of the classes."""
        second = self._chances(self.decision_function(X))
        return np.column_stack([1 - second, second])

    def _chances(self, values: Floats) -> Floats:
        """The second class's probability (n,) by the model's value, its log-odds."""
        return np.asarray(expit(values))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = tags.input_tags.sparse = True
        return tags


def _is_text(X: Any) -> bool:
    """Whether rows are texts (n,), all of them."""
    rows = None if issparse(X) else np.asarray(X)
    return rows is not None and rows.ndim == 1 and rows.size > 0 and all(isinstance(row, str) for row in rows.tolist())


def optimum(F: Any, side: Floats, weight: float, push: Floats | float = 0.0) -> Floats:
    """Weights (k,) that minimise `mean log(1 + exp(-side F w)) + weight |w|^2 / 2 + push w / n`.

    By Newton's method, halving steps that lengthen the gradient, until it is no longer than EXACTNESS / n: the minimum
    is then at most EXACTNESS / (n weight) away, as the objective is curved by at least `weight` everywhere.

    Raises ModelFailed where that is not reached: nothing is released then.
    """
    w = np.zeros(F.shape[1])
    for _ in range(_STEPS):
        slope = gradient(F, side, weight, push, w)
        if np.linalg.norm(slope) * len(side) <= EXACTNESS:
            return w
        step = solve(_curvature(F, weight, w), slope, assume_a="pos")
        shares = 0.5 ** np.arange(40)
        after = (np.linalg.norm(gradient(F, side, weight, push, w - share * step)) for share in shares)
        w = w - next((share for share, left in zip(shares, after, strict=True) if left < np.linalg.norm(slope)), 0.0) * step
    raise ModelFailed(f"the optimum of {len(side)} rows was not reached in {_STEPS} steps: its weights stay secret")


def gradient(F: Any, side: Floats, weight: float, push: Floats | float, w: Floats) -> Floats:
    """Of what `optimum` minimises (k,)."""
    pull = -side * expit(-side * (F @ w))
    return np.asarray((F.T @ pull + push) / len(side) + weight * w)


def _curvature(F: Any, weight: float, w: Floats) -> Floats:
    second = expit(F @ w)
    weighed = second * (1 - second) / F.shape[0]
    square = (F.T @ F.multiply(weighed[:, None])).toarray() if issparse(F) else F.T @ (F * weighed[:, None])
    return np.asarray(square + weight * np.eye(F.shape[1]))


def noise(privacy: Privacy, sensitivity: float, width: int, rng: np.random.Generator) -> Floats:
    """A vector (k,) that hides a move of the weights by `sensitivity`, in Euclidean length.

    At delta 0 of the density exp(-epsilon |z| / sensitivity), else normal.
    """
    if not privacy.delta:
        return long_tailed(privacy.epsilon / sensitivity, width, rng)
    return np.asarray(rng.normal(0, sensitivity / gaussian_ratio(privacy), width))


def long_tailed(steepness: float, width: int, rng: np.random.Generator) -> Floats:
    """A vector (k,) of the density exp(-steepness |z|): a uniform direction, and a length of the Gamma distribution."""
    way = rng.normal(size=width)
    return np.asarray(rng.gamma(width, 1 / steepness) * way / np.linalg.norm(way))
