"""What naive Bayes counts of words: the base's counts by class, and what units of rows add to them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags, issparse

from amlsec.data import MALICIOUS
from amlsec.impact.contract import CLASSES, Floats, Labelled, Question
from amlsec.impact.units import Units

SIGN = np.array([-1.0, 1.0])
"""Of a class's log-likelihood in the evidence that a row is malicious."""
_SMALLEST_ALPHA = 1e-10  # scikit-learn may raise a smaller one
_SMALLEST_ALPHA_OF_FRACTIONS = 1e-3  # below it, what rounding leaves of a count taken back would show
_EMPTY = 1e-9  # the share of a class's weight below which nothing is left of it


class Added(NamedTuple):
    """What k units add: one entry a word and class.

    Attributes
    ----------
    counts : added to each word (k, 2 x words), CSR: the benign counts first
    words : the word of each entry (nnz,)
    signs : -1.0 for a benign count, 1.0 for a malicious one (nnz,)
    """

    counts: csr_matrix
    words: NDArray[np.int32]
    signs: Floats

    def by_word(self, values: Floats) -> csr_matrix:
        """Each entry's value (nnz,) at its word (k, words)."""
        shape = self.counts.shape[0], self.counts.shape[1] // 2
        return csr_matrix((values, self.words, self.counts.indptr), shape=shape)

    def of_entries(self, values: Floats) -> Floats:
        """The value (nnz,) that each entry's unit has for its class, of (k, 2)."""
        benign, malicious = (np.repeat(column, np.diff(self.counts.indptr)) for column in values.T)
        return np.where(self.signs > 0, malicious, benign)

    def by_class(self, values: Floats) -> Floats:
        """Sums (k, 2) of the entries' values (nnz,)."""
        matrix, of_class = self.counts, np.arange(self.counts.shape[1]) >= self.counts.shape[1] // 2
        valued = csr_matrix((values, matrix.indices, matrix.indptr), shape=matrix.shape)
        return np.column_stack([valued @ (of_class == c).astype(float) for c in (False, True)])


class WordCounts:
    """The counts of a question's base by class, and of its offered rows.

    Attributes
    ----------
    base : weighted count of each word (2, words) by class
    rows : weight (2,) of the rows of each class
    quiz : CSR (m, words)
    known : whether each word (words,) is in the base's vocabulary
    grows : whether the vocabulary is that of the rows trained on; otherwise every word is known
    """

    def __init__(self, question: Question, grows: bool = False) -> None:
        base, offered = question.base, question.offered
        self.quiz, X = _csr(question.quiz.X), _csr(base.X)
        self.base = np.array([((base.y == c) * base.weights) @ X for c in CLASSES])
        self.rows = np.array([((base.y == c) * base.weights).sum() for c in CLASSES])
        self.offered, self.grows, self.removing = offered, grows, question.removing
        self.seen = np.asarray(X.sum(axis=0)).ravel()
        self.known = self.seen > 0 if grows else np.ones(X.shape[1], dtype=bool)
        plain = _csr(offered.X)
        self.by_class = _split_by_class(plain, offered)
        self._growing = (plain if question.removing else _only(plain, ~self.known)) if grows else None

    def added(self, units: Units) -> Added:
        """The counts that each unit adds."""
        counts = units.sums(self.by_class)
        malicious = counts.indices >= self.base.shape[1]
        return Added(counts, counts.indices - malicious * np.int32(self.base.shape[1]), np.where(malicious, 1.0, -1.0))

    def rows_with(self, units: Units) -> tuple[Floats, NDArray[np.bool_]]:
        """The weight (k, 2) of each class with the unit; where nothing is left of a class, without, and True (k,)."""
        rows = self.rows + units.counts(self.offered.y, self.offered.weights)
        emptied = np.asarray((rows <= _EMPTY * self.rows).any(axis=1))
        return np.where(emptied[:, None], self.rows, rows), emptied

    def vocabulary(self, units: Units) -> csr_matrix:
        """1 where a unit brings a word into the vocabulary, -1 where it takes the last of it out (k, words)."""
        if self._growing is None:
            return csr_matrix((len(units), self.base.shape[1]))
        moved = csr_matrix(units.sums(self._growing), copy=True)
        moved.data = -1.0 * (moved.data >= self.seen[moved.indices]) if self.removing else np.ones(moved.nnz)
        moved.eliminate_zeros()
        return moved


def smoothing(estimator: Any, counts: WordCounts) -> Floats | None:
    """The smoothing () or (words,) that scikit-learn uses; None where algebra would not be exact."""
    alpha = np.asarray(estimator.alpha, dtype=np.float64)
    if not estimator.force_alpha:
        alpha = np.maximum(alpha, _SMALLEST_ALPHA)
    fits = alpha.ndim == 0 or (alpha.shape == counts.known.shape and not counts.grows)
    least = _SMALLEST_ALPHA_OF_FRACTIONS if counts.removing and not _whole(counts) else _SMALLEST_ALPHA
    return alpha if fits and alpha.min() >= least and (counts.rows > 0).all() else None


def log_odds(estimator: Any, rows: Floats) -> Floats:
    """The log-odds (k,) of the prior, with rows (k, 2) of each class."""
    if estimator.class_prior is not None:
        return np.full(len(rows), float(np.diff(np.log(estimator.class_prior))[0]))
    odds: Floats = np.diff(np.log(rows))[:, 0] * bool(estimator.fit_prior)
    return odds


def has_odds(estimator: Any) -> bool:
    """Whether the estimator's prior is learnt, or two chances above 0."""
    prior = estimator.class_prior
    return prior is None or (np.shape(prior) == (2,) and bool(np.min(prior) > 0))


def are_counts(question: Question) -> bool:
    """Whether all rows are numbers of at least 0."""
    parts = (question.base.X, question.offered.X, question.quiz.X)
    return all(X.dtype != object and not (_cells(X) < 0).any() for X in parts)


def at(alpha: Floats, words: Any) -> Floats:
    """The smoothing of these words."""
    return alpha if alpha.ndim == 0 else alpha[words]


def plus(words: csr_matrix, each: Floats, moved: csr_matrix) -> csr_matrix:
    """Changes of words, and of what joined or left the vocabulary: as much as each unit (k,) says."""
    return words + diags(each) @ moved if moved.nnz else words


def net(moved: csr_matrix) -> Floats:
    """By how many words (k,) the vocabulary grew."""
    return np.asarray(moved.sum(axis=1)).ravel()


def _split_by_class(X: csr_matrix, rows: Labelled) -> csr_matrix:
    """Rows (n, 2 x words) weighted, the benign ones' words first."""
    sizes = np.diff(X.indptr)
    places = X.indices + np.repeat((rows.y == MALICIOUS) * np.int32(X.shape[1]), sizes)
    data = X.data if rows.weight is None else X.data * np.repeat(rows.weight, sizes)
    return csr_matrix((data, places, X.indptr), shape=(X.shape[0], 2 * X.shape[1]))


def _only(X: csr_matrix, columns: NDArray[np.bool_]) -> csr_matrix:
    kept = X.copy()
    kept.data = kept.data * columns[kept.indices]
    kept.eliminate_zeros()
    return kept


def _csr(X: Any) -> csr_matrix:
    matrix = csr_matrix(X, dtype=np.float64)
    if not matrix.has_canonical_format:
        matrix = matrix.copy()
        matrix.sum_duplicates()
    return matrix


def _whole(counts: WordCounts) -> bool:
    return all(bool((values == np.rint(values)).all()) for values in (counts.by_class.data, counts.offered.weights))


def _cells(X: Any) -> Any:
    return X.data if issparse(X) else X
