"""Multinomial naive Bayes by algebra: added rows only add to counts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from sklearn.naive_bayes import MultinomialNB

from amlsec.impact.contract import Floats, Model, Question, family
from amlsec.impact.sparse_rows import without_cells
from amlsec.impact.units import Units
from amlsec.impact.vocabulary import GivenWords, Vocabulary, WordsOfRows, over_words_of_rows
from amlsec.impact.word_counts import WordCounts, are_counts, has_odds, log_odds, plus, smoothing
from amlsec.impact.word_model import Changes, WordModel


@family.register
def _multinomial(estimator: MultinomialNB, question: Question) -> Model | None:
    """Exact for cells of at least 0, and smoothings, of all words or of each, of at least 1e-10."""
    return multinomial(estimator, question, GivenWords)


@over_words_of_rows.register
def _over_words_of_rows(estimator: MultinomialNB, question: Question) -> Model | None:
    return multinomial(estimator, question, WordsOfRows)


def multinomial(estimator: MultinomialNB, question: Question, vocabulary: Callable[[Question], Vocabulary]) -> Model | None:
    """Exact for counts of at least 0 and smoothings of at least 1e-10."""
    if not (are_counts(question) and has_odds(estimator)):
        return None
    counts = WordCounts(question, vocabulary(question))
    alpha = smoothing(estimator, counts)
    counts.least_left = counts.least_sure if counts.removing and not counts.exact else None
    return None if alpha is None else Multinomial(counts, alpha, partial(log_odds, estimator), question.quiz.y)


class Multinomial(WordModel):
    """Multinomial naive Bayes.

    With smoothed counts A of each word and class, T their sum, a unit of counts x in class c adds
    `sum_j v_j log((A_cj + x_j) / A_cj) - |v| log((T_c + |x|) / T_c)` to the class's log-likelihood of quiz row v. Shared
    are the change for |v| and that of the prior. A word that joins the vocabulary counts from then on, and widens T.

    Attributes
    ----------
    prior : the log-odds (k,) of the classes whose rows weigh (k, 2)
    """

    def __init__(self, counts: WordCounts, alpha: Floats, prior: Callable[[Floats], Floats], y: Any) -> None:
        self.counts, self.alpha, self.prior = counts, alpha, prior
        length = counts.quiz @ counts.known.astype(float)
        self.features = np.column_stack([length, np.ones(len(length))])
        self.mass, self.odds = float(np.diff(np.log(counts.base_sums(alpha)))[0]), prior(counts.rows[None])[0]
        weights = np.diff(np.log(counts.base + alpha), axis=0)[0] * counts.known
        even_odds = not prior(np.array([[1.0, 2.0]])).any()
        before = counts.quiz @ weights - length * self.mass + self.odds
        super().__init__(before, y, counts.quiz, even_odds & without_cells(counts.quiz))

    def changes(self, units: Units) -> Changes:
        added, moved = self.counts.added(units), self.counts.vocabulary.moved(units)
        rows, emptied = self.counts.rows_with(units)
        mass = np.diff(np.log(self.counts.smoothed_sums(added, moved, self.alpha)))[:, 0]
        shared = np.column_stack([self.mass - mass, self.prior(rows) - self.odds])
        words = plus(added.by_word(added.signed(self.counts.gains(added, self.alpha))), -mass, moved)
        in_doubt = emptied | self.counts.without_words(moved) | self.counts.rounded(added, self.alpha)
        return Changes(words, shared, self.features, in_doubt)
