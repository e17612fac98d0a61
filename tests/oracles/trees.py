"""Small forests over a box, whose cheapest evasion is found by trying every combination of cells."""

from itertools import product

import numpy as np

from amlsec.space.tabular import Column, Kind, May, TabularSpace
from amlsec.whitebox.forest import Tree, numeric, planted

CODES = 4


def space():
    """Numbers, whole numbers, tenths, a column that only grows, one out of reach, and a category."""
    return TabularSpace(
        [
            Column("flows", Kind.NUMERIC, -2, 2, scale=0.7),
            Column("count", Kind.INTEGER, -3, 3, price=2.0),
            Column("tenths", Kind.NUMERIC, -2, 2, step=0.1),
            Column("grows", Kind.NUMERIC, -2, 2, may=May.UP),
            Column("fixed", Kind.NUMERIC, -2, 2, may=May.NOT),
            Column("script", Kind.CATEGORY, 0, CODES - 1, price=0.6, categories=tuple("abcd")),
        ]
    )


def rows(n, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.uniform(-2, 2, (n, 6))
    X[:, 1], X[:, 2], X[:, 5] = rng.integers(-3, 4, n), X[:, 2].round(1), rng.integers(0, CODES, n)
    return X


def grown(rng, depth):
    """A full tree of random splits; the category is split in subsets, which leave out or take in what is no code."""
    inner, leaves = 2**depth - 1, 2**depth
    column = rng.integers(0, 6, inner)
    cuts = rng.choice([-1.5, -1, -0.55, -0.3, 0, 0.2, 0.5, 1.1], inner)
    at, ends = np.arange(inner), inner + np.arange(leaves)
    tree = numeric(
        np.append(column, 0 * ends),
        np.append(cuts, 0.0 * ends),
        np.append(2 * at + 1, ends),
        np.append(2 * at + 2, ends),
        np.append(0.0 * at, rng.normal(size=leaves)),
    )
    split = np.append(column == 5, ends < 0)
    subset = np.where(split, split.cumsum() - 1, -1)
    return Tree(*tree[:5], subset, rng.random((split.sum(), CODES + 1)) < 0.5)


def forest(seed, trees=4, depth=3):
    rng = np.random.default_rng(seed)
    return planted([grown(rng, depth) for _ in range(trees)], float(rng.normal(0, 0.3)))


def least(model, table, x, wanted=0, norm="sum"):
    """The least cost of a row with the wanted verdict, over all values at and next to the thresholds."""
    values = [_values(model, table, x, j) for j in range(len(x))]
    tried = np.array(list(product(*values)))
    price = table.by_column(np.broadcast_to(x, tried.shape), tried)
    cost = {"sum": price.sum(axis=1), "max": price.max(axis=1), "count": (tried != x).sum(axis=1).astype(float)}[norm]
    won = (model.margin(tried) > 0) == bool(wanted)
    return cost[won].min(initial=np.inf)


def _values(model, table, x, j):
    """What the column may become: its own value, and those the space allows of the grid or around the thresholds."""
    nodes = model.nodes
    compared = (nodes.left != np.arange(len(nodes.left))) & (nodes.feature == j) & (nodes.subset < 0)
    cuts = np.unique(nodes.threshold[compared])
    some = np.arange(-20, 21) / 10 if j == 2 else np.arange(-3, 4) if j in (1, 5) else np.append(cuts, np.nextafter(cuts, 9))
    changed = np.repeat(x[None], len(some) + 1, axis=0)
    changed[1:, j] = some
    return np.unique(changed[np.isfinite(table.cost(np.broadcast_to(x, changed.shape), changed)), j])
