"""Bernoulli naive Bayes by algebra: a row adds to the words it has, and to the absence of all others."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, issparse
from sklearn.naive_bayes import BernoulliNB

from amlsec.impact.contract import CLASSES, Floats, Model, Question, family
from amlsec.impact.sparse_rows import cells
from amlsec.impact.units import Units
from amlsec.impact.vocabulary import GivenWords, Vocabulary, WordsOfRows, over_words_of_rows
from amlsec.impact.word_counts import ROUNDED, SIGN, Added, WordCounts, has_odds, log_odds, log_ratio, net, plus, smoothing
from amlsec.impact.word_model import Changes, WordModel


@family.register
def _bernoulli(estimator: BernoulliNB, question: Question) -> Model | None:
    """Exact for cells of 0 and 1, or a threshold that makes them so, and one smoothing that is not lost in rounding."""
    return bernoulli(estimator, question, GivenWords)


@over_words_of_rows.register
def _over_words_of_rows(estimator: BernoulliNB, question: Question) -> Model | None:
    return bernoulli(estimator, question, WordsOfRows)


def bernoulli(estimator: BernoulliNB, question: Question, vocabulary: Callable[[Question], Vocabulary]) -> Model | None:
    """Exact for words that are there or not, and one smoothing that scikit-learn itself does not lose in rounding."""
    if not has_odds(estimator) or not _can_be_binary(estimator, question):
        return None
    threshold = estimator.binarize
    binary = question if threshold is None else question.mapped(lambda X: _above(X, threshold))
    counts = WordCounts(binary, vocabulary(question))  # a word at most at the threshold is still a word
    alpha = smoothing(estimator, counts)
    if alpha is None or alpha.ndim or counts.rows.max() > _most_rows(counts, float(alpha)):
        return None
    return Bernoulli(estimator, counts, float(alpha), question.quiz.y)


class Bernoulli(WordModel):
    """Bernoulli naive Bayes.

    With smoothed counts A of the rows of a class that have a word and B of those that lack it, N both, a class's
    log-likelihood of quiz row v is `sum_j v_j log(A_j / B_j) + sum_j log(B_j / N)`. A unit of n rows, x_j of which have
    word j, makes A_j + x_j and B_j + n - x_j of it. Shared is what n rows without any word would do, a feature for every
    n that comes up in either class: `-sum_j v_j log((B_j + n) / B_j)`; and one amount for all rows.
    """

    def __init__(self, estimator: Any, counts: WordCounts, alpha: float, y: Any) -> None:
        self.estimator, self.counts, self.alpha = estimator, counts, alpha
        self.lacking, self.most_rows = counts.rows[:, None] - counts.base, _most_rows(counts, alpha)
        self.known = int(counts.known.sum())
        self.odds = log_odds(estimator, counts.rows[None])[0]
        log_absent = np.log(self.lacking + alpha)
        weights = (SIGN @ (np.log(counts.base + alpha) - log_absent)) * counts.known
        lacking = SIGN @ (log_absent @ counts.known - self.known * self._log_rows(counts.rows))
        super().__init__(counts.quiz @ weights + lacking + self.odds, y, counts.quiz)
        self._of_wordless_rows = lru_cache(maxsize=64)(self._wordless_rows)

    def changes(self, units: Units) -> Changes:
        added, moved = self.counts.added(units), self.counts.vocabulary.moved(units)
        rows, emptied = self.counts.rows_with(units)
        wordless_rows, sums, features = self._without_words(rows - self.counts.rows)
        weights, lacks = self._gains(added, rows - self.counts.rows)
        lacking = sums + added.by_class(lacks) - self.known * (self._log_rows(rows) - self._log_rows(self.counts.rows))
        unseen = np.log(rows + self.alpha)
        lacking += net(moved)[:, None] * (unseen - self._log_rows(rows))
        constant = lacking @ SIGN + log_odds(self.estimator, rows) - self.odds
        words = plus(added.by_word(added.signed(weights)), (np.log(self.alpha) - unseen) @ SIGN, moved)
        shared = np.column_stack([wordless_rows, constant])
        rounded = rows.max(axis=1) > self.most_rows
        return Changes(words, shared, features, emptied | rounded | self.counts.without_words(moved))

    def _without_words(self, rows: Floats) -> tuple[Floats, Floats, Floats]:
        """Which numbers of rows (k, 2) a unit adds (k, s), what they do to sum_j log B_j (k, 2), and to quiz rows (m, s)."""
        taken, sums, features = [], np.zeros(rows.shape), []
        for label, number in [(c, n) for c in CLASSES for n in np.unique(rows[:, c]) if n]:
            takes = rows[:, label] == number
            total, feature = self._of_wordless_rows(label, float(number))
            taken.append(takes.astype(float))
            features.append(feature)
            sums[takes, label] = total
        ones = np.ones(len(self.before))
        return np.array(taken).reshape(-1, len(rows)).T, sums, np.column_stack([*features, ones])

    def _wordless_rows(self, label: int, number: float) -> tuple[float, Floats]:
        """What so many rows of a class do to sum_j log B_j, and to the evidence of quiz rows (m,), if they have no words."""
        lacking = self.lacking[label]
        gains = log_ratio(self._still_lacking(lacking + number, lacking), lacking.copy(), self.alpha) * self.counts.known
        return float(gains.sum()), -SIGN[label] * (self.words @ gains)

    def _still_lacking(self, more: Floats, lacking: Floats) -> Floats:
        """B + n; B, where a unit takes n rows and not as many lack the word: then it takes some that have it."""
        return np.where(more >= -self.alpha / 2, more, lacking) if self.counts.removing else more

    def _gains(self, added: Added, rows: Floats) -> tuple[Floats, Floats]:
        """By how much log(A / B) of each entry (nnz,) rises, and log B, against those of rows without words."""
        x, had = added.counts.data, self.counts.base.ravel()[added.places]
        lacking, more = added.of_entries(np.tile(self.counts.rows, (len(rows), 1))), added.of_entries(rows)
        lacking -= had
        more += lacking
        lacks = log_ratio(more - x, self._still_lacking(more, lacking), self.alpha)
        weights = log_ratio(had + x, had, self.alpha)
        weights -= lacks
        return weights, lacks

    def _log_rows(self, rows: Floats) -> Floats:
        return np.log(rows + 2 * self.alpha)


def _can_be_binary(estimator: BernoulliNB, question: Question) -> bool:
    """Whether scikit-learn takes the rows as they are: above a threshold or not, or only 0 and 1."""
    parts = [rows.X for rows in (question.base, question.offered, question.quiz)]
    if any(X.dtype == object or (issparse(X) and not X.has_canonical_format) for X in parts):
        return False
    if estimator.binarize is None:
        return all(bool(np.isin(cells(X), CLASSES).all()) for X in parts)
    return bool(estimator.binarize >= 0)


def _above(X: Any, threshold: float) -> Any:
    """1 where a value is above the threshold, as scikit-learn's `binarize`, in the precision of the value."""
    above = (cells(X) > threshold).astype(np.float64)
    if not issparse(X):
        return above
    if above.all():
        found = csr_matrix((above, X.indices, X.indptr), shape=X.shape)
    else:
        found = csr_matrix((above, X.indices.copy(), X.indptr.copy()), shape=X.shape)
        found.eliminate_zeros()
    found.has_canonical_format = True  # as X has it
    return found


def _most_rows(counts: WordCounts, alpha: float) -> float:
    """The weight of a class's rows up to which scikit-learn, which takes B from 1 - A / N, does not lose it in rounding."""
    least = 0.0 if counts.removing else float((counts.rows[:, None] - counts.base).min())
    return ROUNDED / float(np.finfo(float).eps) * (least + alpha)
