"""What a model makes of offered rows, seen by training it without them and with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Batch
from amlsec.gate.judging.shown import cut, named, shown
from amlsec.impact.checks import labelled
from amlsec.impact.refit import trained
from amlsec.usual import usual

MOST_FLIPS, MOST_FEATURES = 10, 20
Flags = NDArray[np.bool_]
Weights = Mapping[str, float]


def flips(before: Flags, after: Flags, quiz: Batch, names: Sequence[str] = ()) -> dict[str, Any]:
    """Which quiz rows turn wrong, and right, from a model that judges these (n,) rightly to one that judges those."""
    wrong = np.flatnonzero(before & ~after)
    return {
        "asked": len(quiz),
        "wrong_before": int((~before).sum()),
        "turned_wrong": len(wrong),
        "turned_right": int((~before & after).sum()),
        "rows": [shown(quiz, int(k), names) for k in wrong[:MOST_FLIPS]],
    }


def responsible(before: Weights, after: Weights) -> list[dict[str, Any]]:
    """The words, or columns, whose weight moves most."""
    moved = {name: after.get(name, 0.0) - before.get(name, 0.0) for name in {*before, *after}}
    most = sorted(moved, key=lambda name: (-abs(moved[name]), name))[:MOST_FEATURES]
    return [{"feature": cut(name, 100), "without": before.get(name, 0.0), "with": after.get(name, 0.0)} for name in most]


def weights(base: Batch, rows: Batch, names: Sequence[str] = ()) -> Weights:
    """Of the usual linear model of rows: those above 0 speak for malicious.

    Those of columns are by standard deviation of the base.
    """
    steps = trained(usual(base), labelled(rows))
    found = steps[-1].coef_[0]
    if base.is_text:
        return dict(zip(steps[0].get_feature_names_out().tolist(), found.tolist(), strict=True))
    unit = base.X.std(axis=0) / steps[0].scale_
    return dict(zip(named(base, names), (found * unit).tolist(), strict=True))
