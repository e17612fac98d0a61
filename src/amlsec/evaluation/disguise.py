"""Poison made more like honest rows of its label, to get past whoever looks for the odd ones."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Batch, Rows, texts
from amlsec.space.contract import Space
from amlsec.space.tabular import TabularSpace
from amlsec.space.text import with_words
from amlsec.space.traffic import TrafficSpace

MOST_COVERS = 500
"""So many honest rows of a label he looks at, drawn at random, for one that is near."""
NEAR = 0.1
"""The share of these that are near enough."""


def disguised(poison: Batch, honest: Batch, strength: float, space: Space, rng: np.random.Generator) -> Batch:
    """The poison, each row that share of the way to an honest row of its label.

    Texts are padded with that share of the words of one; tables and images move that far to one of the nearest tenth,
    columns that do not flow taking its value with that chance. Traffic, whose chaff is bound to his flows, and labels he
    knows no honest rows of, stay as they are. `strength` lies in [0, 1].

    >>> from amlsec.space.tabular import infer
    >>> lie, honest = Batch(np.array([[10.0]]), np.array([0])), Batch(np.array([[1.5], [2.0]]), np.array([0, 0]))
    >>> disguised(lie, honest, 0.5, infer(honest.X, ["a"]), np.random.default_rng(0)).X
    array([[6.]])
    """
    if isinstance(space, TrafficSpace):
        return poison
    X = poison.X.copy()
    move = _padded if poison.is_text else _moved(space)
    for label in np.unique(poison.y):
        at, covers = np.flatnonzero(poison.y == label), honest.labelled(label).X
        if len(covers):
            covers = covers[rng.permutation(len(covers))[:MOST_COVERS]]
            X[at] = move(X[at], covers, strength, rng)
    return Batch(X, poison.y, poison.source, poison.time)


def _padded(rows: Rows, covers: Rows, strength: float, rng: np.random.Generator) -> Rows:
    chosen = rng.choice(covers, len(rows))
    return texts([with_words(row, _some(cover.split(), strength, rng)) for row, cover in zip(rows, chosen, strict=True)])


def _some(words: list[str], share: float, rng: np.random.Generator) -> list[str]:
    return [word for word, kept in zip(words, rng.random(len(words)) < share, strict=True) if kept]


def _moved(space: Space) -> Callable[[Rows, Rows, float, np.random.Generator], Rows]:
    """The way of tables, some of whose columns do not flow, or of images, all of whose pixels do."""
    fluid = np.array([column.grid == 0 for column in space.columns]) if isinstance(space, TabularSpace) else True

    def moved(rows: Rows, covers: Rows, strength: float, rng: np.random.Generator) -> Rows:
        near = covers[_near(rows, covers, rng)]
        jumps = rng.random(rows.shape) < strength
        return np.where(fluid, rows + strength * (near - rows), np.where(jumps, near, rows))

    return moved


def _near(rows: Rows, covers: Rows, rng: np.random.Generator) -> NDArray[np.intp]:
    """One of the nearest covers of each row, columns measured by their spread among the covers.

    The very nearest one of a row far out is often far out itself.
    """
    from scipy.spatial.distance import cdist

    spread = covers.std(axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    order = cdist(rows / scale, covers / scale).argsort(axis=1)
    among = rng.integers(0, max(round(NEAR * len(covers)), 1), len(rows))
    chosen: NDArray[np.intp] = order[np.arange(len(rows)), among]
    return chosen
