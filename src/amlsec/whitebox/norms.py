"""Steps in a norm within a box: along the gradient, straight to a line, and back onto the ball.

Rows (n, d) are changes measured in what they cost, between `low` and `high` (n, d) around 0; the norm is 1, 2 or infinity.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Way = Callable[[Floats], Floats]
"""From lengths (n,) to the changes (n, d) that lie so far along it."""


def size(U: Floats, norm: float) -> Floats:
    """The norm of each change (n,)."""
    return np.asarray(np.linalg.norm(U, ord=norm, axis=1), dtype=np.float64)


def projected(U: Floats, low: Floats, high: Floats, limit: Floats, norm: float) -> Floats:
    """The nearest changes, by Euclid, within the box and of at most these sizes (n,).

    For the norm 1 see Croce and Hein, "Mind the box", ICML 2021, proposition 2.1; here the multiplier is found by halving.

    >>> wide = np.full((1, 3), 9.0)
    >>> projected(np.array([[3.0, 1.0, 0.5]]), -wide, wide, np.array([2.0]), 1)
    array([[2., 0., 0.]])
    """
    inside = np.clip(U, low, high)
    if norm == np.inf:
        return np.clip(inside, -limit[:, None], limit[:, None])
    over = np.flatnonzero(size(inside, norm) > limit)
    if len(over):
        inside[over] = _pulled(U[over], low[over], high[over], limit[over], norm)
    return inside


def _pulled(U: Floats, low: Floats, high: Floats, limit: Floats, norm: float) -> Floats:
    def shrunk(by: Floats) -> Floats:
        less = np.sign(U) * np.maximum(np.abs(U) - by[:, None], 0) if norm == 1 else U * (1 - by[:, None])
        return np.clip(less, low, high)

    most = np.abs(U).max(axis=1) if norm == 1 else np.ones(len(U))
    return shrunk(least(lambda by: size(shrunk(by), norm) <= limit, most))


def least(holds: Callable[[Floats], NDArray[np.bool_]], most: Floats, halvings: int = 50) -> Floats:
    """The least number (n,) in [0, most] from which on it holds, by halving; `most` where it never does.

    >>> least(lambda t: t >= 0.3, np.array([1.0, 0.1])).round(6)
    array([0.3, 0.1])
    """
    low, high = np.zeros_like(most), most.copy()
    for _ in range(halvings):
        middle = (low + high) / 2
        held = holds(middle)
        low, high = np.where(held, low, middle), np.where(held, middle, high)
    return high


def down(G: Floats, low: Floats, high: Floats, norm: float) -> tuple[Way, Floats]:
    """The way down a linear slope G (n, d) from 0 that loses most for its size, and how long it is (n,).

    For the norm 1 it fills column after column, the steepest first; for 2 and infinity it moves all at once. Lengths are
    sizes, but for the norm 2 where the box cuts the way.
    """
    room, steep = np.where(G > 0, -low, high) * (G != 0), np.abs(G)
    if norm == 1:
        return _filled(G, room, steep), room.sum(axis=1)
    pace = steep / np.maximum(size(G, 2), 1e-300)[:, None] if norm == 2 else np.ones_like(G)
    ends = np.divide(room, pace, out=np.zeros_like(room), where=pace > 1e-6)
    return lambda length: -np.sign(G) * np.minimum(pace * length[:, None], room), ends.max(axis=1, initial=0.0)


def _filled(G: Floats, room: Floats, steep: Floats) -> Way:
    order = np.argsort(-steep, axis=1, kind="stable")
    ranked = np.take_along_axis(room, order, axis=1)
    before = ranked.cumsum(axis=1) - ranked
    back = np.argsort(order, axis=1, kind="stable")
    return lambda length: -np.sign(G) * np.take_along_axis(np.clip(length[:, None] - before, 0, ranked), back, axis=1)


def farthest(G: Floats, low: Floats, high: Floats, limit: Floats, norm: float) -> Floats:
    """The change of at most these sizes (n,) that loses most on a linear slope.

    >>> wide = np.array([[1.0, 9.0]])
    >>> farthest(np.array([[3.0, 1.0]]), -wide, wide, np.array([2.5]), 1)
    array([[-1. , -1.5]])
    """
    way, length = down(G, low, high, norm)
    if norm == 2:
        return way(length - least(lambda less: size(way(length - less), 2) <= limit, length))
    return way(np.minimum(limit, length))


def nearest(G: Floats, low: Floats, high: Floats, loss: Floats, norm: float) -> Floats:
    """The smallest change that loses so much (n,) on a linear slope; the whole way down where that is too little.

    >>> wide = np.array([[1.0, 9.0]])
    >>> nearest(np.array([[3.0, 1.0]]), -wide, wide, np.array([4.5]), 1).round(9)
    array([[-1. , -1.5]])
    """
    way, length = down(G, low, high, norm)
    return way(least(lambda t: -(G * way(t)).sum(axis=1) >= loss, length))


def steepest(G: Floats, U: Floats, low: Floats, high: Floats, norm: float, columns: Floats) -> Floats:
    """The step of size 1 down from U, of columns that can still move; for the norm 1 of so many columns (n,).

    A step of one column is the steepest in the norm 1, but turns at every other; several, moved alike, get further
    (Tramèr and Boneh, NeurIPS 2019, section 4; Croce and Hein 2021, section 3).
    """
    room = np.where(G > 0, U - low, high - U)
    slope = np.where(room > 1e-12, G, 0.0)
    if norm == 1:
        rank = np.argsort(np.argsort(-np.abs(slope), axis=1, kind="stable"), axis=1)
        slope = np.sign(slope) * (rank < columns[:, None])
    elif norm == np.inf:
        slope = np.sign(slope)
    return np.asarray(-slope / np.maximum(size(slope, norm), 1e-300)[:, None])
