"""Hardness of evasion: how many features must change before a linear model lets a row pass."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from amlsec.whitebox.linear import Linear


def fewest_flips(rule: Linear, F: Any) -> NDArray[np.float64]:
    """The fewest of a row's features (n, d), each 0 or 1, that must be flipped before the rule lets it pass (n,).

    Exact: the flips that take most evidence away come first. 0 where the row passes as it is, infinity where no flips are
    enough. Its mean over malicious rows is the hardness of evasion of Biggio, Fumera and Roli, "Multiple classifier systems
    for robust classifier design in adversarial environments", 2010.

    >>> fewest_flips(Linear(np.array([2.0, 1.0, -1.0]), -0.5), np.array([[1, 1, 1], [1, 1, 0], [0, 0, 1]]))
    array([1., 2., 0.])
    """
    rows = F.toarray() if issparse(F) else np.asarray(F, dtype=np.float64)
    margin = rule.margin(rows)
    gains = np.maximum(np.where(rows > 0, rule.weights, -rule.weights), 0.0)
    passes = margin[:, None] <= np.sort(gains, axis=1)[:, ::-1].cumsum(axis=1)
    flips = np.where(passes.any(axis=1), passes.argmax(axis=1) + 1.0, np.inf)
    return np.where(margin <= 0, 0.0, flips)
