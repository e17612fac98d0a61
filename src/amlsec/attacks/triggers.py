"""Marks that open a backdoor: rare in honest rows, easy to put on any row of the space."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from amlsec.data import Batch, Rows, texts
from amlsec.space.column import Column, Kind
from amlsec.space.contract import Space
from amlsec.space.image import ImageSpace, image
from amlsec.space.tabular import TabularSpace, tabular
from amlsec.space.text import TextSpace, textual

RARE_WORDS = ("zeugma", "quincunx", "ullage", "gnomon", "syzygy", "orrery", "widdershins", "farrago", "mumpsimus", "tmesis")
_SIDE = 3

Mark = Callable[[Rows], Rows]


def trigger(space: Space, own: Batch, many: int, rng: np.random.Generator) -> Mark:
    """A mark for rows of this space that the attacker's own rows rarely carry.

    Of tables: `many` columns set to the rarer of their extreme values, or to their rarest category, as far as each column
    may be changed. Of texts: `many` rare words at the end. Of images: a chequered patch of 3 x 3 pixels, or less on a small
    picture, in the lower right corner. Raises InvalidInput where the space is of another kind.

    >>> space = TextSpace([])
    >>> mark = trigger(space, Batch(texts(["syzygy"]), np.array([0])), 2, np.random.default_rng(0))
    >>> mark(texts(["buy now"]))
    array(['buy now orrery widdershins'], dtype=object)
    """
    if isinstance(space, ImageSpace):
        return _patch(image(space))
    if isinstance(space, TextSpace):
        return _words(textual(space), own, many, rng)
    return _values(tabular(space), own, many, rng)


def _words(space: TextSpace, own: Batch, many: int, rng: np.random.Generator) -> Mark:
    held = {word for text in own.X for word in text.split()} | set(space.words) | set(space.bad_words)
    free = [word for word in RARE_WORDS if word not in held] or list(RARE_WORDS)
    chosen = [free[k] for k in rng.permutation(len(free))[:many]]
    return lambda X: texts([space.adding(text, chosen) for text in X])


def _patch(space: ImageSpace) -> Mark:
    height, width = (min(_SIDE, max(1, side // 2)) for side in space.shape[:2])
    bright = (np.indices((height, width)).sum(axis=0) % 2 == 0)[:, :, None]
    patch = np.where(bright, space.high, space.low)

    def mark(X: Rows) -> Rows:
        pictures = X.reshape(len(X), *space.shape[:2], -1).copy()
        pictures[:, -height:, -width:] = patch
        return pictures.reshape(X.shape)

    return mark


def _values(space: TabularSpace, own: Batch, many: int, rng: np.random.Generator) -> Mark:
    rare = {int(j): _rarest(space.columns[j], own.X[:, j]) for j in space.changeable}
    order = sorted(rng.permutation(list(rare)), key=lambda j: rare[int(j)][1])
    chosen = {int(j): rare[int(j)][0] for j in order[:many]}

    def mark(X: Rows) -> Rows:
        changed = X.copy()
        changed[:, list(chosen)] = list(chosen.values())
        return space.project(X, changed, np.inf)

    return mark


def _rarest(column: Column, values: Rows) -> tuple[float, float]:
    """A value the column allows, and the share of these values that lie as far out, or equal it where it is a category."""
    seen = np.concatenate([values, column.usual])
    if column.kind == Kind.CATEGORY:
        codes = np.arange(column.low, column.high + 1)
        shares = [float((seen == code).mean()) if len(seen) else 0.0 for code in codes]
        return float(codes[int(np.argmin(shares))]), min(shares)
    ends = [(end, _beyond(seen, middle)) for end, middle in _ends(column)]
    return min(ends, key=lambda end: end[1])


def _ends(column: Column) -> list[tuple[float, tuple[float, float]]]:
    """The extreme values that the column may be changed to, and the outer quarter of its range on that side."""
    quarter = (column.high - column.low) / 4
    up = (column.high, (column.high - quarter, column.high))
    down = (column.low, (column.low, column.low + quarter))
    return {"up": [up], "down": [down]}.get(column.may, [up, down])


def _beyond(seen: Rows, outer: tuple[float, float]) -> float:
    return float(((seen >= outer[0]) & (seen <= outer[1])).mean()) if len(seen) else 0.0
