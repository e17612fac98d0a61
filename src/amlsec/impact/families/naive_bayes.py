"""Naive Bayes by algebra: added rows only add to counts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.naive_bayes import MultinomialNB

from amlsec.data import BENIGN, MALICIOUS
from amlsec.impact.contract import Answer, Family, Question, certain, family

_UNITS = 256  # a block: 256 units x 500 quiz rows are 1 MB


@family.register
def _multinomial(estimator: MultinomialNB) -> Family | None:
    """Exact for one smoothing for all words, of at least 1e-10 (scikit-learn may raise a smaller one)."""
    plain = np.ndim(estimator.alpha) == 0 and estimator.alpha >= 1e-10
    return multinomial if plain and type(estimator) is MultinomialNB else None


def multinomial(estimator: MultinomialNB, question: Question, known: NDArray[np.bool_] | None = None) -> Iterator[Answer]:
    """Answers of multinomial naive Bayes.

    With counts A = N + alpha of each word and class, T their sum, a unit of counts x in class c adds
    `sum_j v_j log((A_cj + x_j) / A_cj) - |v| log((T_c + |x|) / T_c)` to the class's log-likelihood of quiz row v.

    `known` (words,) are those of the base's vocabulary, where it grows with the training set: the others count from
    the unit that brings them, and widen T by alpha each.
    """
    state = _State(estimator, question, known)
    return (certain(state.evidence(block)) for block in question.blocks(_UNITS))


class _State:
    """The base's counts, and the quiz."""

    def __init__(self, estimator: MultinomialNB, question: Question, known: NDArray[np.bool_] | None) -> None:
        X, y = csr_matrix(question.base.X, dtype=np.float64), question.base.y
        self.estimator, self.alpha = estimator, float(estimator.alpha)
        self.offered = csr_matrix(question.offered.X, dtype=np.float64)
        self.quiz = csr_matrix(question.quiz, dtype=np.float64)
        self.counts = np.array([(y == c).astype(float) @ X for c in (BENIGN, MALICIOUS)])
        self.rows = np.array([(y == c).sum() for c in (BENIGN, MALICIOUS)], dtype=float)
        self.known = np.ones(X.shape[1], dtype=bool) if known is None else known
        log_counts = np.log(self.counts + self.alpha)
        self.base = self.quiz @ (log_counts[1] - log_counts[0])
        self.length = self.quiz @ self.known.astype(float)

    def evidence(self, block: Question) -> NDArray[np.float64]:
        """Log-odds (k, m) of the quiz rows after each unit."""
        units = [block.totals(c) @ self.offered for c in (BENIGN, MALICIOUS)]
        gained = self._gain(units[1], 1) - self._gain(units[0], 0)
        new = _only(units[0] + units[1], ~self.known)
        words = self.known.sum() + np.diff(new.indptr)
        length = self.length + (new.sign() @ self.quiz.T).toarray()
        added = np.column_stack([np.asarray(unit.sum(axis=1)).ravel() for unit in units])
        mass = np.log(self.counts.sum(axis=1) + added + self.alpha * words[:, None])
        prior = self._log_odds(self.rows + block.added())
        odds: NDArray[np.float64] = self.base + gained - length * np.diff(mass) + prior[:, None]
        return odds

    def _gain(self, unit: Any, c: int) -> NDArray[np.float64]:
        """What each unit adds to the log-likelihoods (k, m) of class c, but for the words' total."""
        unit = unit.tocsr(copy=True)
        unit.data = np.log1p(unit.data / (self.counts[c] + self.alpha)[unit.indices])
        return np.asarray((unit @ self.quiz.T).toarray())

    def _log_odds(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """The prior's log-odds (k,) with these rows (k, 2) of each class."""
        given = self.estimator.class_prior
        if given is not None:
            return np.full(len(rows), float(np.diff(np.log(given))[0]))
        odds: NDArray[np.float64] = np.diff(np.log(rows))[:, 0] * bool(self.estimator.fit_prior)
        return odds


def _only(matrix: Any, columns: NDArray[np.bool_]) -> Any:
    """The matrix with the other columns' entries left out."""
    kept = matrix.tocsr(copy=True)
    kept.data = kept.data * columns[kept.indices]
    kept.eliminate_zeros()
    return kept
