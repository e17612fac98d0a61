"""What the games gave, put together over data sets and models."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.evidence import Interval, change, rate

LIMIT = 2.0
"""The cost up to which a win counts: two columns by their standard deviation, two permissions of an app."""
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """One game: of each row the cheapest win in the space and as the attacker gave it, infinity for none."""

    data: str
    model: str
    access: str
    attacker: str
    queries: int
    ours: bool
    cost: Floats
    free: Floats
    spent: Floats
    seconds: float
    accuracy: float


def by_hand(game: Any, found: Mapping[str, Any], ours: bool) -> Result:
    """A stored outcome with what it is of."""
    cost, free, spent = (np.array(found[key], dtype=np.float64) for key in ("cost", "free", "spent"))
    told = game.data, game.model, game.access, game.attacker, game.queries
    return Result(*told, ours, cost, free, spent, found["seconds"], found["accuracy"])


@dataclass(frozen=True, slots=True, eq=False)
class Pooled:
    """Several games of one attacker as one."""

    attacker: str
    ours: bool
    cost: Floats
    free: Floats
    seconds: float

    @property
    def success(self) -> Interval:
        return rate(int((self.cost <= LIMIT).sum()), len(self.cost))

    @property
    def unprojected(self) -> Interval:
        return rate(int((self.free <= LIMIT).sum()), len(self.free))

    @property
    def median(self) -> float:
        """The median cost of all rows; infinity where fewer than half were won."""
        return float(np.median(self.cost))


def pooled(results: Sequence[Result], which: Callable[[Result], bool]) -> list[Pooled]:
    """Of the results that are asked for, one a attacker; ours first."""
    chosen = [one for one in results if which(one)]
    names = sorted({(not one.ours, one.attacker) for one in chosen})
    return [_joined([one for one in chosen if one.attacker == name]) for _, name in names]


def _joined(games: Sequence[Result]) -> Pooled:
    cost, free = (np.concatenate([getattr(one, key) for one in games]) for key in ("cost", "free"))
    return Pooled(games[0].attacker, games[0].ours, cost, free, sum(one.seconds for one in games) / len(cost))


def best(of: Sequence[Pooled]) -> Pooled:
    """The one that wins most rows within the limit; of equal ones, the cheaper."""
    return max(of, key=lambda one: (one.success.value, -one.median))


def ahead(ours: Pooled, theirs: Pooled) -> Interval:
    """How many more of the same rows ours wins within the limit."""
    mine, other = ours.cost <= LIMIT, theirs.cost <= LIMIT
    return change(int((mine & ~other).sum()), int((other & ~mine).sum()), len(mine))


def groups(results: Sequence[Result]) -> Iterator[tuple[str, int]]:
    """Each access with its queries, from the most seen of the model to the least."""
    order = ("gradients", "leaves", "scores", "labels")
    yield from sorted({(one.access, one.queries) for one in results}, key=lambda pair: (order.index(pair[0]), pair[1]))


def table(results: Sequence[Result]) -> str:
    """All rows of all games as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["data", "model", "access", "queries", "attacker", "row", "cost", "cost unprojected", "queries spent"])
    for one in results:
        for row, (cost, free, spent) in enumerate(zip(one.cost, one.free, one.spent, strict=True)):
            named = [one.data, one.model, one.access, one.queries, one.attacker]
            writer.writerow([*named, row, f"{cost:.6g}", f"{free:.6g}", f"{spent:.0f}"])
    return text.getvalue()
