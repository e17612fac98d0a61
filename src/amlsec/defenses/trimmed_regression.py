"""Regression on the rows that fit best: TRIM."""

from __future__ import annotations

from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.linear_model import Ridge
from sklearn.utils.validation import check_is_fitted, validate_data

from amlsec.errors import InvalidInput


class Trimmed(NamedTuple):
    """A fit, the positions of the rows with the smallest residuals, their mean square, and how many fits led to it."""

    model: Any
    kept: NDArray[np.intp]
    loss: float
    fits: int


class TrimmedRegression(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Fits, keeps the rows with the smallest residuals, and fits again, until they fit no better (Jagielski et al. 2018).

    TRIM, their Algorithm 2, from several random subsets; the one that fits best is kept. For least squares this is the
    concentration step of least trimmed squares: the loss falls until it stands, at a local minimum. No certificate: poison
    that fits well stays. The price on clean rows is that the `contamination` share of them that fits worst is not learned.

    Parameters
    ----------
    estimator : regressor to fit; None: ridge regression
    contamination : share of the rows that is left out, in [0, 0.5)
    starts : random subsets to start from, at least 1; the paper has one
    max_iter : fits from each start, at least 1
    random_state : seed of the subsets

    Attributes
    ----------
    estimator_ : the fitted regressor
    kept_ : whether each row (n,) is among those with the smallest residuals
    n_iter_ : fits from the best start

    Raises InvalidInput, by `fit`, where a setting is out of range.

    >>> X = np.arange(20.0)[:, None]
    >>> y = np.where(X[:, 0] < 17, 2 * X[:, 0], -500.0)
    >>> trimmed = TrimmedRegression(contamination=0.15).fit(X, y)
    >>> Ridge().fit(X, y).predict([[10.0]]).round(), trimmed.predict([[10.0]]).round()
    (array([-71.]), array([20.]))
    """

    def __init__(
        self,
        estimator: Any = None,
        *,
        contamination: float = 0.1,
        starts: int = 5,
        max_iter: int = 50,
        random_state: int | None = 0,
    ) -> None:
        self.estimator = estimator
        self.contamination = contamination
        self.starts = starts
        self.max_iter = max_iter
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Fit to the rows (n, d), sparse ones too, that fit best."""
        if not 0 <= self.contamination < 0.5:
            raise InvalidInput("contamination", self.contamination, "must lie in [0, 0.5)")
        for name, value in (("starts", self.starts), ("max_iter", self.max_iter)):
            if value < 1:
                raise InvalidInput(name, value, "must be at least 1")
        X, y = validate_data(self, X, y, accept_sparse="csr", y_numeric=True, ensure_min_samples=2, dtype=np.float64)
        rng, size = np.random.default_rng(self.random_state), len(y) - int(self.contamination * len(y))
        starts = [np.sort(rng.choice(len(y), size, replace=False)) for _ in range(self.starts)]
        best = min((self._descended(X, y, start) for start in starts), key=lambda found: found.loss)
        self.estimator_, self.kept_, self.n_iter_ = best.model, np.isin(np.arange(len(y)), best.kept), best.fits
        return self

    def predict(self, X: Any) -> NDArray[np.float64]:
        """The fitted regressor's predictions (n,)."""
        check_is_fitted(self)
        return np.asarray(
            self.estimator_.predict(validate_data(self, X, accept_sparse="csr", dtype=np.float64, reset=False))
        )

    def _descended(self, X: Any, y: NDArray[Any], start: NDArray[np.intp]) -> Trimmed:
        best = self._step(X, y, start, 1)
        while best.fits < self.max_iter:
            following = self._step(X, y, best.kept, best.fits + 1)
            if not following.loss < best.loss:
                break
            best = following
        return best

    def _step(self, X: Any, y: NDArray[Any], rows: NDArray[np.intp], fits: int) -> Trimmed:
        """Fit to these rows; keep as many of all rows."""
        model = clone(Ridge() if self.estimator is None else self.estimator).fit(X[rows], y[rows])
        squared = (model.predict(X) - y) ** 2
        kept = np.sort(np.argsort(squared, kind="stable")[: len(rows)])
        return Trimmed(model, kept, float(squared[kept].mean()), fits)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
