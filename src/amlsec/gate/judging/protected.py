"""Rows that must stay right: the model is trained again with what is offered, and asked about each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Batch
from amlsec.gate.judging.caps import kept
from amlsec.impact.checks import labelled
from amlsec.impact.refit import refit


@dataclass(frozen=True, slots=True, eq=False)
class Guarded:
    """Protected rows, and what a model of trusted rows alone says of them.

    Attributes
    ----------
    rows : that must stay right
    model : the unfitted classifier
    trusted : what it is trained on
    right : which of the rows (n,) it judges rightly then
    most : offered rows that it is trained on at most, drawn by their content under the key
    """

    rows: Batch
    model: Any
    trusted: Batch
    right: NDArray[np.bool_]
    most: int
    key: str

    @classmethod
    def of(cls, rows: Batch, model: Any, trusted: Batch, most: int, key: str) -> Guarded:
        """Train the model on the trusted rows, and ask it."""
        return cls(rows, model, trusted, right(model, trusted, rows), most, key)

    def turned(self, offered: Batch, learned: Batch | None = None) -> tuple[int, ...]:
        """The positions of protected rows that turn from right to wrong when the offered rows are learned too.

        `learned` are rows that have been learned since: harm that adds up over submissions shows only beside them. A row
        that these have turned already is not held against the offered ones.
        """
        if not len(offered) or not self.right.any():
            return ()
        before = self.right if learned is None else right(self.model, self.trusted + learned, self.rows)
        base = self.trusted if learned is None else self.trusted + learned
        taken = offered.rows(kept(offered.content(), self.most, self.key))
        return tuple(np.flatnonzero(before & ~right(self.model, base + taken, self.rows)).tolist())


def right(model: Any, training: Batch, rows: Batch) -> NDArray[np.bool_]:
    """Which rows (n,) the classifier judges rightly when it is trained on the others."""
    if not len(rows):
        return np.zeros(0, dtype=bool)
    answer = refit(model, labelled(training), rows.X)
    return np.asarray(answer.verdicts[0] == (rows.y == 1))
