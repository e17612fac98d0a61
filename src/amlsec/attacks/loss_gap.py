"""ALFA: label flips by how much worse the true labels fit what is trained on the false ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Batch

_TURNS = 20


def alfa_flips(learner: Any, rows: Batch, mine: NDArray[np.intp], room: int) -> NDArray[np.intp]:
    """Positions (at most `room`) of the rows among `mine` whose labels to flip.

    Xiao, Xiao and Eckert (2012), algorithm 1, with flips of equal cost: the sum, over the rows as flipped, of the loss under
    the learner trained on them less the loss under the one trained on the true labels is made small in turns: by
    training, and by a linear program over the flips. Starts with no loss under the tainted learner, as theirs. The turns end
    where the flips stay the same, or would leave one class. Losses are hinge losses of `amlsec.impact.refit.evidence`.

    Raises ValueError where the learner refuses the rows.
    """
    clean = losses(learner, rows, rows.y)
    flipped = worst_flips(-clean, mine, room)
    for _ in range(_TURNS):
        y = with_flips(rows.y, flipped)
        if len(np.unique(y)) < 2:
            break
        last, flipped = flipped, worst_flips(losses(learner, rows, y) - clean, mine, room)
        if set(last) == set(flipped):
            break
    return flipped


def losses(learner: Any, rows: Batch, y: NDArray[np.int64]) -> NDArray[np.float64]:
    """The hinge losses (2, n) of the rows under their own labels and under the others, of a learner trained on `y`."""
    from amlsec.impact.contract import Labelled
    from amlsec.impact.refit import evidence, trained

    margin = (2 * rows.y - 1) * evidence(trained(learner, Labelled(rows.X, y)), rows.X)
    return np.asarray(np.maximum(1 - np.array([margin, -margin]), 0.0), dtype=np.float64)


def worst_flips(excess: NDArray[np.float64], mine: NDArray[np.intp], room: int) -> NDArray[np.intp]:
    """Positions of the flips that solve the linear program: each row counts its excess (2, n), kept or flipped.

    With equal costs its corners are whole flips: the `room` rows that lower the sum most, none that raises it.
    """
    saved = (excess[0] - excess[1])[mine]
    best = np.argsort(-saved, kind="stable")[:room]
    flipped: NDArray[np.intp] = mine[best[saved[best] > 0]]
    return flipped


def with_flips(y: NDArray[np.int64], flipped: NDArray[np.intp]) -> NDArray[np.int64]:
    """The labels with some of them turned."""
    turned = y.copy()
    turned[flipped] = 1 - turned[flipped]
    return turned
