"""Complement naive Bayes by algebra: for two classes, multinomial naive Bayes without a prior, normed or not."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.naive_bayes import ComplementNB

from amlsec.impact.contract import Floats, Model, Question, family
from amlsec.impact.families.multinomial_nb import Multinomial
from amlsec.impact.units import Units
from amlsec.impact.word_counts import WordCounts, are_counts, at, net, plus, smoothing
from amlsec.impact.word_model import Changes, WordModel

_NOTHING = 1e-6  # weights whose sum is no more than this cannot be divided by it
_FLIPPED = np.array([1.0, -1.0])  # what the benign counts weigh for the malicious class, and the other way round


@family.register
def _complement(estimator: ComplementNB, question: Question) -> Model | None:
    return complement(estimator, question)


def complement(estimator: ComplementNB, question: Question, grows: bool = False) -> Model | None:
    """Exact for counts of at least 0 and smoothings of at least 1e-10, for a vocabulary that grows too."""
    if not are_counts(question):
        return None
    counts = WordCounts(question, grows)
    alpha = smoothing(estimator, counts)
    if alpha is None:
        return None
    if not estimator.norm:
        return Complement(estimator, counts, alpha, question.quiz.y)
    return Normed(counts, alpha, question.quiz.y) if counts.known.sum() > 1 else None


class Complement(Multinomial):
    """A class's complement is the other class, so that the weights are those of multinomial naive Bayes."""

    def _log_odds(self, rows: Floats) -> Floats:
        return np.zeros(len(rows))


class Normed(WordModel):
    """The log-weights w of a class's complement, divided by their sum Q (Rennie et al. 2003, table 4, step 7).

    A unit changes w by its counts and, for every word, by its length, as in multinomial naive Bayes; and Q by the sum of
    both. Shared are the changes of 1 / Q for what quiz row v has of w, and those for |v|, of each class.
    """

    def __init__(self, counts: WordCounts, alpha: Floats, y: Any) -> None:
        self.counts, self.alpha = counts, alpha
        words = np.arange(counts.base.shape[1])
        self.log_counts = np.log(counts.base + at(alpha, words))
        self.totals = counts.base.sum(axis=1) + (at(alpha, words) * counts.known).sum()
        weights = (self.log_counts - np.log(self.totals)[:, None]) * counts.known
        self.sums = weights.sum(axis=1)
        self.features = np.column_stack([counts.quiz @ weights.T, counts.quiz @ counts.known.astype(float)])
        super().__init__(self.features[:, :2] @ (_FLIPPED / self.sums), y, counts.quiz)

    def changes(self, units: Units) -> Changes:
        added, moved = self.counts.added(units), self.counts.vocabulary(units)
        _, emptied = self.counts.rows_with(units)
        counted = self.counts.base.ravel()[added.counts.indices] + added.counts.data
        gains = np.log(counted + at(self.alpha, added.words)) - self.log_counts.ravel()[added.counts.indices]
        grown, lone = net(moved)[:, None], self.alpha.min()
        totals = self.totals + added.by_class(added.counts.data) + lone * grown
        diluted, unseen = np.log(totals / self.totals), np.log(lone / totals)
        sums = self.sums + added.by_class(gains) - self.counts.known.sum() * diluted + grown * unseen
        open_ = emptied | (np.abs(sums) < _NOTHING).any(axis=1)
        each = _FLIPPED / np.where(open_[:, None], self.sums, sums)
        shared = np.column_stack([each - _FLIPPED / self.sums, -(each * diluted).sum(axis=1)])
        words = added.by_word(gains * added.of_entries(each))
        return Changes(plus(words, (each * unseen).sum(axis=1), moved), shared, self.features, open_)
