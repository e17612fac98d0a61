"""What added messages do to SpamBayes: one more message moves every token's share, so the quiz is scored again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from amlsec.data import BENIGN, MALICIOUS
from amlsec.defenses.learners.spambayes_tokens import presence
from amlsec.impact.contract import Answer, Question

_UNITS = 64


def rescored(estimator: Any, question: Question) -> Iterator[Answer]:
    """Answers of SpamBayes, by its own arithmetic over the tokens of the quiz alone: equal to training, to the bit."""
    quiz, base, offered = _matrices(estimator, question)
    held = np.array([(question.base.y == c).astype(float) @ base for c in (BENIGN, MALICIOUS)])
    sizes = np.array([(question.base.y == c).sum() for c in (BENIGN, MALICIOUS)])
    for block in question.blocks(_UNITS):
        added = [(block.totals(c) @ offered).tocsr() for c in (BENIGN, MALICIOUS)]
        rows = sizes + block.added()
        scores = np.array([_scores(estimator, quiz, _raised(held, added, k), rows[k]) for k in range(len(rows))])
        yield _answer(scores - estimator.threshold)


def _matrices(estimator: Any, question: Question) -> tuple[Any, Any, Any]:
    """Quiz, base and offered rows over one vocabulary, the quiz's."""
    parts = question.quiz, question.base.X, question.offered.X
    if issparse(question.quiz):
        return parts[0].tocsr().sign(), parts[1].tocsr().sign(), parts[2].tocsr().sign()
    quiz, vocabulary = presence(question.quiz, estimator.tokenizer)
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


def _answer(evidence: NDArray[np.float64]) -> Answer:
    return Answer(evidence > 0, evidence, np.zeros(len(evidence), dtype=bool))
