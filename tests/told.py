"""Screens whose verdicts are known beforehand, and rows for them."""

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from amlsec.data import Batch
from amlsec.evidence import Verdicts


def verdicts(decision: Any) -> Verdicts:
    decided = np.asarray(decision, dtype=np.int8)
    return Verdicts(decided, decided.astype(float), 0.5, [f"row {k} was told {d}" for k, d in enumerate(decided)])


class Everything:
    """Accepts all; no estimator of scikit-learn."""

    def __repr__(self) -> str:
        return "Everything()"

    def fit(self, trusted: Batch, /) -> Any:
        return self

    def judge(self, offered: Batch, /) -> Verdicts:
        return verdicts(np.zeros(len(offered)))


class Told(BaseEstimator):
    """Decides as the last column says, plus `stricter`."""

    def __init__(self, stricter: int = 0) -> None:
        self.stricter = stricter

    def fit(self, trusted: Batch, /) -> Any:
        self.trusted_ = trusted
        return self

    def judge(self, offered: Batch, /) -> Verdicts:
        check_is_fitted(self)
        return verdicts(np.clip(offered.X[:, -1] + self.stricter, 0, 2))


class Sourced(Told):
    """Rejects the source "liar"; the last column must be 1 for its rows alone, and the month that of the first column."""

    def judge(self, offered: Batch, /) -> Verdicts:
        assert offered.source is not None
        lies = offered.source == "liar"
        assert (lies == (offered.X[:, -1] == 1)).all()
        if offered.time is not None:
            assert (offered.time.astype("datetime64[M]").astype(int) % 12 == offered.X[:, 0]).all()
        return verdicts(2 * lies)


class Recorder(ClassifierMixin, BaseEstimator):
    """Remembers what it was fitted on, and says the first class."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None, extra: Any = None) -> Any:
        self.X_, self.y_, self.weight_, self.extra_ = X, y, sample_weight, extra
        self.classes_ = np.unique(np.asarray(y))
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.classes_[0])


def rows(n: int = 60, seed: int = 0) -> tuple[Any, Any]:
    """A table (n, 3) whose last column is 0, 1 or 2, and labels."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    X = rng.normal(size=(n, 3)) + y[:, None]
    X[:, -1] = rng.integers(0, 3, n)
    return X, y


def dated(n: int = 60, seed: int = 0) -> tuple[Any, Any, Any, Any]:
    """Rows, labels, and the sources and times that `Sourced` expects of them."""
    X, y = rows(n, seed)
    rng = np.random.default_rng(seed + 1)
    X[:, 0], X[:, -1] = rng.integers(0, 12, n), rng.random(n) < 0.3
    time = (np.datetime64("2024-01", "M") + X[:, 0].astype(int)).astype("datetime64[us]")
    return X, y, np.where(X[:, -1] == 1, "liar", "desk"), time


TRUSTED = Batch(*rows(20, 9))
