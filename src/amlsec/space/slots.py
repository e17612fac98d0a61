"""A table's columns as slots that can be filled one by one: numbers, and choices among codes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Rows
from amlsec.space.column import Column, Kind
from amlsec.space.tabular import TabularSpace

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    """One thing that a row says: a number, or one of `codes` choices, 0, 1, ...; numbers have 0 codes.

    Attributes
    ----------
    at : positions of its columns: one, or those of a one-hot group
    low, high : the least and the largest value
    grid : what its values are multiples of; 0 where they flow
    scale : a distance that matters
    """

    at: NDArray[np.intp]
    low: float
    high: float
    grid: float
    scale: float
    codes: int = 0


class Slots:
    """The slots of a table: its numbers, then its categories and one-hot groups; relations bind no slot.

    >>> from amlsec.space.tabular import Column, Kind
    >>> slots = Slots(TabularSpace([Column("os", Kind.CATEGORY, 0, 2), Column("size", Kind.NUMERIC, 0, 9)]))
    >>> slots.read(np.array([[2.0, 0.5]])), slots.rows(np.array([[0.5, 2.0]]))
    (array([[0.5, 2. ]]), array([[2. , 0.5]]))
    """

    def __init__(self, space: TabularSpace) -> None:
        self.width = len(space.columns)
        self.all = _slots(space)
        self.low = np.array([slot.low for slot in self.all], dtype=np.float64)
        self.high = np.array([slot.high for slot in self.all], dtype=np.float64)
        self.scale = np.array([slot.scale for slot in self.all], dtype=np.float64)
        self.grid = np.array([slot.grid for slot in self.all], dtype=np.float64)
        self.codes = np.array([slot.codes for slot in self.all], dtype=np.intp)

    def read(self, X: Rows) -> Floats:
        """What each row (n, d) says (n, k)."""
        said = [X[:, slot.at[0]] if len(slot.at) == 1 else X[:, slot.at].argmax(axis=1) for slot in self.all]
        return np.stack(said, axis=1).astype(np.float64) if said else np.zeros((len(X), 0))

    def rows(self, said: Floats) -> Rows:
        """The rows (n, d) that say this (n, k)."""
        X = np.zeros((len(said), self.width))
        for slot, values in zip(self.all, said.T, strict=True):
            X[:, slot.at] = values[:, None] if len(slot.at) == 1 else values[:, None] == np.arange(len(slot.at))
        return X

    def inside(self, said: Floats) -> Floats:
        """The nearest values (n, k) within the bounds and on the grid."""
        unit = np.where(self.grid > 0, self.grid, 1.0)
        return np.where(self.grid > 0, np.round(said / unit) * unit, said).clip(self.low, self.high)

    def uniform(self, n: int, rng: np.random.Generator) -> Floats:
        """n rows' values (n, k), each drawn evenly between its bounds."""
        half = np.where(self.grid > 0, self.grid / 2, 0.0)
        return self.inside(rng.uniform(self.low - half, self.high + half, (n, len(self.all))))


def _slots(space: TabularSpace) -> tuple[Slot, ...]:
    place = {column.name: j for j, column in enumerate(space.columns)}
    numbers = [_number(space.columns[j], j) for j in np.flatnonzero(space.numbers).tolist()]
    categories = [_category(column, j) for j, column in enumerate(space.columns) if column.kind == Kind.CATEGORY]
    groups = [_choice(np.array([place[name] for name in group.columns], dtype=np.intp)) for group in space.groups]
    return (*numbers, *categories, *groups)


def _number(column: Column, at: int) -> Slot:
    return Slot(np.array([at], dtype=np.intp), column.low, column.high, column.grid, column.scale)


def _category(column: Column, at: int) -> Slot:
    many = int(column.high) + 1
    return Slot(np.array([at], dtype=np.intp), 0.0, many - 1.0, 1.0, 1.0, many)


def _choice(at: NDArray[np.intp]) -> Slot:
    return Slot(at, 0.0, len(at) - 1.0, 1.0, 1.0, len(at))
