"""What a model makes of offered rows, seen by training it without them and with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from amlsec.data import Batch
from amlsec.gate.judging.protected import right
from amlsec.gate.judging.shown import cut, named, shown
from amlsec.impact.checks import labelled
from amlsec.impact.refit import trained
from amlsec.usual import usual

MOST_FLIPS, MOST_FEATURES = 10, 20


def flips(model: Any, base: Batch, offered: Batch, quiz: Batch, names: Sequence[str] = ()) -> dict[str, Any]:
    """Which quiz rows turn wrong, and right, when the model is trained with the offered rows beside the base."""
    before, after = right(model, base, quiz), right(model, base + offered, quiz)
    wrong = np.flatnonzero(before & ~after)
    return {
        "offered": len(offered),
        "asked": len(quiz),
        "wrong_before": int((~before).sum()),
        "turned_wrong": len(wrong),
        "turned_right": int((~before & after).sum()),
        "rows": [shown(quiz, int(k), names) for k in wrong[:MOST_FLIPS]],
    }


def responsible(base: Batch, offered: Batch, names: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The words, or columns, whose weight in the usual linear model moves most when the offered rows are learned.

    Weights above 0 speak for malicious; those of columns are by standard deviation of the base.
    """
    before, after = (_weights(base, rows, names) for rows in (base, base + offered))
    moved = {name: after.get(name, 0.0) - before.get(name, 0.0) for name in {*before, *after}}
    most = sorted(moved, key=lambda name: (-abs(moved[name]), name))[:MOST_FEATURES]
    return [{"feature": cut(name, 100), "without": before.get(name, 0.0), "with": after.get(name, 0.0)} for name in most]


def _weights(base: Batch, rows: Batch, names: Sequence[str]) -> dict[str, float]:
    steps = trained(usual(base), labelled(rows))
    weights = steps[-1].coef_[0]
    if base.is_text:
        return dict(zip(steps[0].get_feature_names_out().tolist(), weights.tolist(), strict=True))
    unit = base.X.std(axis=0) / steps[0].scale_
    return dict(zip(named(base, names), (weights * unit).tolist(), strict=True))
