"""Descents that look for the smallest change that wins: fast minimum norm, few columns, straight to the linear edge."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from amlsec.whitebox import norms
from amlsec.whitebox.descent import Seen, Streams
from amlsec.whitebox.field import Field

Floats = NDArray[np.float64]

_DUAL = {1: np.inf, 2: 2, np.inf: 1}


def shrinking_ball(ground: Field, limit: Floats, _: Streams, steps: int = 100) -> list[Floats]:
    """Pintor et al. (2021), algorithm 1: the ball shrinks where a row wins and grows where it does not.

    Before the first win it reaches to where the linear model at hand would win; steps and the ball's change fall as a
    cosine. The first step is as long as the linear model's Euclidean way, within [0.1, 3]. Then the cheapest win is
    tightened.
    """
    seen, U = Seen(ground), np.zeros_like(ground.start)
    G = ground.uphill(U)
    first = np.clip(seen.look(U) / np.maximum(norms.size(G, 2), 1e-300), 0.1, 3.0)
    ball = np.full(len(U), np.inf)
    for step in range(steps):
        fall = (1 + np.cos(np.pi * step / steps)) / 2
        ball = np.minimum(_ball(ground, seen, U, G, ball, 0.05 * fall), limit)
        length = first * (0.01 + 0.99 * fall) / np.maximum(norms.size(G, 2), 1e-300)
        U = ground.projected(U - length[:, None] * G, ball)
        seen.look(U)
        G = ground.uphill(U)
    tighten(ground, seen)
    return seen.found


def _ball(ground: Field, seen: Seen, U: Floats, G: Floats, ball: Floats, change: float) -> Floats:
    """The next ball's size: smaller where U wins, larger where it fails, as the linear model says before any win."""
    height, steep = ground.height(U), norms.size(G, _DUAL[ground.reach.norm])
    linear = ground.size(U) + np.maximum(height, 0) / np.maximum(steep, 1e-300)
    grown = np.where(np.isfinite(seen.price), ball * (1 + change), linear)
    return np.where(height <= 0, np.minimum(ball * (1 - change), seen.price), grown)


def tighten(ground: Field, seen: Seen, rounds: int = 5) -> None:
    """From the cheapest win to the cheapest of the linear model there, as far as it wins; then again.

    Croce and Hein, "Minimally distorted adversarial examples", ICML 2020, project onto the same line, from where they
    stand; here the projection is of the row itself, in the space's norm, so a linear model is won exactly.
    """
    for _ in range(rounds):
        edge = ground.nearest(seen.cheapest)
        for share in (1.0, 0.5, 0.25):
            seen.look(ground.projected(seen.cheapest + share * (edge - seen.cheapest), ground.reach.length))


def few_columns(ground: Field, limit: Floats, _: Streams, most: int = 100) -> list[Floats]:
    """Papernot et al. (2016), algorithm 1: the column whose move saves most by the gradient goes to its end; then the next.

    For two classes the saliency of a pair of columns is the sum of two, so the best pair is the best two in turn. A column
    goes as far as what is left of the limit, and then stays: one that could go back would be pushed to and fro. In the
    norms 2 and infinity it goes as far as the ball allows.
    """
    seen, U = Seen(ground), np.zeros_like(ground.start)
    height, stays = seen.look(U), np.zeros(U.shape, dtype=bool)
    for _round in range(min(most, ground.start.shape[1])):
        if (height <= 0).all():
            break
        pushed = _pushed(ground, U, limit, stays)
        U = np.where((height > 0)[:, None], pushed, U)
        stays |= U != 0
        height = seen.look(U)
    return [*seen.found, U]


def _pushed(ground: Field, U: Floats, limit: Floats, stays: NDArray[np.bool_]) -> Floats:
    """The most salient column of each row moved as far as it goes, of those that need not stay (n, d)."""
    G, reach, at = ground.uphill(U), ground.reach, np.arange(len(U))
    ends = np.where(G > 0, reach.low, reach.high)
    moves = np.clip(ends - U, -_room(ground, U, limit), _room(ground, U, limit))
    salient = np.where(stays, 0.0, -G * moves).argmax(axis=1)
    pushed = U.copy()
    pushed[at, salient] += np.where(stays, 0.0, moves)[at, salient]
    return pushed


def _room(ground: Field, U: Floats, limit: Floats) -> Floats:
    """How much further (n, d) each column may go within the limit."""
    left = limit - ground.size(U) if ground.reach.norm == 1 else limit - np.abs(U).max(axis=1, initial=0.0)
    if ground.reach.norm == 2:
        left = np.sqrt(np.maximum(limit**2 - ground.size(U) ** 2, 0))
    return np.asarray(np.maximum(left, 0.0)[:, None])


def jumps(ground: Field, limit: Floats, _: Streams, lengths: tuple[float, ...] = (1.0, 0.5, 0.2)) -> list[Floats]:
    """Each column alone to its end, or part of the way; then those that save most for their cost, one after the other.

    No gradient is asked: it is 0 where a column stands on a ridge, as all that are never used do under a radial kernel,
    and yet a jump may win.
    """
    seen, zero = Seen(ground), np.zeros_like(ground.start)
    height, worth, best = seen.look(zero), np.zeros_like(zero), np.zeros_like(zero)
    for column in np.flatnonzero((ground.reach.high > ground.reach.low).any(axis=0)):
        for share in lengths:
            for end in (ground.reach.low, ground.reach.high):
                U = zero.copy()
                U[:, column] = share * np.clip(end[:, column], -limit, limit)
                saved = (height - seen.look(U)) / np.maximum(ground.size(U), 1e-300)
                better = saved > worth[:, column]
                best[better, column], worth[better, column] = U[better, column], saved[better]
    for together in _cumulated(best, worth):
        seen.look(ground.projected(together, limit))
    tighten(ground, seen)
    return seen.found


def _cumulated(best: Floats, worth: Floats, most: int = 20) -> list[Floats]:
    """The first 2, 3, ... of the changes at once, those worth most first."""
    rank = np.argsort(np.argsort(-worth, axis=1, kind="stable"), axis=1)
    return [np.where((rank < count) & (worth > 0), best, 0.0) for count in range(2, min(most, best.shape[1]) + 1)]
