"""The model a screen judges labels by."""

from __future__ import annotations

from typing import Any

from amlsec.data import Batch
from amlsec.impact.checks import labelled
from amlsec.impact.refit import seeded, trained
from amlsec.usual import usual


def model_of(rows: Batch, estimator: Any, random_state: int | None) -> Any:
    """A clone of the classifier, trained on these rows; None is the usual one for such rows.

    >>> import numpy as np
    >>> model_of(Batch(np.array([[0.0], [1.0]]), np.array([0, 1])), None, 0).predict([[0.9]])
    array([1])
    """
    chosen = usual(rows) if estimator is None else estimator
    return trained(seeded(chosen, random_state or 0), labelled(rows))
