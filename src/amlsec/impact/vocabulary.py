"""Which words a model knows: given once, or those of the rows it is trained on."""

from __future__ import annotations

from functools import singledispatch
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from amlsec.impact.contract import Model, Question
from amlsec.impact.sparse_rows import canonical
from amlsec.impact.units import Units


class Vocabulary(Protocol):
    """The words, columns of the rows, that a model knows.

    Attributes
    ----------
    known : whether the model of the base knows each word (words,)
    """

    known: NDArray[np.bool_]

    def moved(self, units: Units) -> csr_matrix:
        """1 where a unit brings a word in, -1 where it takes the last of it out (k, words)."""


class GivenWords:
    """Every word is known, whatever the rows."""

    def __init__(self, question: Question) -> None:
        self.known = np.ones(question.base.X.shape[1], dtype=bool)

    def moved(self, units: Units) -> csr_matrix:
        return csr_matrix((len(units), len(self.known)))


class WordsOfRows:
    """Known are the words of the rows trained on: others come with a unit, and some go with it."""

    def __init__(self, question: Question) -> None:
        base, offered, self.removing = canonical(question.base.X), canonical(question.offered.X), question.removing
        self.rows = np.bincount(base.indices[base.data != 0], minlength=base.shape[1])
        self.known = self.rows > 0
        self._offered = _ones(offered, self.known == self.removing)

    def moved(self, units: Units) -> csr_matrix:
        moved = csr_matrix(units.sums(self._offered), copy=True)
        moved.data = -1.0 * (moved.data >= self.rows[moved.indices]) if self.removing else np.ones(moved.nnz)
        moved.eliminate_zeros()
        return moved


@singledispatch
def over_words_of_rows(_estimator: Any, _question: Question) -> Model | None:
    """As `family`, where columns are words, and a model knows those alone that its training rows have.

    A family registers here, beside `family`, where it can answer for words that come with a unit or go with it: pipelines
    that count the words of their training rows then end in its estimators by algebra. None where there is none.
    """
    return None


def knowing_words_of_rows(estimator: Any, question: Question) -> Model | None:
    """The model registered for exactly this type, over the words of the rows."""
    return over_words_of_rows.registry.get(type(estimator), over_words_of_rows.registry[object])(estimator, question)


def _ones(X: csr_matrix, columns: NDArray[np.bool_]) -> csr_matrix:
    """1 where a row has a word, of these columns alone."""
    had = (X.data != 0) & columns[X.indices]
    found = csr_matrix((had.astype(np.float64), X.indices.copy(), X.indptr.copy()), shape=X.shape)
    found.eliminate_zeros()
    return found
