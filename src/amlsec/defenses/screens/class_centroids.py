"""Where the two classes of trusted rows lie."""

from __future__ import annotations

from typing import Any

import numpy as np

from amlsec.data import Batch
from amlsec.defenses.screens.harm_tests import Floats
from amlsec.impact.contract import CLASSES


def centroids(F: Any, rows: Batch) -> Floats:
    """The mean (2, d) of each label's rows, given these rows' features (n, d), dense or sparse.

    >>> centroids(np.array([[1.0], [3.0], [8.0]]), Batch(np.zeros((3, 1)), np.array([0, 0, 1])))
    array([[2.],
           [8.]])
    """
    return np.array([np.asarray(F[rows.y == label].mean(axis=0)).ravel() for label in CLASSES])
