"""What naive Bayes counts of words: the base's counts by class, and what units of rows add to them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags

from amlsec.data import MALICIOUS
from amlsec.impact.contract import CLASSES, Floats, Labelled, Question
from amlsec.impact.sparse_rows import canonical, cells, run, sums_between
from amlsec.impact.units import Positions, Units
from amlsec.impact.vocabulary import GivenWords, Vocabulary

SIGN = np.array([-1.0, 1.0])
"""Of a class's log-likelihood in the evidence that a row is malicious."""
ROUNDED = 3e-10
"""As much of a smoothed count may scikit-learn lose in rounding."""
_SMALLEST_ALPHA = 1e-10  # scikit-learn may raise a smaller one
_SMALLEST_ALPHA_OF_ROUNDED = 1e-3  # below it, what rounding leaves of a count taken back would show
_MOST_EXACT = 2.0**33  # to which sums of multiples of 2^-20 are exact
_EMPTY = 1e-9  # the share of a class's weight below which nothing is left of it


class Added(NamedTuple):
    """What k units add: one entry a word and class.

    Attributes
    ----------
    counts : added to each word (2k, words), CSR: the benign counts of the first unit, its malicious ones, the next unit's
    places : of each entry (nnz,) in a table (2, words) by class and word, unrolled
    """

    counts: csr_matrix
    places: Positions

    def by_word(self, values: Floats) -> csr_matrix:
        """Each entry's value (nnz,) at its word (k, words)."""
        counts = self.counts
        return csr_matrix((values, counts.indices, counts.indptr[::2]), shape=(counts.shape[0] // 2, counts.shape[1]))

    def of_entries(self, values: Floats) -> Floats:
        """The value (nnz,) that each entry's unit has for its class, of (k, 2)."""
        return np.repeat(values.ravel(), np.diff(self.counts.indptr))

    def signed(self, values: Floats) -> Floats:
        """Values (nnz,), those of benign counts negated."""
        signs = self.of_entries(np.tile(SIGN, (self.counts.shape[0] // 2, 1)))
        signs *= values
        return signs

    def by_class(self, values: Floats) -> Floats:
        """Sums (k, 2) of the entries' values (nnz,)."""
        return sums_between(values, self.counts.indptr).reshape(-1, 2)


class WordCounts:
    """The counts of a question's base by class, and of its offered rows.

    Attributes
    ----------
    base : weighted count of each word (2, words) by class
    rows : weight (2,) of the rows of each class
    quiz : CSR (m, words)
    vocabulary : the words that are known
    least_left : of each word (words,), the least smoothed count that a unit may leave to algebra
    """

    least_left: Floats | None = None

    def __init__(self, question: Question, vocabulary: Vocabulary) -> None:
        base, offered = question.base, question.offered
        self.quiz, X, plain = (canonical(rows.X) for rows in (question.quiz, base, offered))
        self.base = np.array([((base.y == c) * base.weights) @ X for c in CLASSES])
        self.rows = np.array([((base.y == c) * base.weights).sum() for c in CLASSES])
        self.vocabulary, self.known, self.removing = vocabulary, vocabulary.known, question.removing
        self.labels, self._offered = offered.y, _weighted(plain, offered)
        self._rows_offered = (offered.y[:, None] == np.arange(2)) * offered.weights[:, None]

    def added(self, units: Units) -> Added:
        """The counts that each unit adds."""
        counts = self._one_row_each(units) if units.alone else self._summed(units)
        places = np.repeat(np.tile([0, counts.shape[1]], len(units)), np.diff(counts.indptr))
        places += counts.indices
        return Added(counts, places)

    def rows_with(self, units: Units) -> tuple[Floats, NDArray[np.bool_]]:
        """The weight (k, 2) of each class with the unit; where nothing is left of a class, without, and True (k,)."""
        rows = self.rows + units.sums(self._rows_offered)
        emptied = np.asarray((rows <= _EMPTY * self.rows).any(axis=1))
        return np.where(emptied[:, None], self.rows, rows), emptied

    def gains(self, added: Added, alpha: Floats) -> Floats:
        """By how much the logarithm of each smoothed count (nnz,) grows."""
        before = self.base.ravel()[added.places]
        after, smooth = before + added.counts.data, at(alpha, added.counts.indices)
        return log_ratio(after, before, smooth)

    def smoothed_sums(self, added: Added, moved: csr_matrix, alpha: Floats) -> Floats:
        """The sums (k, 2) of all smoothed counts of a class; those of the base where no word is left.

        The smoothing is added last, as little may be left of what was counted.
        """
        counted = self.base.sum(axis=1) + added.by_class(added.counts.data)
        smooth = (alpha * self.known).sum() + alpha.min() * net(moved)
        sums = counted + smooth[:, None]
        return np.where(self.without_words(moved)[:, None], self.base_sums(alpha), sums)

    def base_sums(self, alpha: Floats) -> Floats:
        """The sum (2,) of all smoothed counts of a class."""
        return np.asarray(self.base.sum(axis=1) + (alpha * self.known).sum())

    def rounded(self, added: Added, alpha: Floats) -> NDArray[np.bool_]:
        """Whether a unit (k,) leaves less of a count than algebra may answer for."""
        if self.least_left is None:
            return np.zeros(added.counts.shape[0] // 2, dtype=bool)
        words = added.counts.indices
        left = self.base.ravel()[added.places] + added.counts.data + at(alpha, words)
        return np.asarray(added.by_class((left < self.least_left[words]).astype(float)).any(axis=1))

    def without_words(self, moved: csr_matrix) -> NDArray[np.bool_]:
        """Whether a unit (k,) takes the last word out of the vocabulary."""
        return np.asarray(self.known.sum() + net(moved) <= 0)

    @property
    def exact(self) -> bool:
        """Whether all weighted counts are multiples of 1/1024, and so few that their sums are not rounded."""
        fine = (1024 * values for values in (self._offered.data, self._rows_offered, self.base))
        return bool(self.totals.sum() < _MOST_EXACT) and all(bool((values == np.rint(values)).all()) for values in fine)

    @property
    def least_sure(self) -> Floats:
        """The smoothed count of each word (words,) of which rounding may take a share of `ROUNDED`."""
        return np.finfo(float).eps / ROUNDED * self.totals

    @property
    def enough(self) -> Floats:
        """A quick bound (words,) from above on `least_sure`."""
        greatest = max(self._offered.data.max(initial=0), -self._offered.data.min(initial=0))
        return np.asarray(np.finfo(float).eps / ROUNDED * (self.base.sum(axis=0) + greatest))

    @property
    def totals(self) -> Floats:
        """Of each word (words,) in both classes, with as much again as its greatest count in an offered row."""
        offered = abs(self._offered).max(axis=0).toarray()[0] if self._offered.shape[0] else 0.0
        return np.asarray(self.base.sum(axis=0) + offered)

    def _one_row_each(self, units: Units) -> csr_matrix:
        """The offered rows themselves, each in the place of its class."""
        X = run(self._offered, units.rows)
        starts = np.empty(2 * len(units) + 1, dtype=X.indptr.dtype)
        starts[::2] = X.indptr
        starts[1::2] = np.where(self.labels[units.rows] == MALICIOUS, X.indptr[:-1], X.indptr[1:])
        return csr_matrix((X.data, X.indices, starts), shape=(2 * len(units), X.shape[1]))

    def _summed(self, units: Units) -> csr_matrix:
        """Sums of the rows of each unit and class."""
        part = 2 * np.repeat(np.arange(len(units)), units.sizes) + self.labels[units.rows]
        starts = np.concatenate([[0], np.cumsum(np.bincount(part, minlength=2 * len(units)))])
        return Units(units.rows[np.argsort(part, kind="stable")], starts.astype(np.intp)).sums(self._offered)


def smoothing(estimator: Any, counts: WordCounts) -> Floats | None:
    """The smoothing () or (words,) that scikit-learn uses; None where algebra would not be exact."""
    alpha = np.asarray(estimator.alpha, dtype=np.float64)
    if not estimator.force_alpha:
        alpha = np.maximum(alpha, _SMALLEST_ALPHA)
    fits = alpha.ndim == 0 or (alpha.shape == counts.known.shape and isinstance(counts.vocabulary, GivenWords))
    least = _SMALLEST_ALPHA_OF_ROUNDED if counts.removing and not counts.exact else _SMALLEST_ALPHA
    usable = fits and alpha.min() >= least and counts.known.any() and (counts.rows > 0).all()
    return alpha if usable else None


def log_odds(estimator: Any, rows: Floats) -> Floats:
    """The log-odds (k,) of the prior, with rows (k, 2) of each class."""
    if estimator.class_prior is not None:
        return np.full(len(rows), float(np.diff(np.log(estimator.class_prior))[0]))
    odds: Floats = np.diff(np.log(rows))[:, 0] * bool(estimator.fit_prior)
    return odds


def has_odds(estimator: Any) -> bool:
    """Whether the estimator's prior is learnt, or two chances above 0."""
    prior = estimator.class_prior
    return prior is None or (np.shape(prior) == (2,) and bool(np.min(prior) > 0))


def are_counts(question: Question) -> bool:
    """Whether all rows are numbers of at least 0."""
    parts = (question.base.X, question.offered.X, question.quiz.X)
    return all(X.dtype != object and cells(X).min(initial=0) >= 0 for X in parts)


def log_ratio(after: Floats, before: Floats, smooth: Any) -> Floats:
    """log((after + smooth) / (before + smooth)), in the place of `after`, as fresh memory takes longer; changes `before`."""
    after += smooth
    before += smooth
    after /= before
    return np.log(after, out=after)


def at(alpha: Floats, words: Any) -> Floats:
    """The smoothing of these words."""
    return alpha if alpha.ndim == 0 else alpha[words]


def plus(words: csr_matrix, each: Floats, moved: csr_matrix) -> csr_matrix:
    """Changes of words, and of what joined or left the vocabulary: as much as each unit (k,) says."""
    return words + diags(each) @ moved if moved.nnz else words


def net(moved: csr_matrix) -> Floats:
    """By how many words (k,) the vocabulary grew."""
    return np.asarray(moved @ np.ones(moved.shape[1]))


def _weighted(X: csr_matrix, rows: Labelled) -> csr_matrix:
    return X if rows.weight is None else csr_matrix(diags(rows.weight) @ X)
