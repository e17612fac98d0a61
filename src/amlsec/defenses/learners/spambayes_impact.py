"""What added messages do to SpamBayes: by sums over the tokens they share with the quiz, or the quiz is scored again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from amlsec.data import BENIGN, MALICIOUS
from amlsec.defenses.learners.spambayes_shift import CLEAR, Shift, with_message
from amlsec.defenses.learners.spambayes_tail import Tail
from amlsec.defenses.learners.spambayes_tokens import binary, presence
from amlsec.impact.contract import CLASSES, Answer, Floats, Model, Question, Tally, tallied
from amlsec.impact.units import Positions, Units

_ROOM = 1 << 19  # scores in memory at a time


class Rescored(Model):
    """Answers of SpamBayes, by its own arithmetic over the tokens of the quiz alone: equal to training, to the bit."""

    block = 64
    trains_ties = False

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
        evidence = np.array(scores).reshape(len(units), len(self.before)) - self.estimator.threshold
        return Answer(evidence > 0, evidence, *_settled(len(units)))


class Shifted(Rescored):
    """Single messages, added or left out: all of a class move the filter alike, but for the tokens they hold.

    Both filters, with and without those tokens, are tables of one number a token; a message then changes the two sums of
    a quiz row by a sparse product, and the score by a series about the row. Groups of messages are scored again, and
    messages that bring a quiz row within 1e-9 of the threshold.
    """

    def __init__(self, estimator: Any, question: Question) -> None:
        super().__init__(estimator, question)
        parts = [(c, -1 if question.removing else 1) for c in CLASSES]
        telling = np.flatnonzero(np.any([self._telling(*part) for part in parts], axis=0))
        quiz, held, self.added = self.tokens[:, telling], self.held[:, telling], self.offered[:, telling]
        quiz.sum_duplicates()
        self.added.sum_duplicates()
        self.filters = [Shift(estimator, quiz, held, self.rows, *part) for part in parts]
        self.block = min(max(_ROOM // quiz.shape[0], 64), 2048)
        self.tail = Tail(max(1, min(estimator.max_discriminators, int(np.diff(quiz.indptr).max()))))

    def after(self, units: Units) -> Answer:
        shape = len(units), len(self.before)
        found = Answer(np.zeros(shape, dtype=bool), np.zeros(shape), *_settled(len(units)))
        for members, part in self._parts(units):
            found.verdicts[members], found.evidence[members] = part.verdicts, part.evidence
        return found

    def tally(self, units: Units) -> Tally:
        counts, margin = np.zeros((2, len(units), 2), dtype=np.int64), np.zeros((len(units), 2))
        found = Tally(counts[0], counts[1], margin, *_settled(len(units)))
        for members, part in self._parts(units):
            for column, values in zip(found, tallied(self.judged, self.before, part, self.quiz), strict=True):
                column[members] = values
        return found

    def _parts(self, units: Units) -> Iterator[tuple[Positions, Answer]]:
        """Which units, and their answers: single messages by class, then groups, and again what came near to a tie."""
        alone, again = np.flatnonzero(units.sizes == 1), units.sizes != 1
        rows = units.rows[units.starts[alone]]
        for c, filter in zip(CLASSES, self.filters, strict=True):
            mine = np.flatnonzero(self.labels.y[rows] == c)
            evidence, near = filter.evidence(self.added[rows[mine]], self.tail)
            again[alone[mine]] = near.any(axis=1)
            yield alone[mine], Answer(evidence > 0, evidence, *_settled(len(mine)))
        rest = np.flatnonzero(again)
        yield rest, super().after(units.take(rest))

    def _telling(self, label: int, step: int) -> NDArray[np.bool_]:
        """Which tokens can be strong, or as far from 1/2, once a message has joined a class, or left it."""
        parts = with_message(self.estimator, self.held, self.rows, label, step)
        return np.asarray(np.maximum(*(part.far for part in parts)) >= self.estimator.minimum_prob_strength - CLEAR)


def _settled(k: int) -> tuple[NDArray[np.bool_], Floats]:
    return np.zeros(k, dtype=bool), np.zeros(k)


def _matrices(estimator: Any, question: Question) -> tuple[Any, Any, Any]:
    """Quiz, base and offered rows over one vocabulary, the quiz's."""
    parts = question.quiz.X, question.base.X, question.offered.X
    if issparse(parts[0]):
        return binary(parts[0]), binary(parts[1]), binary(parts[2])
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
