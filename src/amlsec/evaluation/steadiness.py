"""Whether a model says the same of the same row when it is asked again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.data import BENIGN, MALICIOUS, Rows
from amlsec.oracle import Model

MOST_ROWS = 100


def asked_again(model: Model, X: Rows, verdicts: NDArray[np.int64]) -> list[int]:
    """[otherwise, asked]: of at most 100 of these rows, evenly spread, how many get another verdict than they got."""
    rows = np.unique(np.linspace(0, len(X) - 1, MOST_ROWS).astype(np.intp))
    return [int((model.labels(X[rows]) != verdicts[rows]).sum()), len(rows)]


def first_verdicts(clean: Mapping[str, Any], y: NDArray[np.int64]) -> NDArray[np.int64]:
    """The verdicts (n,) of a clean game, from its mistakes and the rows' labels.

    >>> first_verdicts({"wrong": [[0], [3]]}, np.array([0, 0, 1, 1]))
    array([1, 0, 1, 0])
    """
    verdicts = y.copy()
    for label in (BENIGN, MALICIOUS):
        verdicts[clean["wrong"][label]] = 1 - label
    return verdicts
