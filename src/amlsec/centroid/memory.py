"""What a centre remembers of its rows, and the rules by which a new row takes an old one's place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Memory:
    """A centre and what it rests on.

    Attributes
    ----------
    centre : (d,)
    rows : the rows that count (n, d), the oldest first; rules that need none of them leave them as they were at first
    seen : how many rows the centre has learned from, n at first
    """

    centre: Floats
    rows: Floats
    seen: int


Rule = Callable[[Memory, Floats], Memory]
"""A memory and a new row (d,) in, the memory that has learned it out; the old memory stays as it is."""


def remembered(rows: Floats) -> Memory:
    """The memory of these rows (n, d); its centre is their mean."""
    return Memory(rows.mean(axis=0), rows, len(rows))


def average_out(memory: Memory, row: Floats) -> Memory:
    """The new row counts 1/n and what was there before gives way evenly: a horizon of n rows.

    >>> average_out(remembered(np.array([[0.0], [0.0]])), np.array([1.0])).centre
    array([0.5])
    """
    return replace(memory, centre=memory.centre + (row - memory.centre) / len(memory.rows), seen=memory.seen + 1)


def infinite_horizon(memory: Memory, row: Floats) -> Memory:
    """The mean of all rows ever learned; each counts the less, the later it comes.

    >>> infinite_horizon(remembered(np.array([[0.0], [0.0]])), np.array([1.0])).centre.round(3)
    array([0.333])
    """
    seen = memory.seen + 1
    return replace(memory, centre=memory.centre + (row - memory.centre) / seen, seen=seen)


def oldest_out(memory: Memory, row: Floats) -> Memory:
    """The mean of the last n rows: the oldest goes.

    >>> oldest_out(remembered(np.array([[0.0], [4.0]])), np.array([2.0])).rows.tolist()
    [[4.0], [2.0]]
    """
    return _replaced(memory, 0, row)


def nearest_out(memory: Memory, row: Floats) -> Memory:
    """The mean of n rows, of which the one nearest to the new row goes; the first of equally near ones.

    >>> nearest_out(remembered(np.array([[0.0], [4.0]])), np.array([3.0])).rows.tolist()
    [[0.0], [3.0]]
    """
    return _replaced(memory, int(((memory.rows - row) ** 2).sum(axis=1).argmin()), row)


def _replaced(memory: Memory, gone: int, row: Floats) -> Memory:
    rows = np.concatenate([memory.rows[:gone], memory.rows[gone + 1 :], row[None]])
    return Memory(memory.centre + (row - memory.rows[gone]) / len(rows), rows, memory.seen + 1)
