"""Alarm-rate monitor: tells a flood of alarms, and keeps the surest of them for whoever must answer."""

from __future__ import annotations

import math
from collections import deque
from copy import copy
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from amlsec.catalogue import Clients, guard
from amlsec.data import Batch, Rows
from amlsec.defenses.decisions import ALLOW, DENY, ESCALATE, at_least, base, labelled, log_odds, on_unseen
from amlsec.errors import InvalidInput
from amlsec.oracle import Classifier
from amlsec.threat import Influence, ThreatModel, Violation

Floats = NDArray[np.float64]


@guard(
    threats=(ThreatModel(Influence.EXPLORATORY, Violation.AVAILABILITY),),
    references=("page1954continuous", "lorden1971procedures", "barreno2010security"),
)
class AlarmRateMonitor(BaseEstimator):  # type: ignore[misc]
    """Denies what the classifier stops; while alarms are too many, only the surest, and a person gets the rest as one case.

    A CUSUM (Page 1954) adds up log-likelihood ratios of alarms at `flood` times the usual odds against the usual ones. It
    says flood above log(`patience`), so that on average at least `patience` rows pass until a false one (Lorden 1971), if
    rows are independent; it ends where the sum is back at 0. In a flood denials are rationed to `quota` times the usual
    rate; they go to the rows with the strongest evidence among the last 500 alarms, the others are escalated.

    The price: in usual times none. In a flood real attacks of weak evidence wait in the case with the false alarms, and rows
    that the flood stops stay stopped: it saves the analyst, not the senders. Who raises alarms slowly, below the rate that
    the CUSUM drifts at, is not told; nor is what is stopped under cover of surer alarms.

    Parameters
    ----------
    estimator : the classifier to guard; None takes logistic regression, of TF-IDF for texts
    usual : the share of rows that raise an alarm in usual times, in (0, 1); None takes that of training rows that the
        classifier has not seen. Deployed streams have fewer malicious rows than training sets: set it
    flood : how many times the usual odds of an alarm are a flood, above 1
    patience : rows until a false flood, on average at least, above 1
    quota : the denials in a flood, as a multiple of the usual rate, above 0
    random_state : seed of the rows held for the usual rate

    Attributes
    ----------
    estimator_ : the guarded classifier
    usual_ : the usual share of alarms
    memory_ : the CUSUM's state and the last alarms

    Raises
    ------
    InvalidInput : a setting out of range, or fewer than 5 distinct rows of a label

    >>> from sklearn.linear_model import LogisticRegression
    >>> rng = np.random.default_rng(0)
    >>> y = rng.integers(0, 2, 500)
    >>> X = rng.normal(4.0 * y)[:, None]
    >>> guard = AlarmRateMonitor(estimator=LogisticRegression(), usual=0.05).fit(X, y)
    >>> flood = rng.normal(4.0, size=(400, 1))
    >>> denied = guard.decide(flood) == 1
    >>> guard.flooded, int(denied[:5].sum()), bool(denied[100:].mean() < 0.2)
    (True, 5, True)
    >>> bool(flood[100:][denied[100:]].mean() > flood[100:].mean() + 1)
    True
    """

    def __init__(
        self,
        *,
        estimator: Any = None,
        usual: float | None = None,
        flood: float = 3.0,
        patience: float = 100_000,
        quota: float = 2.0,
        random_state: int | None = 0,
    ) -> None:
        self.estimator = estimator
        self.usual = usual
        self.flood = flood
        self.patience = patience
        self.quota = quota
        self.random_state = random_state

    def fit(self, X: Rows, y: NDArray[np.int64], /) -> Self:
        """Fit the classifier, and find the usual rate of its alarms."""
        self._check()
        rows = labelled(X, y)
        model = base(self.estimator, rows)
        self.usual_ = self.usual or _rate(on_unseen(model, rows, _alarms, self.random_state))
        self.estimator_ = clone(model).fit(rows.X, rows.y)
        self.classes_ = self.estimator_.classes_
        self.memory_ = _Watch(self.usual_, self.flood, math.log(self.patience), self.quota)
        return self

    def decide(self, X: Rows, client: Clients = "", /) -> NDArray[np.int8]:
        """For each row (n,), in order: 0 allow, 1 deny, 2 escalate; the client makes no difference."""
        check_is_fitted(self)
        alarms, evidence = Classifier(self.estimator_).labels(X) != 0, log_odds(self.estimator_, X)
        decided = map(self.memory_.decided, alarms.tolist(), evidence.tolist())
        return np.fromiter(decided, dtype=np.int8, count=len(X))

    @property
    def flooded(self) -> bool:
        """Whether alarms are too many now."""
        check_is_fitted(self)
        return self.memory_.flooded

    def session(self) -> Self:
        """The same guard, having seen nothing."""
        fresh = copy(self)
        fresh.memory_ = self.memory_.anew()
        return fresh

    def _check(self) -> None:
        if self.usual is not None and not 0 < self.usual < 1:
            raise InvalidInput("usual", self.usual, "must lie in (0, 1)")
        at_least("quota", self.quota, 1e-9)
        for name in ("flood", "patience"):
            if not 1 < getattr(self, name) < math.inf:
                raise InvalidInput(name, getattr(self, name), "must be finite and above 1")


class _Watch:
    """The CUSUM, and the evidence of the last 500 alarms."""

    def __init__(self, usual: float, flood: float, limit: float, quota: float) -> None:
        self.anew = partial(_Watch, usual, flood, limit, quota)
        odds = flood * usual / (1 - usual)
        often = odds / (1 + odds)
        self._step = {True: math.log(often / usual), False: math.log((1 - often) / (1 - usual))}
        self._limit, self._ration = limit, quota * usual
        self._sum, self._rate = 0.0, usual
        self._last: deque[float] = deque(maxlen=500)
        self.flooded = False

    def decided(self, alarm: bool, evidence: float) -> int:
        self._sum = max(0.0, self._sum + self._step[alarm])
        self.flooded = self._sum > self._limit or (self.flooded and self._sum > 0)
        self._rate += (alarm - self._rate) / 200
        if not alarm:
            return ALLOW
        self._last.append(evidence)
        return ESCALATE if self.flooded and not self._among_the_surest(evidence) else DENY

    def _among_the_surest(self, evidence: float) -> bool:
        """Whether so few of the last alarms were surer that, at the present rate of alarms, the ration is kept."""
        surer = sum(other > evidence for other in self._last)
        return surer < len(self._last) * min(1.0, self._ration / max(self._rate, 1e-9))


def _alarms(model: Any, held: Batch) -> Floats:
    return Classifier(model).labels(held.X).astype(np.float64)


def _rate(alarms: Floats) -> float:
    """Their share, with one alarm and one other added, so that it lies within (0, 1)."""
    return float((alarms.sum() + 1) / (len(alarms) + 2))
