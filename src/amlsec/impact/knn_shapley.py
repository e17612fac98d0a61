"""What each training row is worth to a nearest-neighbour vote, by its exact Shapley value."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import issparse

from amlsec.data import Batch
from amlsec.errors import InvalidInput
from amlsec.impact.checks import labelled
from amlsec.impact.contract import Floats, Labelled

_AT_ONCE = 1 << 20  # distances in memory


def knn_shapley(rows: Batch | Labelled, quiz: Batch | Labelled, *, k: int = 5) -> Floats:
    """The Shapley value (n,) of each row in the game "the share of the k nearest neighbours with the right label".

    The mean over trusted quiz rows, weighted where they have weights, such as to count both classes alike. Values add up
    to that share, among all rows; a mislabelled row's is negative or near 0. Exact by the recursion of Jia et al. (2019,
    theorem 1): with the rows in order of distance, s_n = [y_n right] min(k, n) / (k n), and s_j = s_{j+1} + ([y_j right] -
    [y_{j+1} right]) min(k, j) / (k j). It costs O(n log n) and n d multiplications a quiz row; memory does not grow with
    the quiz.

    Distance is Euclidean, over dense or sparse rows (n, d) as they are: scale columns first. Of equally near rows the
    earlier counts as nearer. A value says how typical a row is of its label, not what it does to another model.

    Raises InvalidInput where k < 1, columns differ, a value is not finite, or the rows have weights (there is no fast
    exact value of weighted rows).

    >>> rows = Labelled(np.array([[0.0], [1.0], [1.1], [0.2]]), np.array([0, 1, 1, 1]))
    >>> quiz = Labelled(np.array([[0.15], [0.0]]), np.array([0, 0]))
    >>> knn_shapley(rows, quiz, k=1)
    array([ 0.75,  0.  ,  0.  , -0.25])
    """
    rows, quiz = labelled(rows), labelled(quiz, "quiz")
    _check(rows, quiz, k)
    X, asked = _centred(rows.X, quiz.X)
    length = np.asarray(X.multiply(X).sum(axis=1)).ravel() if issparse(X) else np.einsum("ij,ij->i", X, X)
    place = np.arange(1, len(rows.y) + 1)
    step = np.minimum(k, place) / (k * place)
    weight = quiz.weights / quiz.weights.sum()
    values = np.zeros(len(rows.y))
    block = max(1, _AT_ONCE // len(rows.y))
    for start in range(0, len(quiz.y), block):
        part = slice(start, start + block)
        order = np.argsort(_distances(asked[part], X, length), axis=1, kind="stable")
        right = (rows.y[order] == quiz.y[part, None]).astype(float)
        gain = (right - np.pad(right[:, 1:], ((0, 0), (0, 1)))) * step
        shares = gain[:, ::-1].cumsum(axis=1)[:, ::-1] * weight[part, None]
        values += np.bincount(order.ravel(), shares.ravel(), minlength=len(values))
    return values


def _distances(asked: Any, X: Any, length: Floats) -> Floats:
    """Squared distances (q, n), less each asked row's own squared length."""
    product = asked @ X.T
    return np.asarray(length - 2 * (product.toarray() if issparse(product) else product))


def _centred(X: Any, asked: Any) -> tuple[Any, Any]:
    """Both less the mean row, against cancellation; sparse rows stay."""
    if issparse(X) or issparse(asked):
        return X, asked
    centre = X.mean(axis=0)
    return X - centre, asked - centre


def _check(rows: Labelled, quiz: Labelled, k: int) -> None:
    if k < 1:
        raise InvalidInput("k", k, "must be at least 1")
    if rows.weight is not None:
        raise InvalidInput("rows.weight", rows.weight, "must be None: there is no fast exact value of weighted rows")
    for name, part in (("rows", rows), ("quiz", quiz)):
        if not len(part.y) or part.X.dtype == object:
            raise InvalidInput(f"{name}.X", f"{len(part.y)} rows of {part.X.dtype}", "must be numbers, of at least one row")
    if rows.X.shape[1] != quiz.X.shape[1]:
        raise InvalidInput("quiz.X", f"{quiz.X.shape[1]} columns", f"must have the rows' {rows.X.shape[1]}")
    if not quiz.weights.any():
        raise InvalidInput("quiz.weight", quiz.weight, "must not all be 0")
