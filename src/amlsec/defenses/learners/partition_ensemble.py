"""Deep Partition Aggregation: models trained on parts of the rows vote, and prove how much poison the vote bears."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from amlsec.catalogue import learner
from amlsec.defenses.learners.parts import contents, dealt, digests, labelled_rows, members
from amlsec.defenses.learners.voters import Voting, borne, trained
from amlsec.threat import Influence, ThreatModel, Violation


@learner(
    threats=(
        ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY),
        ThreatModel(Influence.CAUSATIVE, Violation.AVAILABILITY),
    ),
    references=("levine2021deep",),
)
class PartitionEnsemble(Voting):
    """Let models vote that were each trained on their own part of the rows (Levine and Feizi 2021).

    A keyed hash of a row's content, whatever its label, decides its part, so one row added or removed changes one vote.
    `certify` turns that into a proof. It holds for any poison, also of an attacker who knows the key; a secret key
    denies him the choice of the parts he hits, where fewer rows than the bound allows might do.

    `X` is texts (n,), a table (n, d), or a sparse matrix (n, d); the base estimator gets its rows in that form. To
    compute features once and not in every part, put a transformer before the ensemble that maps each row by itself,
    as HashingVectorizer does. One that learns from all rows (a TfidfVectorizer, a scaler) would void the proof.

    Parameters
    ----------
    estimator : classifier of every part. None: word counts in 65,536 hashed columns and MultinomialNB for texts,
        MultinomialNB for sparse matrices, a decision tree for tables
    partitions : number of parts, at least 1. More bear more poison and know less each
    key : 1 to 64 bytes that key the hash

    Attributes
    ----------
    classes_ : labels seen, in ascending order; of equally voted ones the smaller wins
    estimators_ : the fitted models; a part with one class votes for it, a part without rows has no model and abstains

    Raises InvalidInput where `partitions` or `key` is out of range, or `y` does not match `X`.

    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat([0, 1], 100)
    >>> X = rng.normal(4.0 * y[:, None], 1.0, (200, 2))
    >>> ensemble = PartitionEnsemble(partitions=15).fit(X, y)
    >>> ensemble.predict(np.array([[0.0, 0.0], [4.0, 4.0]])), ensemble.certify(np.array([[0.0, 0.0], [4.0, 4.0]]))
    (array([0, 1]), array([6, 7]))
    """

    def __init__(self, estimator: Any = None, *, partitions: int = 50, key: bytes = b"amlsec") -> None:
        self.estimator = estimator
        self.partitions = partitions
        self.key = key

    def fit(self, X: Any, y: NDArray[Any], /) -> Self:
        """Train one model on each part; the order of the rows makes no difference."""
        rows, labels = labelled_rows(X, y)
        hashes = digests(contents(rows), self.key)
        sets = members(dealt(hashes, self.partitions), np.lexsort((labels, hashes)))
        self._keep(trained(self.estimator, rows, labels, sets))
        return self

    def certify(self, X: Any) -> NDArray[np.int64]:
        """How many training rows may be added or removed, in sum, with no effect on each prediction (n,).

        floor((n_c - max over c' != c of (n_c' + [c' < c])) / 2), with n_c votes for the winner c (as in the
        paper). 0: no proof for even one row; it is never negative, and says nothing of whether the prediction is right.
        Rows edited or relabelled count twice, once as removed and once as added. Rows added may have labels that
        were never seen.
        """
        return borne(self.votes(X))
