"""Bernoulli naive Bayes by algebra: a row adds to the words it has, and to the absence of all others."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, issparse
from sklearn.naive_bayes import BernoulliNB

from amlsec.impact.contract import CLASSES, Floats, Model, Question, family
from amlsec.impact.units import Units
from amlsec.impact.word_counts import SIGN, Added, WordCounts, are_counts, has_odds, log_odds, net, plus, smoothing
from amlsec.impact.word_model import Changes, WordModel


@family.register
def _bernoulli(estimator: BernoulliNB, question: Question) -> Model | None:
    return bernoulli(estimator, question)


def bernoulli(estimator: BernoulliNB, question: Question, grows: bool = False) -> Model | None:
    """Exact for one smoothing of at least 1e-10, and words that are there or not; for a growing vocabulary too."""
    if question.base.X.dtype == object or not has_odds(estimator):
        return None
    threshold = estimator.binarize
    binary = question if threshold is None else question.mapped(lambda X: _above(X, threshold))
    if not (are_counts(binary) and _is_binary(binary)):
        return None
    counts = WordCounts(binary, grows)
    alpha = smoothing(estimator, counts)
    return None if alpha is None or alpha.ndim else Bernoulli(estimator, counts, float(alpha), question.quiz.y)


class Bernoulli(WordModel):
    """Bernoulli naive Bayes.

    With smoothed counts A of the rows of a class that have a word and B of those that lack it, N both, a class's
    log-likelihood of quiz row v is `sum_j v_j log(A_j / B_j) + sum_j log(B_j / N)`. A unit of n rows, x_j of which have
    word j, makes A_j + x_j and B_j + n - x_j of it. Shared is what n rows without any word would do, a feature for every
    n that comes up in either class: `-sum_j v_j log((B_j + n) / B_j)`; and one amount for all rows.
    """

    def __init__(self, estimator: Any, counts: WordCounts, alpha: float, y: Any) -> None:
        self.estimator, self.counts, self.alpha = estimator, counts, alpha
        self.present, self.absent = counts.base + alpha, counts.rows[:, None] - counts.base + alpha
        self.known = int(counts.known.sum())
        self.odds = log_odds(estimator, counts.rows[None])[0]
        log_absent = np.log(self.absent)
        weights = (SIGN @ (np.log(self.present) - log_absent)) * counts.known
        lacking = SIGN @ (log_absent @ counts.known - self.known * self._log_rows(counts.rows))
        super().__init__(counts.quiz @ weights + lacking + self.odds, y, counts.quiz)
        self.words_known = counts.quiz.multiply(counts.known).tocsr()

    def changes(self, units: Units) -> Changes:
        added, moved = self.counts.added(units), self.counts.vocabulary(units)
        rows, emptied = self.counts.rows_with(units)
        empty_rows, sums, features = self._without_words(rows - self.counts.rows)
        gains, lacks = self._gains(added, rows - self.counts.rows)
        lacking = sums + added.by_class(lacks) - self.known * (self._log_rows(rows) - self._log_rows(self.counts.rows))
        unseen = np.log(rows + self.alpha)
        lacking += net(moved)[:, None] * (unseen - self._log_rows(rows))
        constant = lacking @ SIGN + log_odds(self.estimator, rows) - self.odds
        words = plus(added.by_word((gains - lacks) * added.signs), (np.log(self.alpha) - unseen) @ SIGN, moved)
        ones = np.ones((len(features), 1))
        return Changes(words, np.column_stack([empty_rows, constant]), np.hstack([features, ones]), emptied)

    def _without_words(self, rows: Floats) -> list[Floats]:
        """Which numbers of rows (k, 2) a unit adds (k, s), what they do to sum_j log B_j (k, 2), and to quiz rows (m, s)."""
        parts = (self._without_words_in(c, rows[:, c]) for c in CLASSES)
        return [np.hstack(both) for both in zip(*parts, strict=True)]

    def _without_words_in(self, label: int, rows: Floats) -> tuple[Floats, Floats, Floats]:
        numbers, which = np.unique(rows, return_inverse=True)
        gains = np.log(self._with_rows(self.absent[label], numbers[:, None]) / self.absent[label])
        features = -SIGN[label] * (self.words_known @ gains.T)
        return np.eye(len(numbers))[which], (gains @ self.counts.known)[which, None], features

    def _with_rows(self, absent: Floats, rows: Floats) -> Floats:
        """B + n; B, where a unit takes n rows and not as many lack the word: then it takes some that have it."""
        return np.where(absent + rows >= self.alpha / 2, absent + rows, absent)

    def _gains(self, added: Added, rows: Floats) -> tuple[Floats, Floats]:
        """By how much log A of each entry (nnz,) rises, and log B against that of rows without words."""
        n, x = added.of_entries(rows), added.counts.data
        present, absent = (table.ravel()[added.counts.indices] for table in (self.present, self.absent))
        return np.log((present + x) / present), np.log((absent + n - x) / self._with_rows(absent, n))

    def _log_rows(self, rows: Floats) -> Floats:
        return np.log(rows + 2 * self.alpha)


def _above(X: Any, threshold: float) -> csr_matrix:
    """1 where a value is above the threshold, as scikit-learn's `binarize`."""
    matrix = csr_matrix(X, dtype=np.float64, copy=True)
    matrix.sum_duplicates()
    matrix.data = (matrix.data > threshold).astype(np.float64)
    matrix.eliminate_zeros()
    return matrix


def _is_binary(question: Question) -> bool:
    parts = (question.base.X, question.offered.X, question.quiz.X)
    return all(bool(np.isin(X.data if issparse(X) else X, CLASSES).all()) for X in parts)
