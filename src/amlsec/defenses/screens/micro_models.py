"""Micro-models: small models of time slices vote on each other's rows, without any trusted row."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from amlsec.catalogue import screen
from amlsec.data import Batch
from amlsec.errors import InvalidInput
from amlsec.evidence import Decision, Verdicts
from amlsec.impact.checks import check_estimator
from amlsec.impact.refit import seeded
from amlsec.oracle import Classifier, Model
from amlsec.threat import Influence, ThreatModel, Violation
from amlsec.usual import usual

Floats = NDArray[np.float64]
_VOTERS = 3


@screen(
    threats=(
        ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY),
        ThreatModel(Influence.CAUSATIVE, Violation.AVAILABILITY),
    ),
    references=("cretu2008casting",),
)
class MicroModels(BaseEstimator):  # type: ignore[misc]
    """Quarantines a row whose label most small models of other slices of the offered rows deny.

    Cretu et al. (2008) train one model of each time slice and let all of them vote on every row, so that an attack of a few
    slices is outvoted by the models that never saw it. Here a model says that a row is abnormal where its verdict is not the
    row's label, all votes weigh the same, and no model votes on its own slice. Rows without a time are dealt to slices at
    random, equal rows to the same one. Trusted rows are not used, so none are needed.

    What it misses: an attack that is in most slices, as one that lasts, or, without times, as any of many different rows. It
    asks whether labels agree, not what a row does to the model.

    Parameters
    ----------
    estimator : what is trained on each slice; None takes logistic regression, of TF-IDF for texts
    slices : how many there are at most, at least 3
    fewest : rows of a slice at least; under 3 such slices all rows are accepted, as there is nobody to vote
    limit : share of the votes against a row above which it is not accepted, in [0, 1)
    random_state : seed of who goes to which slice

    Raises InvalidInput on other settings, or what the estimator raises where it refuses every slice.

    >>> rng = np.random.default_rng(0)
    >>> y = rng.integers(0, 2, 300)
    >>> rows = Batch(rng.normal(6.0 * y - 3)[:, None], y, time=np.arange(300).astype("datetime64[m]"))
    >>> offered = rows.relabelled(np.where(np.arange(300) < 30, 1 - y, y))
    >>> accepted = MicroModels().fit(rows.rows([])).judge(offered).accepted
    >>> int(accepted[:30].sum()), int(accepted[30:].sum())
    (0, 267)
    """

    def __init__(
        self,
        *,
        estimator: Any = None,
        slices: int = 20,
        fewest: int = 10,
        limit: float = 0.5,
        random_state: int | None = 0,
    ) -> None:
        self.estimator = estimator
        self.slices = slices
        self.fewest = fewest
        self.limit = limit
        self.random_state = random_state

    def fit(self, trusted: Batch, /) -> Self:
        """Check the settings; the rows are not used."""
        if self.estimator is not None:
            check_estimator(self.estimator)
        for name, value, least in (("slices", self.slices, _VOTERS), ("fewest", self.fewest, 2)):
            if value < least:
                raise InvalidInput(name, value, f"must be at least {least}")
        if not 0 <= self.limit < 1:
            raise InvalidInput("limit", self.limit, "must lie in [0, 1)")
        return self

    def judge(self, offered: Batch, /) -> Verdicts:
        """One verdict for each row, by the share of the votes against it; its reason says how many voted."""
        order = np.lexsort((offered.y, offered.content()))
        against, votes = np.zeros((2, len(offered)))
        against[order], votes[order] = self._votes(offered.rows(order))
        share = np.divide(against, votes, out=np.zeros_like(votes), where=votes > 0)
        decision = np.where(share > self.limit, Decision.QUARANTINE, Decision.ACCEPT).astype(np.int8)
        return Verdicts(decision, share, self.limit, [_reason(*row) for row in zip(against, votes, strict=True)])

    def _votes(self, offered: Batch) -> tuple[Floats, Floats]:
        """How many models say the other label of each row (n,), and how many voted on it (n,)."""
        against, votes = np.zeros((2, len(offered)))
        count = min(self.slices, len(offered) // self.fewest)
        if count >= _VOTERS:
            slice_of = sliced(offered, count, np.random.default_rng(self.random_state))
            for k in range(count):
                self._vote(offered, slice_of == k, against, votes)
            if not votes.any():
                self._say_why([offered.rows(slice_of == k) for k in range(count)])
        return against, votes

    def _vote(self, offered: Batch, own: NDArray[np.bool_], against: Floats, votes: Floats) -> None:
        """Add what the model of a slice says of all other rows."""
        model = self._model(offered.rows(own))
        if model is not None and not own.all():
            others = offered.rows(~own)
            against[~own] += model.labels(others.X) != others.y
            votes[~own] += 1

    def _model(self, rows: Batch) -> Model | None:
        """A model of the slice; None where it has one label only, or the estimator refuses it."""
        if len(np.unique(rows.y)) < 2:
            return None
        try:
            return self._trained(rows)
        except ValueError:
            return None

    def _trained(self, rows: Batch) -> Model:
        chosen = usual(rows) if self.estimator is None else self.estimator
        return Classifier(seeded(chosen, self.random_state or 0).fit(rows.X, rows.y))

    def _say_why(self, slices: list[Batch]) -> None:
        """Nobody votes; where the estimator has refused every slice of both labels, its error says why."""
        for rows in slices:
            if len(np.unique(rows.y)) == 2:
                self._trained(rows)


def sliced(rows: Batch, count: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """A slice (n,) for each row, about equally many each: by time where it is known, else at random by content.

    >>> rows = Batch(np.arange(6.0)[:, None], np.zeros(6, dtype=np.int64), time=np.arange(6, 0, -1).astype("datetime64[D]"))
    >>> sliced(rows, 3, np.random.default_rng(0))
    array([2, 2, 1, 1, 0, 0])
    """
    distinct, content = np.unique(rows.content(), return_inverse=True)
    shuffled = rng.permutation(len(distinct))[content]
    moment = 0 if rows.time is None else np.unique(rows.time, return_inverse=True)[1]
    key = moment * len(distinct) + shuffled
    before = np.searchsorted(np.sort(key), key)
    return np.asarray(before * count // len(rows))


def _reason(against: float, votes: float) -> str:
    if not votes:
        return "there are too few other slices of both labels to vote"
    return f"{against:.0f} of {votes:.0f} models of other slices say the other label"
