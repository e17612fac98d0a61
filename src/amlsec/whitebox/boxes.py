"""The leaves of a forest as boxes: where each column must lie for a row to reach them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from amlsec.whitebox.forest import NUMBERS, Forest

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Runs = tuple[tuple[float, float], ...]
"""Disjoint intervals, open below and closed above, in rising order."""

EVERYWHERE: Runs = ((-np.inf, np.inf),)


class Boxes(NamedTuple):
    """Leaves (l,) that rows can reach; run by run (r,), in the order of leaves and columns, where their columns must lie.

    A row reaches a leaf where each column that has runs in it lies in one of them.
    """

    value: Floats
    tree: Ints
    leaf: Ints
    column: Ints
    low: Floats
    high: Floats


def boxes(forest: Forest) -> Boxes:
    """The leaves of a forest as boxes.

    >>> from amlsec.whitebox.forest import numeric, planted
    >>> boxes(planted([numeric([0, 0, 0], [1.5, 0, 0], [1, 1, 2], [2, 1, 2], [0.0, -1.0, 1.0])], 0.0)).high
    array([1.5, inf])
    """
    found = [(i, *leaf) for i, root in enumerate(forest.roots.tolist()) for leaf in _reached(forest, root)]
    runs = [(k, j, *run) for k, (_, _, path) in enumerate(found) for j in sorted(path) for run in path[j]]
    leaf, column, low, high = np.array(runs, dtype=np.float64).reshape(-1, 4).T
    value = np.array([value for _, value, _ in found])
    tree = np.array([tree for tree, _, _ in found], dtype=np.intp)
    return Boxes(value, tree, leaf.astype(np.intp), column.astype(np.intp), low, high)


def _reached(forest: Forest, root: int) -> Iterator[tuple[float, dict[int, Runs]]]:
    """Each leaf's value, and where the columns on its path lie."""
    nodes, stack = forest.nodes, [(root, dict[int, Runs]())]
    while stack:
        at, path = stack.pop()
        if nodes.left[at] == at:
            yield float(nodes.value[at]), path
            continue
        column, left, right = int(nodes.feature[at]), *_sides(forest, at)
        here = path.get(column, EVERYWHERE)
        for child, side in ((int(nodes.right[at]), right), (int(nodes.left[at]), left)):
            if common := _intersected(here, side):
                stack.append((child, {**path, column: common}))


def _sides(forest: Forest, at: int) -> tuple[Runs, Runs]:
    """What goes left at a node, and what right."""
    subset, threshold = forest.nodes.subset[at], float(forest.nodes.threshold[at])
    if subset == NUMBERS:
        return ((-np.inf, threshold),), ((threshold, np.inf),)
    goes = forest.nodes.subsets[subset]
    return _runs(goes), _runs(~goes)


def _runs(codes: NDArray[np.bool_]) -> Runs:
    """Where these whole numbers lie, the last standing for all that are larger."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], codes, [False]])))
    ends = np.concatenate([[-np.inf], np.arange(len(codes) - 1.0), [np.inf]])
    return tuple((float(ends[start]), float(ends[stop])) for start, stop in edges.reshape(-1, 2))


def _intersected(one: Runs, two: Runs) -> Runs:
    pairs = ((max(a, c), min(b, d)) for a, b in one for c, d in two)
    return tuple((low, high) for low, high in pairs if low < high)
