"""Finite Aggregation: every part of the rows reaches several models, so that poison in one part spends its strength."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from amlsec.catalogue import learner
from amlsec.defenses.learners.parts import contents, dealt, digests, labelled_rows, members
from amlsec.defenses.learners.voters import ABSTAINS, Voting, trained
from amlsec.errors import InvalidInput
from amlsec.threat import Influence, ThreatModel, Violation


@learner(
    threats=(
        ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY),
        ThreatModel(Influence.CAUSATIVE, Violation.AVAILABILITY),
    ),
    references=("wang2022improved",),
)
class FiniteAggregation(Voting):
    """Let models vote that were each trained on several small parts of the rows (Wang, Levine and Feizi 2022).

    The rows are dealt into `spread * partitions` parts by a keyed hash, and each part reaches `spread` of as many models.
    A model sees as many rows as one of the partition ensemble's, a 1/`partitions` of all, and one row again changes the
    share 1/`partitions` of the votes; but the models a row reaches are known, and seldom all vote for the winner, so the
    proof is never weaker for equal shares of the votes, and mostly stronger. The price: `spread` times as many models to
    train, and on clean rows what the partition ensemble pays, as no model sees more rows than there.

    `X` is texts (n,), a table (n, d), or a sparse matrix (n, d). See PartitionEnsemble for what may stand before it.

    Parameters
    ----------
    estimator : classifier of every model; None: as in PartitionEnsemble
    partitions : a model sees a 1/`partitions` of the rows; at least 1
    spread : how many models a row reaches, at least 1; 1 is the partition ensemble
    key : 1 to 64 bytes that key the hash

    Attributes
    ----------
    classes_ : labels seen, in ascending order; of equally voted ones the smaller wins
    estimators_ : the fitted models; one without rows does not exist and abstains
    reached_ : the numbers of the models that each part reaches (parts, spread)

    Raises InvalidInput where a setting is out of range, or `y` does not match `X`.

    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat([0, 1], 100)
    >>> X = rng.normal(4.0 * y[:, None], 1.0, (200, 2))
    >>> ensemble = FiniteAggregation(partitions=15, spread=3).fit(X, y)
    >>> ensemble.predict(np.array([[0.0, 0.0], [2.2, 2.2]])), ensemble.certify(np.array([[0.0, 0.0], [2.2, 2.2]]))
    (array([0, 1]), array([7, 2]))
    """

    def __init__(self, estimator: Any = None, *, partitions: int = 50, spread: int = 4, key: bytes = b"amlsec") -> None:
        self.estimator = estimator
        self.partitions = partitions
        self.spread = spread
        self.key = key

    def fit(self, X: Any, y: NDArray[Any], /) -> Self:
        """Train one model on each set of parts; the order of the rows makes no difference."""
        if self.spread < 1:
            raise InvalidInput("spread", self.spread, "must be at least 1")
        rows, labels = labelled_rows(X, y)
        hashes = digests(contents(rows), self.key)
        parts = members(dealt(hashes, self.partitions * self.spread), np.lexsort((labels, hashes)))
        self.reached_ = _reached(self.partitions, self.spread, self.key)
        self._keep(trained(self.estimator, rows, labels, _unions(parts, self.reached_)))
        return self

    def certify(self, X: Any) -> NDArray[np.int64]:
        """How many training rows may be added or removed, in sum, with no effect on each prediction (n,).

        A changed part takes from the winner's lead over a rival, at most, 2 for each model it reaches that votes for the
        winner, 1 for each that votes for neither or has no rows, 0 for each of the rival's. The bound is the largest
        number of parts that cannot take more than the lead, by the parts that take most, as in the paper; ties go to the
        smaller class. 0: no proof for even one row. It says nothing of whether the prediction is right. Rows edited or
        relabelled count twice. Rows added may have labels that were never seen.
        """
        check_is_fitted(self)
        choices = self.voters_.choices(X, len(self.reached_))
        winner = np.array([(choices == label).sum(axis=1) for label in range(len(self.classes_))]).argmax(axis=0)
        rivals = (ABSTAINS, *range(len(self.classes_)))
        return np.asarray(np.min([self._against(rival, choices, winner) for rival in rivals], axis=0))

    def _against(self, rival: int, choices: NDArray[np.int64], winner: NDArray[np.intp]) -> NDArray[np.int64]:
        """How many parts cannot let this rival win (n,), ABSTAINS being a label never seen; all where it is the winner."""
        mine = (choices == winner[:, None]).astype(np.int64)
        theirs = (choices == rival) & (rival != ABSTAINS)
        lead = (mine - theirs).sum(axis=1) - (rival < winner)
        taken = (1 + mine - theirs)[:, self.reached_].sum(axis=2)
        worst = np.cumsum(-np.sort(-taken, axis=1), axis=1)
        bound = (worst <= lead[:, None]).sum(axis=1)
        return np.where(winner == rival, len(self.reached_), bound)


def _reached(partitions: int, spread: int, key: bytes) -> NDArray[np.int64]:
    """Which models each part reaches (parts, spread): those at fixed distances behind it, drawn by the key."""
    parts = partitions * spread
    seed = int.from_bytes(blake2b(b"spread", key=key, digest_size=16).digest(), "big")
    distances = np.random.default_rng(seed).choice(parts, spread, replace=False)
    return (np.arange(parts)[:, None] + distances) % parts


def _unions(parts: dict[int, NDArray[np.intp]], reached: NDArray[np.int64]) -> dict[int, NDArray[np.intp]]:
    """The rows of each model that has any: those of its parts, in the parts' order."""
    sets: dict[int, list[NDArray[np.intp]]] = {}
    for part, rows in parts.items():
        for model in reached[part].tolist():
            sets.setdefault(model, []).append(rows)
    return {model: np.concatenate(sets[model]) for model in sorted(sets)}
