"""Run-off election: the two classes with most votes meet in a second round, in which every model has a say."""

from __future__ import annotations

from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from amlsec.catalogue import learner
from amlsec.defenses.learners.parts import contents, dealt, digests, labelled_rows, members
from amlsec.defenses.learners.voters import Voting, trained
from amlsec.threat import Influence, ThreatModel, Violation

_NEVER = 2**31
"""As many changed models as there never are."""


class Election(NamedTuple):
    """Both rounds over n rows.

    Attributes
    ----------
    votes : of the first round (n, classes)
    duels : how many models prefer the first class to the second (n, classes, classes)
    winner, loser : of the second round (n,)
    """

    votes: NDArray[np.int64]
    duels: NDArray[np.int64]
    winner: NDArray[np.intp]
    loser: NDArray[np.intp]


@learner(
    threats=(
        ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY),
        ThreatModel(Influence.CAUSATIVE, Violation.AVAILABILITY),
    ),
    references=("rezaei2023runoff", "levine2021deep"),
)
class RunOffElection(Voting):
    """Let the models of a partition ensemble vote twice: for any class, then between the best two (Rezaei et al. 2023).

    In the second round a model that voted for neither gives its voice to the one it has more evidence for, where the
    partition ensemble throws it away. It abstains where the evidence is equal, as a full-grown tree's is, or where its rows
    do not hold both classes: there the paper, whose parts are large, has it prefer one all the same. With two classes both
    rounds are one, and so are predictions and proofs: the gain is for three classes and more. The price on clean rows is the
    partition ensemble's, or a little more.

    `X` is texts (n,), a table (n, d), or a sparse matrix (n, d). See PartitionEnsemble for what may stand before it.

    Parameters
    ----------
    estimator : classifier of every part; its probabilities, or else its decision function, are its evidence. None: as in
        PartitionEnsemble
    partitions : number of parts, at least 1
    key : 1 to 64 bytes that key the hash

    Attributes
    ----------
    classes_ : labels seen, in ascending order; of equal ones the smaller wins, in both rounds
    estimators_ : the fitted models; a part without rows has no model and abstains

    Raises InvalidInput where `partitions` or `key` is out of range, or `y` does not match `X`.

    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat([0, 1, 2], 100)
    >>> X = rng.normal(3.0 * y[:, None], 1.0, (300, 2))
    >>> election = RunOffElection(partitions=15).fit(X, y)
    >>> election.predict(np.array([[0.0, 0.0], [4.6, 4.6]])), election.certify(np.array([[0.0, 0.0], [4.6, 4.6]]))
    (array([0, 2]), array([6, 1]))
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

    def predict(self, X: Any, /) -> NDArray[Any]:
        """The winner of the second round (n,)."""
        winner = self.rounds(X).winner
        labels: NDArray[Any] = self.classes_[winner]
        return labels

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """The share of the second round's votes for each of the best two classes (n, classes)."""
        both = self.rounds(X)
        at = np.arange(len(both.votes))
        shares = np.zeros(both.votes.shape)
        shares[at, both.loser] = both.duels[at, both.loser, both.winner]
        shares[at, both.winner] = both.duels[at, both.winner, both.loser] if len(self.classes_) > 1 else 1
        return np.asarray(shares / shares.sum(axis=1, keepdims=True))

    def rounds(self, X: Any) -> Election:
        """Both rounds over these rows."""
        check_is_fitted(self)
        return _held(self.voters_.evidence(X))

    def certify(self, X: Any) -> NDArray[np.int64]:
        """How many training rows may be added or removed, in sum, with no effect on each prediction (n,).

        To win, poison must either lift two classes over the winner in the first round, or lift one into the second round
        and let it win there; the bound is one less than the fewest models that can do either, as in the paper. 0: no proof
        for even one row. It says nothing of whether the prediction is right. Rows edited or relabelled count twice. Rows
        added may have labels that were never seen: one of those, before all others, stands in both rounds.
        """
        check_is_fitted(self)
        seen = self.voters_.evidence(X)
        both = _held(np.concatenate([np.full((*seen.shape[:2], 1), np.nan), seen], axis=2))
        return np.asarray(np.minimum(_to_shut_out(both), _to_win_against(both)) - 1)


def _held(evidence: NDArray[np.float64]) -> Election:
    """Both rounds, by every model's evidence (n, models, classes)."""
    n, _, classes = evidence.shape
    votes = np.isposinf(evidence).sum(axis=1)
    duels = np.zeros((n, classes, classes), dtype=np.int64)
    for one in range(classes):
        mine = evidence[:, :, [one]]
        duels[:, one] = ((mine > evidence) | (np.isposinf(mine) & np.isnan(evidence))).sum(axis=1)
    best = np.argsort(-votes, axis=1, kind="stable")[:, :2]
    first, second = best[:, 0], best[:, -1]
    at = np.arange(n)
    swapped = _gap(duels[at, first, second], duels[at, second, first], first, second) <= 0
    return Election(votes, duels, np.where(swapped, second, first), np.where(swapped, first, second))


def _gap(mine: NDArray[np.int64], theirs: NDArray[np.int64], me: Any, they: Any) -> NDArray[np.int64]:
    """The lead that must be gone before they beat me: all of it where their class is the smaller, else one more."""
    return np.asarray(mine - theirs + (np.asarray(me) < they))


def _halved(gap: NDArray[np.int64]) -> NDArray[np.int64]:
    """The fewest models that close a gap, which shrinks by 2 with each that goes over."""
    return np.maximum((gap + 1) // 2, 0)


def to_close_both(one: NDArray[np.int64], two: NDArray[np.int64]) -> NDArray[np.int64]:
    """The fewest models that close both gaps (n,): each takes 2 from one of them and 1 from the other.

    The paper's recursion in closed form: t models do where one <= 2 t, two <= 2 t and one + two <= 3 t.

    >>> to_close_both(np.array([4]), np.array([4]))
    array([3])
    """
    return np.asarray(np.maximum(np.maximum(_halved(one), _halved(two)), -(-(one + two) // 3)))


def _to_shut_out(both: Election) -> NDArray[np.int64]:
    """The fewest models whose change lifts two classes over the winner in the first round (n,)."""
    at, classes = np.arange(len(both.votes)), both.votes.shape[1]
    mine = both.votes[at, both.winner]
    gaps = [np.where(both.winner == c, _NEVER, _gap(mine, both.votes[:, c], both.winner, c)) for c in range(classes)]
    pairs = [to_close_both(gaps[one], gaps[two]) for two in range(classes) for one in range(two)]
    return np.asarray(np.min(pairs, axis=0))


def _to_win_against(both: Election) -> NDArray[np.int64]:
    """The fewest models whose change brings one other class into the second round and lets it win there (n,)."""
    at = np.arange(len(both.votes))
    needed = [_for_one(both, at, rival) for rival in range(both.votes.shape[1])]
    return np.asarray(np.min(needed, axis=0))


def _for_one(both: Election, at: NDArray[np.intp], rival: int) -> NDArray[np.int64]:
    into = _halved(_gap(both.votes[at, both.loser], both.votes[:, rival], both.loser, rival))
    beats = _halved(_gap(both.duels[at, both.winner, rival], both.duels[at, rival, both.winner], both.winner, rival))
    needed = np.where(both.loser == rival, beats, np.maximum(into, beats))
    return np.where(both.winner == rival, _NEVER, needed)
