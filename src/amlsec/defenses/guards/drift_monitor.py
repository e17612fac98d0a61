"""Drift monitor: tells when rows that pass are no longer like training rows that passed, in which column, and which."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import kolmogorov
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from amlsec.catalogue import Clients, guard
from amlsec.data import BENIGN, Rows, split
from amlsec.defenses.decisions import ESCALATE, HELD, at_least, base, labelled, share_in, stricter
from amlsec.oracle import Classifier
from amlsec.threat import Influence, ThreatModel, Violation

Floats = NDArray[np.float64]
TEXT_COLUMNS = ("words", "share of unknown words", "share of repeated words", "share of words with digits or signs")
_KNOWN = 2000


@dataclass(frozen=True, slots=True)
class Drift:
    """One column in which the last rows are not as the training rows were.

    Attributes
    ----------
    column : its position; of texts, in `TEXT_COLUMNS`
    at : where the two distributions lie farthest apart
    above : whether too many rows lie above it; else at or below it
    excess : how many too many, a share of the rows
    p : of the Kolmogorov-Smirnov test, before correction
    """

    column: int
    at: float
    above: bool
    excess: float
    p: float

    def holds(self, X: Floats) -> NDArray[np.bool_]:
        """Which rows (n,) lie where there are too many."""
        lying: NDArray[np.bool_] = (X[:, self.column] > self.at) == self.above
        return lying


@guard(
    threats=(ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY),),
    references=("rabanser2019failing",),
)
class DriftMonitor(BaseEstimator):  # type: ignore[misc]
    """Compares each window of rows that pass with training rows that did; while they differ, asks a person about the excess.

    Kolmogorov-Smirnov tests with Bonferroni's correction over columns and over `windows` to come (Rabanser et al. 2019 find
    them to do well): on rows like the training rows the chance of any false alarm in that many windows is at most `alarm`.
    Only rows that pass are compared, so that it does not matter how many malicious rows are stopped; the training rows among
    them are a fifth that its like, trained on the others, lets pass: rows and words that it knows by heart are no measure.
    Texts are seen by their length and their shares of unknown, repeated and odd words. From the window in which columns have
    drifted until one in which none has, rows that lie where there are too many are escalated; `drifts` says which columns
    and why.

    It is no answer to floods of false alarms (`reproductions/alarm_flood.py`): true alarms are read no more often behind it,
    and one harmless row sent 3,000 times makes it escalate 1,330 of others.

    The price: honest drift, a new product or a holiday, is escalated too, and few windows go by without any in real
    streams; a window's first rows pass before it is full. It tells campaigns, not single rows, and one client's share in a
    window is what he can shift.

    Parameters
    ----------
    estimator : the classifier to guard; None takes logistic regression, of TF-IDF for texts
    window : how many rows are compared at once, at least 10; the memory is that many rows
    windows : for how many windows the promise is made, at least 1
    alarm : the chance of a false alarm in all of them, in (0, 1)
    random_state : seed of the fifth, and of up to 2,000 of its rows that are remembered

    Attributes
    ----------
    estimator_ : the guarded classifier
    memory_ : the rows of the window, and what has drifted

    Raises
    ------
    InvalidInput : a setting out of range, or fewer than 5 distinct rows of a label

    >>> from sklearn.linear_model import LogisticRegression
    >>> rng = np.random.default_rng(0)
    >>> y = rng.integers(0, 2, 2000)
    >>> X = rng.normal(np.column_stack([4.0 * y, 0 * y]))
    >>> guard = DriftMonitor(estimator=LogisticRegression(), window=100).fit(X, y)
    >>> campaign = rng.normal([0.0, 3.0], size=(200, 2))
    >>> (guard.decide(campaign) == 2).reshape(2, 100).mean(axis=1).round(1).tolist()
    [0.0, 0.9]
    >>> [(drift.column, drift.above) for drift in guard.drifts]
    [(1, True)]
    """

    def __init__(
        self,
        *,
        estimator: Any = None,
        window: int = 200,
        windows: int = 1000,
        alarm: float = 0.05,
        random_state: int | None = 0,
    ) -> None:
        self.estimator = estimator
        self.window = window
        self.windows = windows
        self.alarm = alarm
        self.random_state = random_state

    def fit(self, X: Rows, y: NDArray[np.int64], /) -> Self:
        """Fit the classifier, and remember some training rows that pass."""
        at_least("window", self.window, 10)
        at_least("windows", self.windows, 1)
        share_in("alarm", self.alarm, above=1e-12)
        rows = labelled(X, y)
        model = base(self.estimator, rows)
        rng = np.random.default_rng(self.random_state)
        learned, held = split(rows, (1 - HELD, HELD), rng)
        self._words = frozenset(word for text in learned.X for word in text.split()) if rows.is_text else None
        passing = held.X[Classifier(clone(model).fit(learned.X, learned.y)).labels(held.X) == BENIGN]
        self._known = np.sort(self._seen(rng.permutation(passing)[:_KNOWN]), axis=0)
        self.estimator_ = clone(model).fit(rows.X, rows.y)
        self.classes_ = self.estimator_.classes_
        self.memory_ = _Window(self._known[:0], ())
        return self

    def decide(self, X: Rows, client: Clients = "", /) -> NDArray[np.int8]:
        """For each row (n,), in order: 0 allow, 1 deny, 2 escalate; the client makes no difference."""
        check_is_fitted(self)
        verdicts = Classifier(self.estimator_).labels(X)
        suspect = np.zeros(len(X), dtype=bool)
        suspect[verdicts == BENIGN] = self._stream(self._seen(X[verdicts == BENIGN]))
        return stricter(verdicts, suspect, ESCALATE)

    @property
    def drifts(self) -> Sequence[Drift]:
        """What has drifted, as of the last full window."""
        check_is_fitted(self)
        return self.memory_.drifts

    def session(self) -> Self:
        """The same guard, having seen nothing."""
        fresh = copy(self)
        fresh.memory_ = _Window(self._known[:0], ())
        return fresh

    def _stream(self, seen: Floats) -> NDArray[np.bool_]:
        """Which of these rows, in order, lie where there are too many at their time."""
        suspect = np.zeros(len(seen), dtype=bool)
        start = 0
        while start < len(seen):
            end = min(len(seen), start + self.window - len(self.memory_.rows))
            suspect[start:end] = self._watched(seen[start:end])
            start = end
        return suspect

    def _watched(self, seen: Floats) -> NDArray[np.bool_]:
        """Which rows, no more than the window has room for, lie where there are too many; and keep them."""
        suspect = np.zeros(len(seen), dtype=bool)
        for drift in self.memory_.drifts:
            suspect |= drift.holds(seen)
        kept, drifts = np.concatenate([self.memory_.rows, seen]), self.memory_.drifts
        if len(kept) == self.window:
            kept, drifts = kept[:0], drifted(self._known, kept, self.alarm / self.windows)
        self.memory_ = _Window(kept, drifts)
        return suspect

    def _seen(self, X: Rows) -> Floats:
        """The columns (n, d) that are watched."""
        if self._words is None:
            return np.asarray(X, dtype=np.float64)
        return np.array([_shape(text, self._words) for text in X]).reshape(len(X), len(TEXT_COLUMNS))


@dataclass(frozen=True, slots=True, eq=False)
class _Window:
    rows: Floats
    drifts: Sequence[Drift]


def drifted(known: Floats, rows: Floats, alarm: float) -> tuple[Drift, ...]:
    """The columns in which rows (n, d) differ from known ones (m, d), by tests that all hold together with 1 - `alarm`.

    The p-values are those of Kolmogorov's limit, which are a little too large: exact ones take SciPy milliseconds each.

    >>> known = np.arange(200.0)[:, None]
    >>> drifted(known, known[::4] + 150, 0.01)[0].above, drifted(known, known[1::4], 0.01)
    (True, ())
    """
    if not len(known):
        return ()
    gaps = [_gap(np.sort(old), np.sort(new)) for old, new in zip(known.T, rows.T, strict=True)]
    pairs = len(known) * len(rows) / (len(known) + len(rows))
    p = kolmogorov(np.sqrt(pairs) * np.array([excess for excess, _, _ in gaps]))
    found = ((j, *gaps[j], float(p[j])) for j in np.flatnonzero(p <= alarm / len(gaps)))
    return tuple(Drift(int(j), at, above, excess, chance) for j, excess, at, above, chance in found)


def _gap(known: Floats, rows: Floats) -> tuple[float, float, bool]:
    """How far two distribution functions, of sorted values, lie apart at most; where; and whether rows lie above it."""
    steps = np.arange(len(rows) + 1) / len(rows)
    too_many_below = steps[1:] - np.searchsorted(known, rows, side="right") / len(known)
    too_many_above = np.searchsorted(known, rows, side="left") / len(known) - steps[:-1]
    below, above = int(too_many_below.argmax()), int(too_many_above.argmax())
    if too_many_above[above] > too_many_below[below]:
        return float(too_many_above[above]), float(np.nextafter(rows[above], -np.inf)), True
    return float(too_many_below[below]), float(rows[below]), False


def _shape(text: str, known: frozenset[str]) -> tuple[float, ...]:
    """A text's `TEXT_COLUMNS`."""
    words = text.split()
    many = max(1, len(words))
    strange = sum(word not in known for word in words)
    odd = sum(not word.isalpha() for word in words)
    return float(len(words)), strange / many, 1 - len(set(words)) / many, odd / many
