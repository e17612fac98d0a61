"""Complement naive Bayes by algebra: for two classes, multinomial naive Bayes without a prior, normed or not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.naive_bayes import ComplementNB

from amlsec.impact.contract import Floats, Model, Question, family
from amlsec.impact.families.multinomial_nb import Multinomial
from amlsec.impact.sparse_rows import without_cells
from amlsec.impact.units import Units
from amlsec.impact.vocabulary import GivenWords, Vocabulary, WordsOfRows, over_words_of_rows
from amlsec.impact.word_counts import WordCounts, are_counts, has_odds, net, plus, smoothing
from amlsec.impact.word_model import Changes, WordModel

_NOTHING = 1e-6  # weights whose sum is no more than this cannot be divided by it
_FLIPPED = np.array([1.0, -1.0])  # what the benign counts weigh for the malicious class, and the other way round


@family.register
def _complement(estimator: ComplementNB, question: Question) -> Model | None:
    """Exact for cells of at least 0, with `norm` too, and smoothings that are not lost in rounding."""
    return complement(estimator, question, GivenWords)


@over_words_of_rows.register
def _over_words_of_rows(estimator: ComplementNB, question: Question) -> Model | None:
    return complement(estimator, question, WordsOfRows)


def complement(estimator: ComplementNB, question: Question, vocabulary: Callable[[Question], Vocabulary]) -> Model | None:
    """Exact for counts of at least 0 and smoothings that scikit-learn itself does not lose in rounding."""
    if not (are_counts(question) and has_odds(estimator)):
        return None
    counts = WordCounts(question, vocabulary(question))
    alpha = smoothing(estimator, counts)
    if alpha is None or not _survives_rounding(counts, alpha):
        return None
    if not estimator.norm:
        return Multinomial(counts, alpha, _no_odds, question.quiz.y)
    return Normed(counts, alpha, question.quiz.y) if counts.known.sum() > 1 else None


class Normed(WordModel):
    """The log-weights w of a class's complement, divided by their sum Q (Rennie et al. 2003, table 4, step 7).

    A unit changes w by its counts and, for every word, by its length, as in multinomial naive Bayes; and Q by the sum of
    both. Shared are the changes of 1 / Q for what quiz row v has of w, and those for |v|, of each class.
    """

    def __init__(self, counts: WordCounts, alpha: Floats, y: Any) -> None:
        self.counts, self.alpha = counts, alpha
        self.totals = counts.base_sums(alpha)
        weights = np.log((counts.base + alpha) / self.totals[:, None]) * counts.known
        self.sums = weights.sum(axis=1)
        self.features = np.column_stack([counts.quiz @ weights.T, counts.quiz @ counts.known.astype(float)])
        before = self.features[:, :2] @ (_FLIPPED / self.sums)
        super().__init__(before, y, counts.quiz, without_cells(counts.quiz))

    def changes(self, units: Units) -> Changes:
        added, moved = self.counts.added(units), self.counts.vocabulary.moved(units)
        _, emptied = self.counts.rows_with(units)
        gains, grown, lone = self.counts.gains(added, self.alpha), net(moved)[:, None], self.alpha.min()
        totals = self.counts.smoothed_sums(added, moved, self.alpha)
        diluted, unseen = np.log(totals / self.totals), np.log(lone / totals)
        sums = self.sums + added.by_class(gains) - self.counts.known.sum() * diluted + grown * unseen
        rounded = self.counts.rounded(added, self.alpha)
        in_doubt = emptied | rounded | self.counts.without_words(moved) | (np.abs(sums) < _NOTHING).any(axis=1)
        each = _FLIPPED / np.where(in_doubt[:, None], self.sums, sums)
        shared = np.column_stack([each - _FLIPPED / self.sums, -(each * diluted).sum(axis=1)])
        words = added.by_word(gains * added.of_entries(each))
        return Changes(plus(words, (each * unseen).sum(axis=1), moved), shared, self.features, in_doubt)


def _no_odds(rows: Floats) -> Floats:
    return np.zeros(len(rows))


def _survives_rounding(counts: WordCounts, alpha: Floats) -> bool:
    """Whether scikit-learn, which takes smoothed counts from larger ones, keeps them; notes how little a unit may leave."""
    if not counts.removing and (counts.base + alpha >= counts.enough).all():
        return True
    least = counts.least_sure
    lost = bool((counts.base + alpha < least).any())
    if (lost or counts.removing) and not _is_exact(counts, alpha):
        counts.least_left = least
        return not lost
    return True


def _is_exact(counts: WordCounts, alpha: Floats) -> bool:
    return bool((np.rint(alpha * 2**20) == alpha * 2**20).all()) and counts.exact
