"""A forest seen from the columns: between two thresholds of a column its value makes no difference.

Every column is cut into cells at the thresholds that its forest compares it with. A cell of a column is called a slot;
slots are numbered column after column, each column's followed by one that stands for no value. What a forest says of a
row depends on the slots of its columns alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Rows
from amlsec.space.tabular import TabularSpace
from amlsec.whitebox.boxes import Boxes, boxes
from amlsec.whitebox.forest import Forest

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Flags = NDArray[np.bool_]

_FAR = 1e300


@dataclass(frozen=True, eq=False)
class Cells:
    """The slots of all columns, and in which slots a row's columns must be for it to reach a leaf.

    Attributes
    ----------
    column, low, high : of each slot (k,): it holds the values above `low` and up to `high`; NaN for no value
    value : of each leaf (l,); leaves that every row reaches are in the `bias`
    tree : of each leaf
    leaf : of each side (p,), a leaf and a column that must lie somewhere for a row to reach it; in the leaves' order
    side : of each run (r,), a side and neighbouring slots that will do; in the sides' order
    first, last : the slots (r,) at the ends of a run
    bias : of every row
    """

    column: Ints
    low: Floats
    high: Floats
    value: Floats
    tree: Ints
    leaf: Ints
    side: Ints
    first: Ints
    last: Ints
    bias: float

    @property
    def width(self) -> int:
        """How many columns there are."""
        return int(self.column[-1]) + 1

    @property
    def size(self) -> float:
        """No margin lies farther from 0."""
        largest = np.zeros(int(self.tree.max(initial=-1)) + 1)
        np.maximum.at(largest, self.tree, np.abs(self.value))
        return float(largest.sum()) + abs(self.bias)

    @cached_property
    def run_column(self) -> Ints:
        return self.column[self.first]

    @cached_property
    def side_column(self) -> Ints:
        return self.run_column[self.side_starts]

    @cached_property
    def side_starts(self) -> Ints:
        return starts(self.side)

    @cached_property
    def leaf_starts(self) -> Ints:
        return starts(self.leaf)

    @cached_property
    def sides_of_leaf(self) -> Ints:
        return np.bincount(self.leaf, minlength=len(self.value))

    def located(self, x: Floats) -> Ints:
        """The slot of each value of a row (d,)."""
        found: Ints = np.flatnonzero((self.low < x[self.column]) & (x[self.column] <= self.high))
        return found

    def standing(self, at: Ints) -> tuple[Flags, Ints]:
        """For slots (s, d): which sides (s, p) are met, and how many each leaf (s, l) lacks."""
        slots = at[:, self.run_column]
        lies = (self.first <= slots) & (slots <= self.last)
        met = np.logical_or.reduceat(lies, self.side_starts, axis=1)
        lacking = self.sides_of_leaf - np.add.reduceat(met, self.leaf_starts, axis=1, dtype=np.int16)
        return met, lacking

    def margins(self, at: Ints) -> Floats:
        """The forest's margin (s,) at slots (s, d)."""
        if not len(self.value):
            return np.full(len(at), self.bias)
        margins: Floats = (self.standing(at)[1] == 0) @ self.value + self.bias
        return margins

    def profiles(self, at: Ints) -> Floats:
        """The margins (s, k) of slots (s, d) were one column moved to each slot, all the others staying.

        A leaf speaks there if it lacks nothing, or only what the moved column can bring: its value is added at the first and
        taken away behind the last slot of each run (the symbolic prediction of Kantchelian et al. 2016, for all columns).
        """
        if not len(self.value):
            return np.full((len(at), len(self.column)), self.bias)
        met, lacking = self.standing(at)
        now = (lacking == 0) @ self.value + self.bias
        speaks = lacking[:, self.leaf] == ~met
        heard = np.where(speaks & met, self.value[self.leaf], 0.0)
        state, run = np.nonzero(speaks[:, self.side])
        steps = self._summed(state, np.stack([self.first[run], self.last[run] + 1]), self.value[self.leaf[self.side[run]]])
        others = now[:, None] - heard @ self._column_of_side
        profiles: Floats = others[:, self.column] + steps.cumsum(axis=1)
        return profiles

    @cached_property
    def _column_of_side(self) -> Floats:
        return np.equal.outer(self.side_column, np.arange(self.width)).astype(np.float64)

    def _summed(self, state: Ints, slots: Ints, values: Floats) -> Floats:
        """Values added at the first and taken away at the second of two slots (2, n), state by state (s, k)."""
        size, states = len(self.column), int(state.max(initial=-1)) + 1
        at = (state * size + slots).ravel()
        signed = np.concatenate([values, -values])
        return np.asarray(np.bincount(at, signed, minlength=states * size), dtype=np.float64).reshape(states, size)

    def within(self, kept: Flags) -> Cells:
        """With these leaves (l,) only."""
        sides = kept[self.leaf]
        runs = sides[self.side]
        return replace(
            self,
            value=self.value[kept],
            tree=self.tree[kept],
            leaf=_renumbered(kept)[self.leaf[sides]],
            side=_renumbered(sides)[self.side[runs]],
            first=self.first[runs],
            last=self.last[runs],
        )


def cells(forest: Forest, width: int) -> Cells:
    """The cells of a forest over rows of so many columns."""
    known = boxes(forest)
    always = np.bincount(known.leaf, minlength=len(known.value)) == 0
    cuts = [np.unique(known.high[(known.column == j) & np.isfinite(known.high)]) for j in range(width)]
    return _numbered(known, always, cuts, forest.bias)


def _numbered(known: Boxes, always: Flags, cuts: list[Floats], bias: float) -> Cells:
    cuts = [np.union1d(cut, known.low[(known.column == j) & np.isfinite(known.low)]) for j, cut in enumerate(cuts)]
    offset = np.cumsum([0, *(len(cut) + 2 for cut in cuts)])
    low = np.concatenate([[-np.inf, *cut, np.nan] for cut in cuts])
    high = np.concatenate([[*cut, np.inf, np.nan] for cut in cuts])
    first, last = np.empty((2, len(known.leaf)), dtype=np.intp)
    for j, cut in enumerate(cuts):
        own = known.column == j
        first[own] = offset[j] + np.searchsorted(cut, known.low[own], side="right") * (known.low[own] > -np.inf)
        last[own] = offset[j] + np.searchsorted(cut, known.high[own])
    side = np.cumsum(np.concatenate([[False], (np.diff(known.leaf) > 0) | (np.diff(known.column) != 0)])[: len(known.leaf)])
    leaf = _renumbered(~always)[known.leaf[starts(side)]]
    column = np.repeat(np.arange(len(cuts)), np.diff(offset))
    speaking = known.value[~always], known.tree[~always]
    return Cells(column, low, high, *speaking, leaf, side, first, last, bias + float(known.value[always].sum()))


def sums(group: Ints, values: Floats) -> Floats:
    """The sum of each group's values; every group has one."""
    return np.asarray(np.bincount(group, values), dtype=np.float64)


def starts(group: Ints) -> Ints:
    """Where each group begins, of groups that stand together."""
    return np.flatnonzero(np.diff(group, prepend=-1))


def _renumbered(kept: Flags) -> Ints:
    numbers: Ints = np.cumsum(kept) - 1
    return numbers


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """What one row's owner pays for each slot.

    Attributes
    ----------
    own : the slots (d,) of the row itself
    values : the cheapest value (k,) in each slot
    costs : what it costs (k,); infinity where the space allows none
    """

    own: Ints
    values: Floats
    costs: Floats

    def limited(self, most: float) -> Prices:
        """Slots that cost more are out of reach."""
        return replace(self, costs=np.where(self.costs <= most, self.costs, np.inf))

    def row(self, at: Ints) -> Floats:
        """The cheapest row in these slots (d,)."""
        return self.values[at]


def slotted(of: Cells, space: TabularSpace) -> TabularSpace:
    """A space with a column for every slot, that holds what the slot's own column may; what binds columns is left out."""
    wide = TabularSpace([space.columns[j] for j in of.column])
    wide.rate = space.rate[of.column]
    return wide


def prices(of: Cells, slots: TabularSpace, X: Rows, slack: float = 0.0) -> list[Prices]:
    """For each row (n, d) the cheapest allowed value in each slot: its own, or the nearest.

    `slots` is the `slotted` space; the nearest value lies a share `slack` of its size inside the slot.
    """
    own = X[:, of.column]
    inside = (of.low < own) & (own <= of.high)
    ends = np.where(own > of.high, _down(of, slots.grid, slack), _up(of, slots.grid, slack))
    values = slots.project(own, np.where(inside, own, np.where(np.isnan(of.low), own, ends)), np.inf)
    allowed = (of.low < values) & (values <= of.high)
    costs = np.where(allowed, slots.by_column(own, values), np.inf)
    return [Prices(of.located(x), *row) for x, *row in zip(X, values, costs, strict=True)]


def _down(of: Cells, grid: Floats, slack: float) -> Floats:
    """The largest value in each slot that stands on its column's grid."""
    edge, unit = _finite(of.high), np.where(grid > 0, grid, 1.0)
    multiple = np.floor(edge / unit + 1e-9)
    stepped = np.where(multiple * unit > edge, multiple - 1, multiple) * unit
    pulled = np.maximum(edge - slack * np.maximum(1.0, np.abs(edge)), np.nextafter(_finite(of.low), np.inf))
    return np.where(grid > 0, stepped, pulled if slack else edge)


def _up(of: Cells, grid: Floats, slack: float) -> Floats:
    """The smallest one."""
    edge, unit = _finite(of.low), np.where(grid > 0, grid, 1.0)
    multiple = np.ceil(edge / unit - 1e-9)
    stepped = np.where(multiple * unit <= edge, multiple + 1, multiple) * unit
    after = np.nextafter(edge, np.inf)
    pulled = np.clip(edge + slack * np.maximum(1.0, np.abs(edge)), after, np.maximum(after, of.high))
    return np.where(grid > 0, stepped, pulled if slack else after)


def _finite(edges: Floats) -> Floats:
    return np.clip(edges, -_FAR, _FAR)
