"""What added messages do to SpamBayes: one more message moves every token's share, so the quiz is scored again."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from amlsec.data import BENIGN, MALICIOUS
from amlsec.defenses.learners.spambayes_tokens import presence
from amlsec.impact.contract import Answer, Model, Question, certain
from amlsec.impact.units import Units


class Rescored(Model):
    """Answers of SpamBayes, by its own arithmetic over the tokens of the quiz alone: equal to training, to the bit."""

    block = 64

    def __init__(self, estimator: Any, question: Question) -> None:
        self.estimator = estimator
        self.tokens, base, self.offered = _matrices(estimator, question)
        self.labels, weight = question.offered, question.base.weights
        here = [(question.base.y == c) * weight for c in (BENIGN, MALICIOUS)]
        self.held, self.rows = np.array([rows @ base for rows in here]), np.array([rows.sum() for rows in here])
        before = _scores(estimator, self.tokens, self.held, self.rows) - estimator.threshold
        super().__init__(before, question.quiz.y)

    def after(self, units: Units) -> Answer:
        of = [self.labels.weights * (self.labels.y == c) for c in (BENIGN, MALICIOUS)]
        added = [units.sums(self.offered, weight).tocsr() for weight in of]
        rows = self.rows + units.counts(self.labels.y, self.labels.weights)
        scores = [_scores(self.estimator, self.tokens, _raised(self.held, added, k), rows[k]) for k in range(len(units))]
        return certain(np.array(scores) - self.estimator.threshold)


def _matrices(estimator: Any, question: Question) -> tuple[Any, Any, Any]:
    """Quiz, base and offered rows over one vocabulary, the quiz's."""
    parts = question.quiz.X, question.base.X, question.offered.X
    if issparse(parts[0]):
        return parts[0].tocsr().sign(), parts[1].tocsr().sign(), parts[2].tocsr().sign()
    quiz, vocabulary = presence(parts[0], estimator.tokenizer)
    base, offered = (presence(texts, estimator.tokenizer, vocabulary)[0] for texts in parts[1:])
    return quiz, base, offered


def _raised(held: NDArray[np.float64], added: list[Any], k: int) -> NDArray[np.float64]:
    """The counts (2, tokens) with unit k's messages."""
    raised = held.copy()
    for counts, unit in zip(raised, added, strict=True):
        mine = slice(unit.indptr[k], unit.indptr[k + 1])
        counts[unit.indices[mine]] += unit.data[mine]
    return raised


def _scores(estimator: Any, quiz: Any, held: NDArray[np.float64], rows: NDArray[np.float64]) -> NDArray[np.float64]:
    probabilities = estimator.token_probabilities(held[MALICIOUS], held[BENIGN], rows[MALICIOUS], rows[BENIGN])
    return np.asarray(estimator.message_scores(quiz, probabilities))
