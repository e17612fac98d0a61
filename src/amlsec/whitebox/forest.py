"""A model made of trees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Rows
from amlsec.errors import NotApplicable

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Flags = NDArray[np.bool_]

NUMBERS = -1
"""The `subset` of a node that compares numbers."""


class Tree(NamedTuple):
    """Nodes (k,) of one tree, the root first; a leaf is its own left and right, and holds what the tree says there.

    `subset` is -1 where `x <= threshold` goes left, else the row of `subsets` (s, m + 1) that says which whole numbers go
    left; its last column stands for all numbers that are none of 0 to m - 1.
    """

    feature: Ints
    threshold: Floats
    left: Ints
    right: Ints
    value: Floats
    subset: Ints
    subsets: Flags


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """A row is malicious where the values of its leaves and the bias sum to more than 0.

    Attributes
    ----------
    nodes : of all trees, on end
    roots : the node (t,) each tree begins at
    bias : of every row

    >>> stump = numeric([0, 0, 0], [1.5, 0, 0], [1, 1, 2], [2, 1, 2], [0.0, -1.0, 1.0])
    >>> planted([stump], 0.25).margin(np.array([[1.5], [1.6]]))
    array([-0.75,  1.25])
    """

    nodes: Tree
    roots: Ints
    bias: float

    def leaves(self, X: Rows, /) -> Ints:
        """The leaf that each row reaches in each tree (n, t)."""
        at = np.tile(self.roots, (len(X), 1))
        going = np.ones(1, dtype=bool)
        while going.any():
            after = np.where(self._goes_left(X, at), self.nodes.left[at], self.nodes.right[at])
            at, going = after, self.nodes.left[after] != after
        return at

    def margin(self, X: Rows, /) -> Floats:
        """Evidence of malice (n,); above 0 is the verdict 1."""
        found: Floats = self.nodes.value[self.leaves(X)].sum(axis=1) + self.bias
        return found

    def after(self, scale: Floats, shift: Floats, /) -> Forest:
        """The same model of columns that become `scale * x + shift` before it sees them, up to rounding.

        Raises NotApplicable where columns that are told apart by subsets are scaled, or one is turned round.
        """
        column = self.nodes.feature
        scaled = (scale != 1) | (shift != 0)
        if (scaled[column] & (self.nodes.subset != NUMBERS)).any() or not (scale > 0).all():
            raise NotApplicable("a scaler before the trees changes codes of categories, or the order of numbers")
        threshold = (self.nodes.threshold - shift[column]) / scale[column]
        return replace(self, nodes=self.nodes._replace(threshold=threshold))

    def opposed(self) -> Forest:
        """The forest that says the opposite of each row."""
        return replace(self, nodes=self.nodes._replace(value=-self.nodes.value), bias=-self.bias)

    def _goes_left(self, X: Rows, at: Ints) -> Flags:
        values = X[np.arange(len(X))[:, None], self.nodes.feature[at]]
        left: Flags = values <= self.nodes.threshold[at]
        if self.nodes.subsets.size:
            subset = self.nodes.subset[at]
            among = self.nodes.subsets[subset, code(values, self.nodes.subsets.shape[1] - 1)]
            left = np.where(subset == NUMBERS, left, among)
        return left


def code(values: Rows, codes: int) -> Ints:
    """The place of each value among the whole numbers 0 to `codes` - 1; `codes` for any other."""
    known = (values >= 0) & (values < codes) & (values == np.floor(values))
    return np.where(known, values, codes).astype(np.intp)


def planted(trees: Sequence[Tree], bias: float) -> Forest:
    """A forest of these trees."""
    start = np.cumsum([0, *(len(tree.feature) for tree in trees)])
    first = np.cumsum([0, *(len(tree.subsets) for tree in trees)])
    codes = max((tree.subsets.shape[1] for tree in trees), default=0)
    moved = [
        tree._replace(
            left=tree.left + start[i],
            right=tree.right + start[i],
            subset=np.where(tree.subset == NUMBERS, NUMBERS, tree.subset + first[i]),
            subsets=_widened(tree.subsets, codes),
        )
        for i, tree in enumerate(trees)
    ]
    return Forest(Tree._make(map(np.concatenate, zip(*moved, strict=True))), start[:-1], bias)


def numeric(
    feature: Sequence[int] | Ints,
    threshold: Sequence[float] | Floats,
    left: Sequence[int] | Ints,
    right: Sequence[int] | Ints,
    value: Sequence[float] | Floats,
) -> Tree:
    """A tree that compares numbers only."""
    column, no, yes = (np.asarray(part, dtype=np.intp) for part in (feature, left, right))
    cuts, values = (np.asarray(part, dtype=np.float64) for part in (threshold, value))
    return Tree(column, cuts, no, yes, values, np.full(len(values), NUMBERS), np.zeros((0, 0), dtype=bool))


def as_float32(threshold: Floats) -> Floats:
    """The largest number that a model which rounds to single precision sends left of this threshold.

    >>> as_float32(np.array([1.0]))
    array([1.00000006])
    """
    below = threshold.astype(np.float32)
    below = np.where(below > threshold, np.nextafter(below, np.float32(-np.inf)), below)
    above = np.nextafter(below, np.float32(np.inf))
    middle = (below.astype(np.float64) + above.astype(np.float64)) / 2
    return np.where(middle.astype(np.float32) <= below, middle, np.nextafter(middle, -np.inf))


def strictly_below(threshold: Floats) -> Floats:
    """The same for a model that sends left what is less than this single precision threshold."""
    return as_float32(np.nextafter(threshold.astype(np.float32), np.float32(-np.inf)).astype(np.float64))


def _widened(subsets: Flags, codes: int) -> Flags:
    """With as many columns, what is said of all other numbers being said of each that is new."""
    if not subsets.size:
        return np.zeros((len(subsets), codes), dtype=bool)
    others = np.repeat(subsets[:, -1:], codes - subsets.shape[1], axis=1)
    return np.concatenate([subsets, others], axis=1)
