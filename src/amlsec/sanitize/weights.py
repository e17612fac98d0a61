"""What every form of a sanitizer stands on: rows judged by a screen, and the weight that each is trained on with."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from amlsec.data import BENIGN, MALICIOUS, Batch
from amlsec.errors import InvalidInput
from amlsec.evidence import Decision, Verdicts
from amlsec.sanitize.given import batches


class Judgement(NamedTuple):
    """The fitted screen, what it said of n rows, and their weights (n,) in [0, 1]."""

    screen: Any
    verdicts: Verdicts
    weight: NDArray[np.float64]

    @property
    def kept(self) -> NDArray[np.intp]:
        """The positions of rows that are trained on, ascending."""
        return np.flatnonzero(self.weight)


def screen_weights(
    screen: Any,
    X: Any,
    y: Any,
    *,
    source: Any = None,
    time: Any = None,
    trusted: Any = None,
    malicious: Any = None,
    quarantine: float = 0.0,
) -> NDArray[np.float64]:
    """The `sample_weight` (n,) of rows under a screen: 1 accepted, `quarantine` quarantined, 0 rejected.

    Parameters
    ----------
    screen : any screen; fitted already where `trusted` is None, else a clone of it is fitted
    X : texts (n,), or a finite table (n, d): arrays, lists, or pandas, polars and Arrow frames of numbers
    y : two labels (n,)
    source : where each row came from (n,); None where nobody noted it
    time : when each row came (n,); None where nobody noted it
    trusted : rows the screen learns from: a Batch, or a pair (X, y) under the labels of `y`
    malicious : the malicious label; None: 1 of numbers or booleans, else the one of two known by its name, as "spam"
    quarantine : the weight of a quarantined row, in [0, 1]

    Raises InvalidInput where an argument breaks a rule, or a label has rows but none of a weight above 0.

    >>> from amlsec.defenses.screens.provenance import Provenance
    >>> rng = np.random.default_rng(0)
    >>> y = rng.integers(0, 2, 300)
    >>> X = rng.normal(4.0 * y - 2)[:, None]
    >>> source, said = np.repeat(["honest", "liar"], [70, 30]), np.append(y[200:270], 1 - y[270:])
    >>> weight = screen_weights(Provenance(), X[200:], said, source=source, trusted=(X[:200], y[:200]))
    >>> bool(weight[:70].all()), bool(weight[70:].any())
    (True, False)
    """
    offered, known = batches(X, y, source=source, time=time, trusted=trusted, malicious=malicious)
    return judgement(screen, offered, known, quarantine).weight


def judgement(screen: Any, offered: Batch, trusted: Batch | None, quarantine: float = 0.0) -> Judgement:
    """Offered rows judged by a clone of the screen, fitted on trusted rows; by itself where there are none.

    Raises InvalidInput where `quarantine` is out of range, or nothing of a label is left to train on.
    """
    if not 0 <= quarantine <= 1:
        raise InvalidInput("quarantine", quarantine, "must lie in [0, 1]")
    fitted = screen if trusted is None else clone(screen, safe=False).fit(trusted)
    verdicts = fitted.judge(offered)
    weight = weights_of(verdicts, quarantine)
    for label in (BENIGN, MALICIOUS):
        _something_left(verdicts, weight, offered.y == label, label)
    return Judgement(fitted, verdicts, weight)


def weights_of(verdicts: Verdicts, quarantine: float = 0.0) -> NDArray[np.float64]:
    """1 (n,) where a row was accepted, `quarantine` where quarantined, 0 where rejected.

    >>> weights_of(Verdicts(np.array([0, 1, 2], dtype=np.int8), np.zeros(3), 0.5, ["-"] * 3), 0.5)
    array([1. , 0.5, 0. ])
    """
    by_decision = {Decision.ACCEPT: 1.0, Decision.QUARANTINE: quarantine, Decision.REJECT: 0.0}
    return np.array([by_decision[decision] for decision in sorted(Decision)])[verdicts.decision]


def _something_left(verdicts: Verdicts, weight: NDArray[np.float64], own: NDArray[np.bool_], label: int) -> None:
    if weight[own].any() or not own.any():
        return
    first = int(np.flatnonzero(own)[0])
    held = int((verdicts.decision[own] == Decision.QUARANTINE).sum())
    rule = f"the screen quarantined {held} of {own.sum()}, rejected the rest; of the first it says: {verdicts.reason[first]}"
    raise InvalidInput("y", f"left without a {'malicious' if label == MALICIOUS else 'benign'} row", rule)
