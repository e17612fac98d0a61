"""What good clients lose when a guard shows them less than its classifier's scores."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Batch
from amlsec.defenses.decisions import on_unseen
from amlsec.oracle import Classifier

Floats = NDArray[np.float64]
Shown = Callable[[Any, Floats], Floats]
"""What is shown of a fitted classifier's scores (n,)."""


def lost(model: Any, rows: Batch, shown: Shown, random_state: int | None) -> tuple[float, float]:
    """The area under the ROC curve that is lost, and the Brier score that is added, on rows the classifier has not seen.

    A fifth of the rows is kept from a copy of it. The Brier score is of probabilities: NaN where scores are margins.
    """
    area, brier = on_unseen(model, rows, partial(_lost, shown=shown), random_state)
    return float(area), float(brier)


def _lost(model: Any, held: Batch, shown: Shown) -> Floats:
    scores = Classifier(model).scores(held.X)
    seen = shown(model, scores)
    added = ((seen - held.y) ** 2).mean() - ((scores - held.y) ** 2).mean()
    is_chance = scores.min() >= 0 and scores.max() <= 1
    return np.array([_area(scores, held.y) - _area(seen, held.y), added if is_chance else np.nan])


def _area(scores: Floats, y: NDArray[np.int64]) -> float:
    """How often a malicious row scores above a benign one, ties counted half; NaN where a label is missing."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(y, scores)) if len(np.unique(y)) == 2 else np.nan
