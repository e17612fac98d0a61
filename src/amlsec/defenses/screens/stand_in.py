"""A model whose impacts are known by algebra, where the real one would have to be trained once for every row."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from amlsec.data import Batch

_BINS = 10


def stand_in(base: Batch) -> Pipeline:
    """Multinomial naive Bayes over the words of texts, or over which decile of the base each cell of a table is in.

    >>> stand_in(Batch(np.array([[1.0], [2.0], [9.0]]), np.array([0, 0, 1])))[-1]
    MultinomialNB()
    """
    if base.is_text:
        return Pipeline([("words", CountVectorizer(analyzer=white_space_words, binary=True)), ("bayes", MultinomialNB())])
    edges = np.quantile(base.X, np.arange(1, _BINS) / _BINS, axis=0)
    return Pipeline([("bins", FunctionTransformer(partial(binned, edges=edges))), ("bayes", MultinomialNB())])


def label_reader(rows: Batch) -> Pipeline:
    """The stand-in for texts; logistic regression on the deciles of tables, whose columns are too alike for naive Bayes.

    It is trained once, and needs no algebra.

    >>> label_reader(Batch(np.array([[1.0], [2.0], [9.0]]), np.array([0, 0, 1])))[-1]
    LogisticRegression(max_iter=3000)
    """
    model = stand_in(rows)
    return model if rows.is_text else Pipeline([*model.steps[:-1], ("logistic", LogisticRegression(max_iter=3000))])


def white_space_words(text: str) -> list[str]:
    """The lower-cased words of a text; the empty word of an empty one."""
    return text.lower().split() or [""]


def binned(X: NDArray[np.float64], edges: NDArray[np.float64]) -> Any:
    """A CSR matrix (n, columns x bins) of ones at the bin of each cell, between these edges (bins - 1, columns).

    >>> binned(np.array([[0.5], [1.5]]), np.array([[1.0]])).toarray()
    array([[1., 0.],
           [0., 1.]])
    """
    bins = len(edges) + 1
    codes = [j * bins + np.searchsorted(edges[:, j], column) for j, column in enumerate(X.T)]
    starts = np.arange(0, X.size + 1, X.shape[1])
    return csr_matrix((np.ones(X.size), np.column_stack(codes).ravel(), starts), shape=(len(X), X.shape[1] * bins))
