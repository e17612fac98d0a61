"""Multinomial naive Bayes by algebra: added rows only add to counts."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.naive_bayes import MultinomialNB

from amlsec.impact.contract import Floats, Model, Question, family
from amlsec.impact.units import Units
from amlsec.impact.word_counts import WordCounts, are_counts, at, has_odds, log_odds, net, plus, smoothing
from amlsec.impact.word_model import Changes, WordModel


@family.register
def _multinomial(estimator: MultinomialNB, question: Question) -> Model | None:
    return multinomial(estimator, question)


def multinomial(estimator: MultinomialNB, question: Question, grows: bool = False) -> Model | None:
    """Exact for counts of at least 0 and smoothings of at least 1e-10, for a vocabulary that grows too."""
    if not (are_counts(question) and has_odds(estimator)):
        return None
    counts = WordCounts(question, grows)
    alpha = smoothing(estimator, counts)
    return None if alpha is None else Multinomial(estimator, counts, alpha, question.quiz.y)


class Multinomial(WordModel):
    """Multinomial naive Bayes.

    With smoothed counts A of each word and class, T their sum, a unit of counts x in class c adds
    `sum_j v_j log((A_cj + x_j) / A_cj) - |v| log((T_c + |x|) / T_c)` to the class's log-likelihood of quiz row v. Shared
    are the change for |v| and that of the prior. A word that joins the vocabulary counts from then on, and widens T.
    """

    def __init__(self, estimator: Any, counts: WordCounts, alpha: Floats, y: Any) -> None:
        self.estimator, self.counts, self.alpha = estimator, counts, alpha
        words = np.arange(counts.base.shape[1])
        self.log_counts = np.log(counts.base + at(alpha, words))
        self.totals = counts.base.sum(axis=1) + (at(alpha, words) * counts.known).sum()
        length = counts.quiz @ counts.known.astype(float)
        self.features = np.column_stack([length, np.ones(len(length))])
        self.mass, self.odds = float(np.diff(np.log(self.totals))[0]), self._log_odds(counts.rows[None])[0]
        weights = (self.log_counts[1] - self.log_counts[0]) * counts.known
        super().__init__(counts.quiz @ weights - length * self.mass + self.odds, y, counts.quiz)

    def changes(self, units: Units) -> Changes:
        added, moved = self.counts.added(units), self.counts.vocabulary(units)
        rows, emptied = self.counts.rows_with(units)
        counted = self.counts.base.ravel()[added.counts.indices] + added.counts.data
        gains = np.log(counted + at(self.alpha, added.words)) - self.log_counts.ravel()[added.counts.indices]
        widened = self.alpha.min() * net(moved)[:, None]
        mass = np.diff(np.log(self.totals + added.by_class(added.counts.data) + widened))[:, 0]
        shared = np.column_stack([self.mass - mass, self._log_odds(rows) - self.odds])
        return Changes(plus(added.by_word(gains * added.signs), -mass, moved), shared, self.features, emptied)

    def _log_odds(self, rows: Floats) -> Floats:
        return log_odds(self.estimator, rows)
