"""A fast search for cheap evasions of a forest, over the regions that its leaves cut out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from amlsec.whitebox.cells import Cells, Flags, Floats, Ints, Prices, sums

ROUNDS = 10
"""How often the best row so far is partly undone and sought again."""

_POWERS = (1.0, 0.5, 0.0, 2.0)
"""A move is worth its gain divided by a power of its cost: 1 for a bargain, 0 for the largest gain."""
_NOISE = 0.5
_LESS = 1 - 1e-9
_STEPS = 200
_LEAVES = 48
_CHEAPER = 12
_TINY = 1e-12


@dataclass(frozen=True, eq=False)
class Quest:
    """One row's way to where the forest's margin is at most `edge`, for at most `limit`.

    `cells` are those of a forest that stops the row, its leaves being those that the limit reaches.
    """

    cells: Cells
    prices: Prices
    edge: float
    limit: float

    def cost(self, at: Ints) -> Floats:
        """What slots (..., d) cost."""
        found: Floats = self.prices.costs[at].sum(axis=-1)
        return found

    @cached_property
    def ways(self) -> tuple[Ints, Floats]:
        """The cheapest slot (p,) that meets each side, and its cost; infinity where none does."""
        return _ways(self.cells, self.prices)

    def below(self, limit: float) -> Quest:
        """The same for less: leaves are left out that it does not reach."""
        costs = np.where(self.ways[1] <= limit, self.ways[1], np.inf)
        reached = sums(self.cells.leaf, costs) <= limit
        return replace(self, cells=self.cells.within(reached), prices=self.prices.limited(limit), limit=limit)


def _ways(cells: Cells, prices: Prices) -> tuple[Ints, Floats]:
    """For each run the row's own slot, or the allowed one next to it; for each side the cheapest of its runs."""
    slots = np.arange(len(prices.costs))
    allowed = np.isfinite(prices.costs)
    above = np.minimum.accumulate(np.where(allowed, slots, slots[-1])[::-1])[::-1]
    below = np.maximum.accumulate(np.where(allowed, slots, 0))
    own = prices.own[cells.run_column]
    nearest = np.where(own < cells.first, above[cells.first], np.where(own > cells.last, below[cells.last], own))
    within = (nearest >= cells.first) & (nearest <= cells.last)
    costs = np.where(within, prices.costs[nearest], np.inf)
    best = np.lexsort((costs, cells.side))[cells.side_starts]
    return nearest[best], costs[best]


class Moves(NamedTuple):
    """Slots (m, d) that could be next, the margin there, and what they cost."""

    at: Ints
    margins: Floats
    costs: Floats


def cheap(quest: Quest, rng: np.random.Generator, rounds: int = ROUNDS) -> Ints | None:
    """The cheapest slots (d,) found where the row passes; None where none were found within the limit.

    First from the row itself, for each way to value moves; then in rounds some columns of the best so far are taken back,
    and from there the search goes on.
    """
    best: Ints | None = None
    for turn in range(len(_POWERS) + rounds):
        at = quest.prices.own if best is None or turn < len(_POWERS) else _partly_undone(quest, best, rng)
        noise = 0.0 if turn < len(_POWERS) else _NOISE
        found = _descended(quest, at, _POWERS[turn % len(_POWERS)], noise, rng)
        if found is not None:
            best = _improved(quest, found)
            quest = quest.below(float(quest.cost(best)) * _LESS)
        if best is not None and not quest.limit:
            break
    return best


def _partly_undone(quest: Quest, at: Ints, rng: np.random.Generator) -> Ints:
    """Some columns, at least one of those that are changed, as they were."""
    changed = np.flatnonzero(at != quest.prices.own)
    back = np.append(changed[rng.random(len(changed)) < rng.random()], rng.choice(changed))
    undone = at.copy()
    undone[back] = quest.prices.own[back]
    return undone


def _descended(quest: Quest, at: Ints, power: float, noise: float, rng: np.random.Generator) -> Ints | None:
    """Slots that pass, reached by moves of one column, or into one leaf, each the one worth most; None on a dead end."""
    for _ in range(_STEPS):
        profile = quest.cells.profiles(at[None])[0]
        now, spent = profile[at[0]], quest.cost(at)
        columns, leaves = _columns_moved(quest, at, profile, power), _leaves_entered(quest, at, now, power)
        moves = Moves._make(map(np.concatenate, zip(columns, leaves, strict=True)))
        won = np.flatnonzero(moves.margins <= quest.edge)
        if len(won):
            cheapest: Ints = moves.at[won[moves.costs[won].argmin()]]
            return cheapest
        gain = now - moves.margins
        if not (gain > _TINY).any():
            return None
        worth = _worth(gain, moves.costs - spent, power) * np.exp(noise * rng.normal(size=len(gain)))
        at = moves.at[np.where(gain > _TINY, worth, -np.inf).argmax()]
    return None


def _worth(gain: Floats, extra: Floats, power: float) -> Floats:
    worth: Floats = gain / np.maximum(extra, 1e-9) ** power
    return worth


def _promising(worth: Floats, passes: Flags, extra: Floats) -> Ints:
    """Places of the moves worth most, and of the cheapest that seem to pass."""
    passing = np.flatnonzero(passes)
    return np.append(np.argsort(-worth)[:_LEAVES], passing[np.argsort(extra[passing])[:_LEAVES]])


def _columns_moved(quest: Quest, at: Ints, profile: Floats, power: float) -> Moves:
    """Moves of one column."""
    extra = quest.prices.costs - quest.prices.costs[at][quest.cells.column]
    costs = quest.cost(at) + extra
    able = np.flatnonzero(costs <= quest.limit)
    worth = _worth(profile[at[0]] - profile[able], extra[able], power)
    slots = able[_promising(worth, profile[able] <= quest.edge, extra[able])]
    moved = np.repeat(at[None], len(slots), axis=0)
    moved[np.arange(len(slots)), quest.cells.column[slots]] = slots
    return Moves(moved, profile[slots], costs[slots])


def _leaves_entered(quest: Quest, at: Ints, now: float, power: float) -> Moves:
    """Moves into leaves that want several columns moved; what a leaf promises is its value less that of its tree's leaf."""
    cells, (slots, price) = quest.cells, quest.ways
    if not len(cells.value):
        return Moves(at[None][:0], np.zeros(0), np.zeros(0))
    met, lacking = (part[0] for part in cells.standing(at[None]))
    extra = sums(cells.leaf, np.where(met, 0.0, price - quest.prices.costs[at[cells.side_column]]))
    said = sums(cells.tree, np.where(lacking == 0, cells.value, 0.0))
    gain = said[cells.tree] - cells.value
    able = np.flatnonzero((lacking > 1) & (gain > 0) & (quest.cost(at) + extra <= quest.limit))
    worth = _worth(gain[able], extra[able], power)
    leaves = able[_promising(worth, now - gain[able] <= quest.edge, extra[able])]
    moved = np.repeat(at[None], len(leaves), axis=0)
    for move, leaf in zip(moved, leaves, strict=True):
        sides = np.arange(cells.leaf_starts[leaf], cells.leaf_starts[leaf] + cells.sides_of_leaf[leaf])
        sides = sides[~met[sides]]
        move[cells.side_column[sides]] = slots[sides]
    return Moves(moved, cells.margins(moved), quest.cost(moved))


def _improved(quest: Quest, at: Ints) -> Ints:
    """Passing slots from which no column taken back alone, or for a change of another, gives cheaper passing ones."""
    for _ in range(_STEPS):
        cheaper = _repaired(quest, at[None], float(quest.cost(at)))
        if cheaper is None:
            cheaper = _repaired(quest, _weakened(quest, at), float(quest.cost(at)))
        if cheaper is None:
            break
        at = cheaper
    return at


def _weakened(quest: Quest, at: Ints) -> Ints:
    """The slots with one of the changed columns made cheaper (s, d)."""
    changed = np.flatnonzero(at != quest.prices.own).tolist()
    weaker = [_with(at, column, slot) for column in changed for slot in _cheaper(quest, at, column)]
    return np.stack(weaker) if weaker else at[None]


def _cheaper(quest: Quest, at: Ints, column: int) -> Iterator[int]:
    """Some slots of a column that cost less, its own among them."""
    costs = quest.prices.costs
    less = np.flatnonzero((quest.cells.column == column) & (costs < costs[at[column]]))
    ranked = less[np.argsort(costs[less])]
    yield from ranked[np.unique(np.linspace(0, len(ranked) - 1, min(len(ranked), _CHEAPER)).round().astype(int))].tolist()


def _with(at: Ints, column: int, slot: int) -> Ints:
    moved = at.copy()
    moved[column] = slot
    return moved


def _repaired(quest: Quest, states: Ints, limit: float) -> Ints | None:
    """The cheapest passing slots, for less than the limit, that are one column away from one of these (s, d)."""
    costs = quest.prices.costs
    total = quest.cost(states)[:, None] + costs - costs[states][:, quest.cells.column]
    total = np.where((quest.cells.profiles(states) <= quest.edge) & (total < limit * _LESS), total, np.inf)
    state, slot = np.unravel_index(total.argmin(), total.shape)
    if not np.isfinite(total[state, slot]):
        return None
    return _with(states[state], int(quest.cells.column[slot]), int(slot))
