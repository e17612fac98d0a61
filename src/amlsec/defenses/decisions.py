"""What guards share: their three decisions, what they guard, its evidence, and thresholds from rows it has not seen."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from amlsec.data import Batch, Rows, split
from amlsec.errors import InvalidInput
from amlsec.oracle import Classifier
from amlsec.usual import usual

ALLOW, DENY, ESCALATE = 0, 1, 2
Floats = NDArray[np.float64]
HELD = 0.2
"""The share of its training rows that a guard's classifier is not shown, where limits are read from them."""
_FEWEST = 5


def labelled(X: Rows, y: NDArray[np.int64]) -> Batch:
    """The training rows of a guard; raises InvalidInput where a label has fewer than 5 distinct rows."""
    rows = Batch(X, np.asarray(y, dtype=np.int64))
    fewest = min(len(np.unique(rows.labelled(label).content())) for label in (0, 1))
    if fewest < _FEWEST:
        raise InvalidInput("y", f"with {fewest} distinct rows of one label", f"must have at least {_FEWEST} of each")
    return rows


def share_in(name: str, value: float, *, above: float = 0.0) -> None:
    """Raises InvalidInput unless the value lies in [above, 1)."""
    if not above <= value < 1:
        raise InvalidInput(name, value, f"must lie in [{above:g}, 1)")


def at_least(name: str, value: float, least: float) -> None:
    """Raises InvalidInput where the value is lower."""
    if not value >= least:
        raise InvalidInput(name, value, f"must be at least {least:g}")


def base(estimator: Any, rows: Batch) -> Any:
    """The unfitted classifier to guard: as given, else the usual one for such rows."""
    return usual(rows) if estimator is None else estimator


def on_unseen(model: Any, rows: Batch, statistic: Callable[[Any, Batch], Floats], random_state: int | None) -> Floats:
    """A statistic of rows that the model, fitted to four fifths of them, has not seen: (fitted model, held rows) -> (m,)."""
    learned, held = split(rows, (1 - HELD, HELD), np.random.default_rng(random_state))
    return statistic(clone(model).fit(learned.X, learned.y), held)


def exceeded_by(values: Floats, share: float) -> float:
    """The least of these values that a new one like them exceeds with a probability of at most `share`; else infinity.

    Split-conformal: of n values, the ceil((1 - share)(n + 1))-th smallest.

    >>> exceeded_by(np.arange(1.0, 100.0), 0.05)
    95.0
    """
    place = math.ceil((1 - share) * (len(values) + 1) - 1e-9)
    return float(np.sort(values)[place - 1]) if place <= len(values) else np.inf


def log_odds(model: Any, X: Rows) -> Floats:
    """A classifier's evidence of malice (n,) on a scale without ends: the decision function, else the log-odds."""
    if not len(X):
        return np.zeros(0)
    if hasattr(model, "decision_function"):
        return np.asarray(model.decision_function(X), dtype=np.float64)
    scores = np.clip(Classifier(model).scores(X), 1e-9, 1 - 1e-9)
    found: Floats = np.log(scores) - np.log1p(-scores)
    return found


def stricter(verdicts: NDArray[np.int64], suspect: NDArray[np.bool_], instead: int) -> NDArray[np.int8]:
    """Deny what the classifier stops; of what it lets pass, decide `instead` on suspects and allow the rest (n,)."""
    return np.where(verdicts != 0, DENY, np.where(suspect, instead, ALLOW)).astype(np.int8)
