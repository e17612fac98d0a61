"""One change for many rows: what it is made of, and how it is made to rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from amlsec.budget import EvasionBudget
from amlsec.data import Rows, texts
from amlsec.space.contract import Space
from amlsec.space.tabular import TabularSpace, tabular
from amlsec.space.text import TextSpace

_SHARES = (1.0, 0.5, 0.25)
"""Parts of a table's change spend this share of the cost on one column."""
Parts = tuple[Any, ...]


class Maker(Protocol):
    """Makes changes out of parts."""

    def parts(self, wanted: int, most: int, /) -> Parts:
        """So many parts at most, the most promising for this verdict first."""

    def made(self, X: Rows, parts: Sequence[Any], /) -> Rows:
        """The rows with the same parts in each, within the cost."""


@dataclass(frozen=True, slots=True, eq=False)
class SameWords:
    """The same words added to every text; a part is a word."""

    space: TextSpace
    cost: float

    def parts(self, wanted: int, most: int, /) -> Parts:
        return self.space.promising(wanted)[:most]

    def made(self, X: Rows, parts: Sequence[Any], /) -> Rows:
        words = list(parts)[: int(min(self.cost, len(parts)))]
        return texts([self.space.adding(row, words) for row in X])


@dataclass(frozen=True, slots=True, eq=False)
class SameColumns:
    """The same amounts added to the same columns of every row; a part is a column and an amount.

    Where a row's bounds leave less room, it gets less.
    """

    space: TabularSpace
    cost: float

    def parts(self, wanted: int, most: int, /) -> Parts:
        """Amounts that spend a share of the cost on one column, up and down; categories and constants have none."""
        cost = min(self.cost, 1e6)
        flows = [j for j in self.space.changeable if self.space.columns[j].low < self.space.columns[j].high]
        steps = [(j, way * share * cost / self.space.rate[j]) for share in _SHARES for j in flows for way in (1.0, -1.0)]
        return tuple(steps[:most])

    def made(self, X: Rows, parts: Sequence[Any], /) -> Rows:
        added = np.zeros(X.shape[1])
        for column, amount in parts:
            added[column] += amount
        return self.space.project(X, X + added, self.cost)


def maker(space: Space, budget: EvasionBudget) -> Maker:
    """What makes changes in a space of texts or a table within the budget's cost; InvalidInput for another space."""
    return SameWords(space, budget.cost) if isinstance(space, TextSpace) else SameColumns(tabular(space), budget.cost)
