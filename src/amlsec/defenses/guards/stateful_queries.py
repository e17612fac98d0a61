"""Stateful queries: who asks about rows too much alike is searching, and gets no more answers."""

from __future__ import annotations

from collections import OrderedDict
from copy import copy
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from amlsec.catalogue import Clients, guard
from amlsec.data import BENIGN, Batch, Rows
from amlsec.defenses.decisions import DENY, at_least, base, exceeded_by, labelled, share_in, stricter
from amlsec.defenses.fingerprints import HASHES, Prints, fingerprint, shared
from amlsec.defenses.memory import LastClients, names
from amlsec.oracle import Classifier
from amlsec.threat import Influence, ThreatModel, Violation

_CALIBRATION = 1000


@guard(
    threats=(ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY),),
    references=("chen2020stateful", "li2022blacklight", "feng2023stateful"),
    broken_by=("oars",),
)
class StatefulQueries(BaseEstimator):  # type: ignore[misc]
    """Remembers what each client asked, and denies a row that is too much like one he asked about before.

    Chen, Carlini and Wagner (2019): a search by queries asks about many rows that differ little, which honest clients do
    not. Rows are kept as 64 secret hashes (Blacklight, Li et al. 2022), not as themselves. A row that is more like `alike`
    remembered rows than rows of good clients are is denied. Denied rows are remembered too; the very same row asked again
    is answered as before, for it tells nobody anything new.

    The price: about `denied` of good clients' rows at a full memory, more where a client sends one form over and over.
    What it bears is a search that needs likeness. It does nothing about one lucky row, or about words and changes known
    beforehand; a client with `remembered` other rows in between, or with many accounts, is a stranger each time; and who
    learns how much likeness it bears asks less alike (`oars`; `reproductions/stateful_guard.py`).

    Parameters
    ----------
    estimator : the classifier to guard; None takes logistic regression, of TF-IDF for texts
    denied : the share of a good client's rows that may be denied, in [0, 1)
    alike : how many remembered rows a row must be like, at least 1; Chen et al. take 50. Good rows often have a twin, and
        seldom eight
    remembered : how many rows are remembered of each client, at least 1
    clients : how many clients are remembered, at least 1; both together bound the memory, to about 400 bytes
        for each of `remembered * clients` rows
    random_state : seed of the secret hashes

    Attributes
    ----------
    estimator_ : the guarded classifier
    limit_ : the most hashes, of 64, that a row may share with the `alike`-likest of the remembered ones. Where fewer than
        1 / `denied` - 1 good rows were seen, the share can be promised by 64 alone, which denies nobody: raise it then
    memory_ : what is remembered

    Raises
    ------
    InvalidInput : a setting out of range, or fewer than 5 distinct rows of a label

    >>> from sklearn.linear_model import LogisticRegression
    >>> rng = np.random.default_rng(0)
    >>> y = rng.integers(0, 2, 500)
    >>> X = rng.normal(y[:, None], size=(500, 8))
    >>> guard = StatefulQueries(estimator=LogisticRegression(), alike=2).fit(X, y)
    >>> asked = -1 - np.array([[0.0], [0.001], [0.0], [0.002], [0.003]]) * np.ones(8)
    >>> guard.decide(asked, "ann"), guard.decide(asked[-1:], "bob")
    (array([0, 0, 0, 1, 1], dtype=int8), array([0], dtype=int8))
    """

    def __init__(
        self,
        *,
        estimator: Any = None,
        denied: float = 0.01,
        alike: int = 8,
        remembered: int = 256,
        clients: int = 1000,
        random_state: int | None = 0,
    ) -> None:
        self.estimator = estimator
        self.denied = denied
        self.alike = alike
        self.remembered = remembered
        self.clients = clients
        self.random_state = random_state

    def fit(self, X: Rows, y: NDArray[np.int64], /) -> Self:
        """Fit the classifier, draw the hashes, and find how alike rows of good clients are."""
        share_in("denied", self.denied)
        at_least("alike", self.alike, 1)
        at_least("remembered", self.remembered, 1)
        at_least("clients", self.clients, 1)
        rows, rng = labelled(X, y), np.random.default_rng(self.random_state)
        self.estimator_ = clone(base(self.estimator, rows)).fit(rows.X, rows.y)
        self.classes_ = self.estimator_.classes_
        self.fingerprint_ = fingerprint(rows, rng)
        likeness = self._usual_likeness(rows.labelled(BENIGN), rng)
        self.limit_ = int(min(exceeded_by(likeness, self.denied), HASHES))
        self.memory_: LastClients[_Asked] = LastClients(self.clients, partial(_Asked, self.remembered, self.alike))
        return self

    def decide(self, X: Rows, client: Clients = "", /) -> NDArray[np.int8]:
        """For each row (n,): 0 allow, 1 deny; and remember it."""
        check_is_fitted(self)
        if not len(X):
            return np.zeros(0, dtype=np.int8)
        verdicts = Classifier(self.estimator_).labels(X)
        prints, content = self.fingerprint_(X), Batch(X, np.zeros(len(X), dtype=np.int64)).content()
        asked = zip(names(client, len(X)), prints, content.tolist(), strict=True)
        alike = np.array([self.memory_[name].likeness(row, known) for name, row, known in asked])
        return stricter(verdicts, alike > self.limit_, DENY)

    def session(self) -> Self:
        """The same guard, having met nobody."""
        fresh = copy(self)
        fresh.memory_ = self.memory_.emptied()
        return fresh

    def _usual_likeness(self, good: Batch, rng: np.random.Generator) -> NDArray[np.float64]:
        """Of up to 1,000 distinct good rows, how alike each is to as many others as are remembered."""
        prints = self.fingerprint_(good.rows(np.unique(good.content(), return_index=True)[1]).X)
        order = rng.permutation(len(prints))
        found = [likest(prints[i], _some(prints, i, self.remembered, rng), self.alike) for i in order[:_CALIBRATION]]
        return np.array(found, dtype=np.float64)


class _Asked:
    """The last rows that one client asked about: a ring that grows to its size."""

    def __init__(self, most: int, alike: int) -> None:
        self._prints: Prints = np.empty((min(most, 8), HASHES), dtype=np.uint32)
        self._answers: OrderedDict[bytes, int] = OrderedDict()
        self._most, self._alike, self._next = most, alike, 0

    def likeness(self, prints: Prints, content: bytes) -> int:
        """How alike it is to what is remembered; of a remembered row itself, what was answered then."""
        if content not in self._answers:
            found = likest(prints, self._prints[: len(self._answers)], self._alike)
            self._remember(prints)
            self._answers[content] = found
        return self._answers[content]

    def _remember(self, prints: Prints) -> None:
        """In the place of the oldest, or in a new one; called before the answer is noted."""
        if len(self._answers) == self._most:
            self._answers.popitem(last=False)
        elif len(self._answers) == len(self._prints):
            more = np.empty((min(len(self._prints), self._most - len(self._prints)), HASHES), dtype=np.uint32)
            self._prints = np.concatenate([self._prints, more])
        self._prints[self._next] = prints
        self._next = (self._next + 1) % self._most


def likest(prints: Prints, others: Prints, place: int) -> int:
    """How many hashes a row (64,) shares with the one in that place, from 1, of the others (m, 64) most like it; else 0.

    >>> likest(np.arange(64, dtype=np.uint32), np.arange(192, dtype=np.uint32).reshape(3, 64), 1)
    64
    """
    return int(np.sort(shared(prints, others))[-place]) if place <= len(others) else 0


def _some(prints: Prints, but: int, many: int, rng: np.random.Generator) -> Prints:
    """As many rows drawn from the others, or all of them where there are fewer."""
    others = rng.choice(len(prints) - 1, min(many, len(prints) - 1), replace=False)
    return prints[others + (others >= but)]
