"""The SpamBayes filter: a learner of spam from raw texts that says ham, unsure or spam."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from amlsec.catalogue import learner
from amlsec.data import BENIGN, MALICIOUS, Rows
from amlsec.defenses.learners.spambayes_impact import Rescored, Shifted
from amlsec.defenses.learners.spambayes_scoring import message_scores, token_probabilities
from amlsec.defenses.learners.spambayes_tokens import Tokenizer, binary, presence, words
from amlsec.errors import InvalidInput
from amlsec.impact.contract import Model, Question, family
from amlsec.impact.dense import are_unweighted
from amlsec.threat import Influence, Specificity, ThreatModel, Violation

HAM, UNSURE, SPAM = 0, 1, 2


@learner(
    threats=(ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY, Specificity.INDISCRIMINATE),),
    references=("robinson2003statistical", "nelson2008exploiting"),
    spaces=("text",),
)
class SpamBayes(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Spam filter that combines the most telling tokens by Fisher's method (Robinson 2003, as in SpamBayes 1.1).

    A token counts once a message. `f(w)` is its smoothed share of spam; the `max_discriminators` tokens farthest from
    1/2 give two chi-squared tests, and the score `(S - H + 1) / 2` in [0, 1]. It answers spam sent as it is; it is itself
    the victim of the dictionary and focused attacks of Nelson et al. (2008), and withstands no poison.

    `X` is texts (n,), or a sparse matrix (n, tokens) whose non-zeros say which message holds which token (`presence`).
    The labels of `fit` are 0 and 1; InvalidInput otherwise.

    Parameters
    ----------
    ham_cutoff, spam_cutoff : `verdicts` says ham below the one (stock 0.20; 0.15 in the papers), spam above the other
    threshold : `predict` says 1 above this score. 0.5 leaves no unsure band; at `ham_cutoff` whatever is not ham is
        stopped, which is what the papers count as "ham not classified as ham"
    tokenizer : text -> tokens
    unknown_word_strength, unknown_word_prob : weight (>= 0) and value (in (0, 1)) of the prior of f(w)
    minimum_prob_strength : tokens nearer than this to 1/2 are left out
    max_discriminators : how many tokens decide

    Attributes
    ----------
    vocabulary_ : column of each token; None after a fit on a matrix
    n_spam_, n_ham_ : messages seen
    spam_counts_, ham_counts_ : messages (tokens,) that hold each token
    probabilities_ : f(w) of each token

    >>> filter = SpamBayes().fit(["cheap meds now", "cheap pills now", "agenda for monday", "monday lunch"], [1, 1, 0, 0])
    >>> filter.predict(["cheap meds", "lunch on monday"])
    array([1, 0])
    >>> filter.score_texts(["cheap meds", "hello"]).round(3)
    array([0.948, 0.5  ])
    """

    def __init__(
        self,
        *,
        ham_cutoff: float = 0.15,
        spam_cutoff: float = 0.9,
        threshold: float = 0.5,
        tokenizer: Tokenizer = words,
        unknown_word_strength: float = 0.45,
        unknown_word_prob: float = 0.5,
        minimum_prob_strength: float = 0.1,
        max_discriminators: int = 150,
    ) -> None:
        self.ham_cutoff = ham_cutoff
        self.spam_cutoff = spam_cutoff
        self.threshold = threshold
        self.tokenizer = tokenizer
        self.unknown_word_strength = unknown_word_strength
        self.unknown_word_prob = unknown_word_prob
        self.minimum_prob_strength = minimum_prob_strength
        self.max_discriminators = max_discriminators

    def fit(self, X: Rows, y: NDArray[np.int64], /) -> Self:
        """Learn from these messages alone."""
        self.classes_ = np.array([BENIGN, MALICIOUS])
        self.vocabulary_: dict[str, int] | None = None if issparse(X) else {}
        self.n_spam_ = self.n_ham_ = 0
        self.spam_counts_ = self.ham_counts_ = np.zeros(X.shape[1] if issparse(X) else 0)
        return self.partial_fit(X, y)

    def partial_fit(self, X: Rows, y: NDArray[np.int64], /, classes: Any = None) -> Self:
        """Learn from these messages too."""
        if not hasattr(self, "classes_"):
            return self.fit(X, y)
        spam = _checked(X, y) == MALICIOUS
        matrix = self._grown(X)
        self.n_spam_, self.n_ham_ = self.n_spam_ + int(spam.sum()), self.n_ham_ + int((~spam).sum())
        self.spam_counts_ = _padded(self.spam_counts_, matrix.shape[1]) + spam.astype(float) @ matrix
        self.ham_counts_ = _padded(self.ham_counts_, matrix.shape[1]) + (~spam).astype(float) @ matrix
        self.probabilities_ = self.token_probabilities(self.spam_counts_, self.ham_counts_, self.n_spam_, self.n_ham_)
        return self

    def token_probabilities(
        self, spam_counts: NDArray[np.float64], ham_counts: NDArray[np.float64], n_spam: int, n_ham: int
    ) -> NDArray[np.float64]:
        """f(w) of each token, under this filter's prior."""
        prior = self.unknown_word_strength, self.unknown_word_prob
        return token_probabilities(spam_counts, ham_counts, (n_spam, n_ham), prior)

    def message_scores(self, matrix: Any, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
        """The score of each message of a presence matrix whose tokens have these probabilities."""
        return message_scores(matrix, probabilities, self.minimum_prob_strength, self.max_discriminators)

    def score_texts(self, X: Rows) -> NDArray[np.float64]:
        """The spam score (n,) of each message, in [0, 1]; 0.5 where no token tells anything."""
        check_is_fitted(self)
        if issparse(X):
            return self.message_scores(binary(X), self.probabilities_)
        matrix, columns = presence(X, self.tokenizer, self._known(), grow=True)
        unheard = np.full(len(columns) - len(self.probabilities_), np.round(self.unknown_word_prob, 14))
        return self.message_scores(matrix, np.concatenate([self.probabilities_, unheard]))

    def verdicts(self, X: Rows) -> NDArray[np.int64]:
        """0 ham, 1 unsure, 2 spam (n,)."""
        scores = self.score_texts(X)
        return np.where(scores < self.ham_cutoff, HAM, np.where(scores > self.spam_cutoff, SPAM, UNSURE))

    def predict_proba(self, X: Rows) -> NDArray[np.float64]:
        """1 - score and score (n, 2); the score orders messages, it is no calibrated probability."""
        scores = self.score_texts(X)
        return np.column_stack([1 - scores, scores])

    def decision_function(self, X: Rows) -> NDArray[np.float64]:
        """How far the score lies above `threshold` (n,)."""
        return self.score_texts(X) - self.threshold

    def predict(self, X: Rows, /) -> NDArray[np.int64]:
        """1 where the score is above `threshold`, else 0 (n,)."""
        return (self.decision_function(X) > 0).astype(np.int64)

    def _grown(self, X: Rows) -> Any:
        if issparse(X):
            return binary(X)
        matrix, self.vocabulary_ = presence(X, self.tokenizer, self._known(), grow=True)
        return matrix

    def _known(self) -> dict[str, int]:
        if self.vocabulary_ is None:
            raise InvalidInput("X", "texts", "this filter was fitted on a matrix of tokens, and knows no words")
        return self.vocabulary_

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.two_d_array, tags.input_tags.sparse = True, False, True
        tags.classifier_tags.multi_class = False
        return tags


@family.register
def _family(estimator: SpamBayes, question: Question) -> Model | None:
    """Exact for texts and matrices: single messages by sums over shared tokens, groups by scoring the quiz again."""
    if not are_unweighted(question):
        return None
    return (Shifted if estimator.max_discriminators > 0 else Rescored)(estimator, question)


def _padded(counts: NDArray[np.float64], tokens: int) -> NDArray[np.float64]:
    return np.pad(counts, (0, tokens - len(counts)))


def _checked(X: Rows, y: NDArray[np.int64]) -> NDArray[Any]:
    labels = np.asarray(y)
    rows = X.shape[0] if issparse(X) else len(X)
    if labels.shape != (rows,):
        raise InvalidInput("y", f"of shape {labels.shape}", f"must have one label for each of {rows} messages")
    if not np.isin(labels, (BENIGN, MALICIOUS)).all():
        raise InvalidInput("y", np.unique(labels), "labels must be 0 (ham) or 1 (spam)")
    return labels
