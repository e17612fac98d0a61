"""Rows as features no longer than 1, each by rules that look at no other row: what private learners stand on."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags, hstack, issparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.utils.validation import check_array

from amlsec.errors import InvalidInput
from amlsec.space.image import ImageSpace
from amlsec.space.tabular import Kind, TabularSpace

Floats = NDArray[np.float64]
MOST_COLUMNS = 4096


class UnitBall(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Features (n, k + 1) of rows, the last of them constant, none longer than 1; `fit` only learns what kind rows are of.

    A mean, a deviation or a vocabulary of the rows would itself give them away. So texts are hashed to `width` counts;
    columns of a table are laid on -1 to 1 by the bounds of `space` and categories become one column each; pixels
    likewise; other numbers are taken as they are. Each row is then cut to the length `longest`, and divided by it.
    Numbers of very different size need a space. Its bounds must be known without these rows: a space inferred from them
    gives away who has the largest value of a column.

    Raises InvalidInput where there are more than 4096 features, the space is of rows of another width, or a setting is out
    of range.

    >>> UnitBall(longest=5.0).fit(np.zeros((1, 2))).transform(np.array([[3.0, 4.0], [30.0, 40.0]])).round(3)
    array([[0.424, 0.566, 0.707],
           [0.424, 0.566, 0.707]])
    """

    def __init__(self, *, space: Any = None, longest: float = 1.0, width: int = 256) -> None:
        self.space = space
        self.longest = longest
        self.width = width

    def fit(self, rows: Any, y: Any = None) -> Self:
        """See which features there are: the number of columns is public."""
        if not 0 < self.longest < np.inf:
            raise InvalidInput("longest", self.longest, "must be a finite number above 0")
        if not 1 <= self.width <= MOST_COLUMNS:
            raise InvalidInput("width", self.width, f"must lie in 1 to {MOST_COLUMNS}")
        self.n_features_in_ = rows.shape[1] if rows.ndim == 2 else 1
        if max(self.n_features_in_, self._shown()) > MOST_COLUMNS:
            rule = (
                f"must have at most {MOST_COLUMNS} columns, one for each category: noise grows with them; hash them to fewer"
            )
            raise InvalidInput("X", f"of shape {rows.shape}", rule)
        self._features(rows[:1])
        return self

    def _shown(self) -> float:
        """How many columns the space's become, each category being one; 0 without a table's."""
        columns = self.space.columns if isinstance(self.space, TabularSpace) else ()
        return sum(column.high - column.low + 1 if column.kind == Kind.CATEGORY else 1 for column in columns)

    def transform(self, rows: Any) -> Any:
        """The features of rows of the kind that was fitted."""
        features, longest = self._features(rows)
        inside = _cut(features, longest)
        constant = np.ones((inside.shape[0], 1))
        joined = csr_matrix(hstack([inside, constant])) if issparse(inside) else np.hstack([inside, constant])
        return joined / np.sqrt(2)

    def _features(self, rows: Any) -> tuple[Any, float]:
        """The features and the length that they are cut to."""
        if not issparse(rows) and rows.dtype == object:
            return HashingVectorizer(n_features=self.width, alternate_sign=False, norm="l2").transform(rows), 1.0
        table = check_array(rows, accept_sparse="csr", dtype=np.float64, estimator=self)
        if table.shape[1] != self.n_features_in_:
            rule = f"X has {table.shape[1]} features, but UnitBall is expecting {self.n_features_in_} features as input"
            raise InvalidInput("X", f"of shape {table.shape}", rule)
        if issparse(table) or not isinstance(self.space, TabularSpace | ImageSpace):
            return table, self.longest
        return self._laid_out(table)

    def _laid_out(self, table: Floats) -> tuple[Floats, float]:
        """Columns by the space's bounds, and the length that no row within them exceeds."""
        if isinstance(self.space, ImageSpace):
            return _between(table, self.space.low, self.space.high), np.sqrt(table.shape[1])
        if len(self.space.columns) != table.shape[1]:
            raise InvalidInput("space", f"of {len(self.space.columns)} columns", f"X has {table.shape[1]} columns")
        columns = [_column(values, column) for values, column in zip(table.T, self.space.columns, strict=True)]
        return np.hstack(columns), np.sqrt(len(columns))


def _column(values: Floats, column: Any) -> Floats:
    """Features (n, 1) of a number, (n, categories) of a category: at most 1 long."""
    if column.kind != Kind.CATEGORY:
        return _between(values[:, None], column.low, column.high)
    shown: Floats = (values[:, None] == np.arange(column.low, column.high + 1)).astype(np.float64)
    return shown


def _between(values: Floats, low: float, high: float) -> Floats:
    """From `low` to `high` as -1 to 1, cut there; 0 where there is no room between."""
    middle, half = (low + high) / 2, (high - low) / 2
    return np.clip((values - middle) / half, -1, 1) if half else np.zeros_like(values)


def _cut(features: Any, longest: float) -> Any:
    """Rows divided by `longest`, and by more where they are longer."""
    if issparse(features):
        lengths = np.sqrt(np.ravel(features.multiply(features).sum(axis=1)))
        return csr_matrix(diags(1 / np.maximum(lengths, longest)) @ features)
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    return features / np.maximum(lengths, longest)
