"""Multinomial naive Bayes by algebra: added rows only add to counts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.naive_bayes import MultinomialNB

from amlsec.data import BENIGN, MALICIOUS
from amlsec.impact.contract import Floats, Model, Question, family
from amlsec.impact.linear import LinearModel, sparse_reach
from amlsec.impact.units import Units


@family.register
def _multinomial(estimator: MultinomialNB, question: Question) -> Model | None:
    """Exact for one smoothing for all words, of at least 1e-10 (scikit-learn may raise a smaller one)."""
    plain = np.ndim(estimator.alpha) == 0 and estimator.alpha >= 1e-10
    return Multinomial(estimator, question) if plain else None


class Multinomial(LinearModel):
    """Multinomial naive Bayes.

    With counts A = N + alpha of each word and class, T their sum, a unit of counts x in class c adds
    `sum_j v_j log((A_cj + x_j) / A_cj) - |v| log((T_c + |x|) / T_c)` to the class's log-likelihood of quiz row v. The
    parameters are one a word, one for |v|, and the prior.

    `known` (words,) are those of the base's vocabulary, where it grows with the training set: the others count from
    the unit that brings them, and widen T by alpha each.
    """

    def __init__(self, estimator: MultinomialNB, question: Question, known: NDArray[np.bool_] | None = None) -> None:
        X, y, weight = csr_matrix(question.base.X, dtype=np.float64), question.base.y, question.base.weights
        self.estimator, self.alpha = estimator, float(estimator.alpha)
        self.offered = question.offered._replace(X=csr_matrix(question.offered.X, dtype=np.float64))
        self.counts = np.array([((y == c) * weight) @ X for c in (BENIGN, MALICIOUS)])
        self.rows = np.array([((y == c) * weight).sum() for c in (BENIGN, MALICIOUS)])
        self.known = np.ones(X.shape[1], dtype=bool) if known is None else known
        quiz = csr_matrix(question.quiz.X, dtype=np.float64)
        length = quiz @ self.known.astype(float)
        self.before_mass, self.before_odds = self._log_masses(np.zeros((1, 2)), 0), self._log_odds(self.rows[None])
        log_counts = np.log(self.counts + self.alpha)
        before = quiz @ (log_counts[1] - log_counts[0]) - length * self.before_mass + self.before_odds
        features = hstack([quiz, csr_matrix(length[:, None]), csr_matrix(np.ones((len(length), 1)))], format="csr")
        super().__init__(before, question.quiz.y, features, np.ones(len(length)))
        self.largest = abs(features).max(axis=0).toarray().ravel()

    def changes(self, units: Units) -> Any:
        of = [units.sums(self.offered.X, self.offered.weights * (self.offered.y == c)).tocsr() for c in (BENIGN, MALICIOUS)]
        added = np.column_stack([np.asarray(unit.sum(axis=1)).ravel() for unit in of])
        new = _only(of[0] + of[1], ~self.known)
        mass = self._log_masses(added, np.diff(new.indptr))
        odds = self._log_odds(self.rows + units.counts(self.offered.y, self.offered.weights))
        gained = [_logs(unit, counts + self.alpha) for unit, counts in zip(of, self.counts, strict=True)]
        new.data = -np.repeat(mass, np.diff(new.indptr))
        shared = np.column_stack([self.before_mass - mass, odds - self.before_odds])
        return hstack([gained[1] - gained[0] + new, csr_matrix(shared)], format="csr")

    def reach(self, changes: Any) -> Floats:
        return sparse_reach(changes, self.largest)

    def _log_masses(self, added: Any, new_words: Any) -> Floats:
        """Log of the smoothed total of the malicious counts over that of the benign ones (k,)."""
        words = self.known.sum() + np.broadcast_to(new_words, len(added))
        masses: Floats = np.diff(np.log(self.counts.sum(axis=1) + added + self.alpha * words[:, None]))[:, 0]
        return masses

    def _log_odds(self, rows: Floats) -> Floats:
        """The prior's log-odds (k,) with these rows (k, 2) of each class."""
        given = self.estimator.class_prior
        if given is not None:
            return np.full(len(rows), float(np.diff(np.log(given))[0]))
        odds: Floats = np.diff(np.log(rows))[:, 0] * bool(self.estimator.fit_prior)
        return odds


def _logs(unit: Any, counts: Floats) -> Any:
    """log((counts + unit) / counts), where the unit has any."""
    unit.data = np.log1p(unit.data / counts[unit.indices])
    return unit


def _only(matrix: Any, columns: NDArray[np.bool_]) -> Any:
    """The matrix with the other columns' entries left out."""
    kept = matrix.tocsr(copy=True)
    kept.data = kept.data * columns[kept.indices]
    kept.eliminate_zeros()
    return kept
