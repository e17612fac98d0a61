"""Descents in a field: projected gradients (PGD), automatic steps (APGD) and minimal norm (FMN).

Each takes a field and the most that each row's change may cost (n,), and gives a few changes (n, d) for every row: those
that won most cheaply, by the margin, and those that lie deepest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist, pdist

from amlsec.whitebox import norms
from amlsec.whitebox.field import Field
from amlsec.whitebox.slope import Slope

Floats = NDArray[np.float64]
Streams = Sequence[np.random.Generator]
"""Random numbers of each row's own."""
Descent = Callable[[Field, Floats, Streams], list[Floats]]

_SHARE = 0.05
"""Of the columns, how many one step in the norm 1 moves at first."""


@dataclass(slots=True, eq=False)
class Seen:
    """The cheapest win, by the margin, and the deepest change of each row that a descent came by."""

    ground: Field
    cheapest: Floats = field(init=False)
    price: Floats = field(init=False)
    deepest: Floats = field(init=False)
    height: Floats = field(init=False)

    def __post_init__(self) -> None:
        n = len(self.ground.start)
        self.cheapest, self.deepest = np.zeros_like(self.ground.start), np.zeros_like(self.ground.start)
        self.price, self.height = np.full(n, np.inf), np.full(n, np.inf)

    def look(self, U: Floats) -> Floats:
        """Take note of these changes; their heights (n,)."""
        height, cost = self.ground.height(U), self.ground.size(U)
        cheaper = (height <= 0) & (cost < self.price)
        self.cheapest[cheaper], self.price[cheaper] = U[cheaper], cost[cheaper]
        deeper = height < self.height
        self.deepest[deeper], self.height[deeper] = U[deeper], height[deeper]
        return height

    @property
    def found(self) -> list[Floats]:
        return [self.cheapest, self.deepest]


def one_step(ground: Field, limit: Floats, _: Streams, lengths: int = 20) -> list[Floats]:
    """Goodfellow et al. (2015): one gradient, followed in the space's norm; the shortest step that wins.

    It is looked for at so many lengths, then by halving below the first that wins.
    """
    G, at, seen = ground.uphill(np.zeros_like(ground.start)), ground.reach, Seen(ground)

    def fails(share: Floats) -> NDArray[np.bool_]:
        return seen.look(norms.farthest(G, at.low, at.high, share * limit, at.norm)) > 0

    first = np.ones(len(limit))
    for share in np.arange(lengths, 0, -1) / lengths:
        first = np.where(fails(np.full(len(limit), share)), first, share)
    norms.least(lambda less: fails(first - less), np.full(len(limit), 1 / lengths), 12)
    return seen.found


def projected_steps(ground: Field, limit: Floats, streams: Streams, steps: int = 40) -> list[Floats]:
    """Madry et al. (2018): from a random change, steps of 2.5 x limit / steps, each pulled back to the limit."""
    seen, U = Seen(ground), random_changes(ground, limit, streams)
    columns = some_columns(ground)
    for _ in range(steps):
        U = ground.stepped(U, 2.5 / steps * limit, limit, columns)
        seen.look(U)
    return seen.found


def random_changes(ground: Field, limit: Floats, streams: Streams) -> Floats:
    """A random change of each row within the limit."""
    drawn = [stream.standard_normal(ground.start.shape[1]) * stream.random() for stream in streams]
    U = np.reshape(drawn, ground.start.shape)
    U *= (limit / np.maximum(ground.size(U), 1e-300) * np.array([stream.random() for stream in streams]))[:, None]
    return ground.projected(U, limit)


def some_columns(ground: Field) -> Floats:
    """How many columns a step of each row (n,) moves at first."""
    n, width = ground.start.shape
    return np.full(n, float(max(1, np.ceil(_SHARE * width))))


@dataclass(slots=True, eq=False)
class _Pace:
    """APGD's step lengths, and how each row has done since the last checkpoint."""

    length: Floats
    columns: Floats
    least: Floats
    gains: Floats = field(init=False)
    halved: NDArray[np.bool_] = field(init=False)
    lowest: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.gains, self.halved = np.zeros_like(self.length), np.zeros(len(self.length), dtype=bool)
        self.lowest = np.full(len(self.length), np.inf)

    def check(self, seen: Seen, since: int) -> NDArray[np.bool_]:
        """Shorten the steps of rows that do not get on (conditions 1 and 2 of the paper); which those are."""
        stuck = ~self.halved & (self.lowest <= seen.height)
        slow = (self.gains < 0.75 * since) | stuck
        self.length = np.where(slow, np.maximum(self.length / 2, self.least), self.length)
        self.gains, self.halved, self.lowest = np.zeros_like(self.gains), slow, seen.height.copy()
        moved = (np.abs(seen.deepest) > 1e-9).sum(axis=1)
        self.columns = np.clip(np.ceil(moved / 1.5), 1, None)
        return slow


def checkpoints(steps: int) -> list[int]:
    """After which steps the pace is checked: the paper's, 0.22, then ever closer, at least 0.06 of the steps apart.

    >>> checkpoints(100)
    [22, 41, 57, 70, 80, 87, 93, 99]
    """
    points = [0.0, 0.22]
    while points[-1] < 1:
        points.append(points[-1] + max(points[-1] - points[-2] - 0.03, 0.06))
    return [int(np.ceil(round(p * steps, 9))) for p in points[1:] if p <= 1]


def automatic_steps(
    ground: Field, limit: Floats, streams: Streams, steps: int = 100, start: Floats | None = None
) -> list[Floats]:
    """Croce and Hein (2020), algorithm 1: momentum, steps halved where a row does not get on, back to its best change.

    In the norm 1 a step moves as many columns as two thirds of what the best change has (Croce and Hein 2021).
    """
    first = random_changes(ground, limit, streams) if start is None else start
    seen, U = Seen(ground), first
    before, last = U, seen.look(U)
    pace, checked = _Pace(2.0 * limit, some_columns(ground), 1e-3 * limit), 0
    for step in range(1, steps + 1):
        straight = ground.stepped(U, pace.length, limit, pace.columns)
        ahead = ground.projected(U + 0.75 * (straight - U) + 0.25 * (U - before), limit) if step > 1 else straight
        before, U = U, ahead
        height = seen.look(U)
        pace.gains += height < last
        last = height
        if step in checkpoints(steps):
            slow = pace.check(seen, step - checked)
            checked = step
            U = np.where(slow[:, None], seen.deepest, U)
            before, last = np.where(slow[:, None], U, before), np.where(slow, seen.height, last)
    return seen.found


def towards(benign: Floats, weight: float = 1.0, steps: int = 60) -> Descent:
    """Biggio et al. (2013), algorithm 1: down the margin less a density of benign rows (m, d) that are known.

    The density is a mean of normal kernels over them, in cost; they are wide enough to be felt from where the row
    starts. A density of 1 counts as much as `weight` x the margin there. Steps shorten evenly to 0.
    """

    def descent(ground: Field, limit: Floats, _: Streams) -> list[Floats]:
        seen, U, columns = Seen(ground), np.zeros_like(ground.start), some_columns(ground)
        drawn = replace(ground, slope=_drawn(ground, benign, weight * np.abs(seen.look(U))))
        for step in range(steps):
            U = drawn.stepped(U, 3.0 / steps * (1 - step / steps) * limit, limit, columns)
            seen.look(U)
        return [*seen.found, U]

    return descent


def _drawn(ground: Field, benign: Floats, weight: Floats) -> Slope:
    """The field's slope less each row's weight (n,) x the density of benign rows, in the sign that is lost."""
    rate, sign = ground.reach.rate, ground.sign
    known = benign * rate
    width = _widths(ground.start * rate, known)[:, None]

    def near(X: Floats) -> Floats:
        kernel: Floats = np.exp(-cdist(X * rate, known, "sqeuclidean") / (2 * width**2))
        return kernel * (weight / max(1, len(known)))[:, None]

    def pull(X: Floats) -> Floats:
        kernel = near(X)
        return np.asarray((kernel.sum(axis=1, keepdims=True) * X * rate - kernel @ known) / width**2 * rate)

    return Slope(
        lambda X: ground.slope.margin(X) - sign * near(X).sum(axis=1),
        lambda X: ground.slope.gradient(X) + sign[:, None] * pull(X),
    )


def _widths(start: Floats, known: Floats) -> Floats:
    """How wide each row's kernels are (n,): half its median distance to benign rows, or more where these are far apart."""
    if len(known) < 2:
        return np.ones(len(start))
    near = np.median(pdist(known))
    return np.asarray(np.maximum(np.median(cdist(start, known), axis=1) / 2, near or 1.0))
