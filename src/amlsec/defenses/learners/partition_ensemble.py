"""Deep Partition Aggregation: models trained on parts of the rows vote, and prove how much poison the vote bears."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, issparse
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.validation import check_is_fitted

from amlsec.catalogue import learner
from amlsec.data import Batch
from amlsec.errors import InvalidInput
from amlsec.threat import Influence, ThreatModel, Violation

_COLUMNS = 2**16  # of the default for texts: 50 parts keep 100 MB of word weights
_SMOOTHING = 1e-3  # over that many columns weighs as much as one mail; 1 would drown a part's few rows


@learner(
    threats=(
        ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY),
        ThreatModel(Influence.CAUSATIVE, Violation.AVAILABILITY),
    ),
    references=("levine2021deep",),
)
class PartitionEnsemble(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
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
        rows, labels = self._checked(X, y)
        digests = np.array([blake2b(row, key=self.key, digest_size=16).digest().hex() for row in _contents(rows)])
        part = np.array([int(digest, 16) % self.partitions for digest in digests])
        order = np.lexsort((labels, digests, part))
        indices, starts = np.unique(part[order], return_index=True)
        self.classes_ = np.unique(labels)
        self.encoder_, base = self._base(rows)
        encoded = self._encoded(rows)
        members = zip(indices.tolist(), np.split(order, starts[1:]), strict=True)
        self.estimators_ = [_fitted(base, index, encoded[own], labels[own]) for index, own in members]
        return self

    def votes(self, X: Any) -> NDArray[np.int64]:
        """How many models vote for each class (n, classes)."""
        check_is_fitted(self)
        encoded = self._encoded(_rows(X))
        count = np.zeros((encoded.shape[0], len(self.classes_)), dtype=np.int64)
        for model in self.estimators_ if len(count) else ():
            count[np.arange(len(count)), np.searchsorted(self.classes_, model.predict(encoded))] += 1
        return count

    def predict(self, X: Any, /) -> NDArray[Any]:
        """The class with most votes (n,)."""
        labels: NDArray[Any] = self.classes_[self.votes(X).argmax(axis=1)]
        return labels

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """The share of the votes for each class (n, classes)."""
        shares: NDArray[np.float64] = self.votes(X) / len(self.estimators_)
        return shares

    def certify(self, X: Any) -> NDArray[np.int64]:
        """How many training rows may be added or removed, in sum, with no effect on each prediction (n,).

        floor((n_c - max over c' != c of (n_c' + [c' < c])) / 2), with n_c votes for the winner c (as in the
        paper). 0: no proof for even one row; it is never negative, and says nothing of whether the prediction is right.
        Rows edited or relabelled count twice, once as removed and once as added. After a fit on one class the bound is
        that against any other class.
        """
        votes = self.votes(X)
        winner = votes.argmax(axis=1)[:, None]
        index = np.arange(len(self.classes_))
        rivals = np.where(index == winner, -1, votes + (index < winner))
        best = rivals.max(axis=1) if len(index) > 1 else 1
        bound: NDArray[np.int64] = (votes.max(axis=1) - best) // 2
        return bound

    def _checked(self, X: Any, y: Any) -> tuple[Any, NDArray[Any]]:
        if self.partitions < 1:
            raise InvalidInput("partitions", self.partitions, "must be at least 1")
        if not 1 <= len(self.key) <= 64:
            raise InvalidInput("key", f"{len(self.key)} bytes", "must have 1 to 64 bytes")
        rows, labels = _rows(X), np.asarray(y)
        if labels.shape != (rows.shape[0],) or not len(labels):
            raise InvalidInput("y", f"of shape {labels.shape}", f"must have one label for each of {rows.shape[0]} > 0 rows")
        return rows, labels

    def _base(self, rows: Any) -> tuple[Any, Any]:
        """What is done to each row first, and the classifier of a part."""
        if self.estimator is not None:
            return None, self.estimator
        if issparse(rows):
            return None, MultinomialNB()
        if rows.dtype == object:
            return HashingVectorizer(n_features=_COLUMNS, alternate_sign=False, norm=None), MultinomialNB(alpha=_SMOOTHING)
        return None, DecisionTreeClassifier()

    def _encoded(self, rows: Any) -> Any:
        return rows if self.encoder_ is None else self.encoder_.transform(rows)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = tags.input_tags.sparse = True
        return tags


def _rows(X: Any) -> Any:
    """Rows in one form each: canonical CSR, texts as objects, tables as floats."""
    if issparse(X):
        rows = csr_matrix(X, dtype=np.float64, copy=True)
        rows.sum_duplicates()
        rows.eliminate_zeros()
        return rows
    table = np.asarray(X)
    return table.astype(object if table.ndim == 1 else np.float64)


def _contents(rows: Any) -> Iterator[bytes]:
    """What the hash of each row reads."""
    if not issparse(rows):
        yield from Batch(rows, np.zeros(len(rows), dtype=np.int64)).content()
        return
    for start, stop in zip(rows.indptr[:-1], rows.indptr[1:], strict=True):
        yield rows.indices[start:stop].astype(np.int64).tobytes() + rows.data[start:stop].tobytes()


def _fitted(base: Any, index: int, X: Any, y: NDArray[Any]) -> Any:
    """The model of one part; its seed is the part's index, so that it depends on nothing but its own rows."""
    if (y == y[0]).all():
        return DummyClassifier(strategy="most_frequent").fit(X, y)
    model = clone(base)
    seeds = {name: index for name in model.get_params() if name.rpartition("__")[2] == "random_state"}
    return model.set_params(**seeds).fit(X, y)
