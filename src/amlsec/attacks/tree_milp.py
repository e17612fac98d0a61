"""The cheapest evasion of a forest, exactly: the mixed-integer programme of Kantchelian, Tygar and Joseph (2016).

A binary variable for every threshold says whether its column lies at or below it; a leaf's variable may be 1 only where
those on its path agree. What a row may do with a column is what its slots cost: bounds, whole numbers, directions and
categories are slots that are not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint
from scipy.sparse import csr_array

from amlsec.attacks import programme
from amlsec.attacks.tree_search import Quest
from amlsec.whitebox.cells import Cells, Flags, Floats, Ints, starts

NODES = 5000
"""How many nodes of the search tree are looked at before the best answer so far has to do."""

_OPTIMAL, _IMPOSSIBLE = 0, 2
_FINE = 1e3
"""HiGHS stops within 1e-6 of the least cost; in units this much smaller, that is 1e-9."""
_SAFE = 2e-6
"""HiGHS lets a row of the programme miss its bound by 1e-6."""


_Rows = tuple[Ints, Ints, Floats, Floats]
"""Sums of variables times values, each at most so much: row, variable, value, and of each row the most."""


class NotProven(UserWarning):
    """A programme ended with the nodes it was granted: what it found may not be the cheapest."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """The slots (d,) of the cheapest row that passes, None where none was found; no passing row costs less than `bound`."""

    at: Ints | None
    bound: float
    proven: bool


def cheapest(quest: Quest, nodes: int = NODES) -> Answer:
    """The row of least cost: a weighted L1 distance, where the prices are a space's."""
    return _answered(quest, quest.below(quest.limit), _summed, nodes)


def fewest(quest: Quest, nodes: int = NODES) -> Answer:
    """The row with the fewest changed columns, L0; the limit counts columns."""
    costs = quest.prices.costs
    counted = replace(quest.prices, costs=np.where(np.isfinite(costs), (costs > 0).astype(np.float64), np.inf))
    return cheapest(replace(quest, prices=counted), nodes)


def narrowest(quest: Quest, nodes: int = NODES) -> Answer:
    """The row whose dearest column costs least, a weighted L-infinity distance; the limit is for each column alone."""
    prices = quest.prices.limited(quest.limit)
    free = replace(prices, costs=np.where(np.isfinite(prices.costs), 0.0, np.inf))
    reached = replace(quest, prices=free).below(0.0).cells
    return _answered(quest, replace(quest, cells=reached, prices=prices), _dearest, nodes)


@dataclass(frozen=True, slots=True, eq=False)
class _Options:
    """What a row may do: column after column the cheapest slots (o,) that its leaves tell apart.

    A binary variable for each option but a column's last one says whether the column takes this or an earlier one; `place`
    is its number, or where there is none that of the next. The variables of the leaves follow, and one more for a cost.
    """

    slots: Ints
    costs: Floats
    column: Ints
    place: Ints
    last: Flags
    leaves: int

    @property
    def many(self) -> int:
        """How many thresholds there are."""
        return int((~self.last).sum())

    @property
    def size(self) -> int:
        return self.many + self.leaves + 1

    @property
    def savings(self) -> Floats:
        """What setting each threshold's variable adds to the cost: this option's less the next one's."""
        steps: Floats = -np.diff(self.costs, append=0.0)[~self.last]
        return steps

    def rows(self, row: Any, at: Any, values: Any, most: Any) -> LinearConstraint:
        """Sums of variables times values, each at most so much."""
        matrix = csr_array((np.asarray(values, dtype=np.float64), (row, at)), shape=(len(most), self.size))
        return LinearConstraint(matrix, -np.inf, most)


def _options(quest: Quest) -> _Options:
    """Neighbouring slots that no leaf tells apart are one option: the cheapest."""
    cells, costs = quest.cells, quest.prices.costs
    edges = np.zeros(len(costs) + 1, dtype=bool)
    edges[starts(cells.column)] = edges[cells.first] = edges[cells.last + 1] = True
    group = edges[:-1].cumsum() - 1
    best = np.lexsort((costs, group))[np.searchsorted(group, np.arange(group[-1] + 1))]
    slots = best[np.isfinite(costs[best])]
    column = cells.column[slots]
    last = np.diff(column, append=-1) != 0
    return _Options(slots, costs[slots], column, np.cumsum(~last) - ~last, last, len(cells.value))


Objective = Callable[[_Options], tuple[Floats, float, list[LinearConstraint]]]
"""What each variable adds to the cost, what is added to it in any case, and what more must hold."""


def _summed(options: _Options) -> tuple[Floats, float, list[LinearConstraint]]:
    added = np.concatenate([options.savings, np.zeros(options.leaves + 1)])
    return added, float(options.costs[options.last].sum()), []


def _dearest(options: _Options) -> tuple[Floats, float, list[LinearConstraint]]:
    """The last variable is at least what each column costs."""
    column, ends = options.column[~options.last], np.arange(options.column[-1] + 1)
    row, at = np.append(column, ends), np.append(np.arange(options.many), np.full(len(ends), options.size - 1))
    values = np.append(options.savings, -np.ones(len(ends)))
    bound = options.rows(row, at, values, -options.costs[options.last])
    return np.append(np.zeros(options.size - 1), 1.0), 0.0, [bound]


def _answered(whole: Quest, quest: Quest, objective: Objective, nodes: int) -> Answer:
    """The answer of the programme; of a second, stricter one, where rounding let a row through that does not pass."""
    cells = quest.cells
    if len(np.unique(cells.tree)) < len(np.unique(whole.cells.tree)) or (not len(cells.value) and cells.bias > quest.edge):
        return Answer(None, np.inf, True)
    if not len(cells.value):
        return Answer(quest.prices.own, 0.0, True)
    for safe in (0.0, _SAFE):
        answer = _solved(quest, objective, nodes, safe)
        if answer.at is None or cells.margins(answer.at[None])[0] <= quest.edge:
            break
    return answer


def _solved(quest: Quest, objective: Objective, nodes: int, safe: float) -> Answer:
    options = _options(quest)
    added, base, more = objective(options)
    solved = programme.solved(
        _FINE * added,
        integrality=np.repeat([1, 0], [options.many, options.leaves + 1]),
        bounds=Bounds(0, np.append(np.ones(options.size - 1), np.inf)),
        constraints=[_passes(quest, options, safe), *_consistent(quest.cells, options), *more],
        options={"node_limit": nodes, "mip_rel_gap": 0.0},
    )
    impossible = solved.status == _IMPOSSIBLE
    bound = np.inf if impossible else base + float(solved.mip_dual_bound or 0.0) / _FINE
    return Answer(_chosen(options, solved.x), bound, impossible or solved.status == _OPTIMAL)


def _chosen(options: _Options, x: Floats | None) -> Ints | None:
    """In each column the first option whose variable is set, else its last one."""
    if x is None:
        return None
    taken = options.last.copy()
    taken[~options.last] = x[: options.many] > 0.5
    chosen = np.flatnonzero(taken)
    slots: Ints = options.slots[chosen[starts(options.column[chosen])]]
    return slots


def _passes(quest: Quest, options: _Options, safe: float) -> LinearConstraint:
    """The leaves' values sum to at most the edge; in units of the largest."""
    cells = quest.cells
    size = float(np.abs(cells.value).max(initial=1e-300))
    at = options.many + np.arange(options.leaves)
    return options.rows(np.zeros_like(at), at, cells.value / size, [(quest.edge - cells.bias) / size - safe])


def _consistent(cells: Cells, options: _Options) -> Iterator[LinearConstraint]:
    """Thresholds of a column are in order, each tree is in one leaf, and in none on the far side of a threshold."""
    place = options.place[:-1][~options.last[:-1] & ~options.last[1:]]
    pairs, ones = np.arange(len(place)), np.ones(len(place))
    yield options.rows(np.tile(pairs, 2), np.append(place, place + 1), np.append(ones, -ones), np.zeros(len(place)))
    trees, tree = np.unique(cells.tree, return_inverse=True)
    for sign in (1.0, -1.0):
        leaves = np.arange(options.leaves)
        yield options.rows(tree, options.many + leaves, np.full(len(leaves), sign), np.full(len(trees), sign))
    low = np.searchsorted(options.slots, cells.first)
    high = np.searchsorted(options.slots, cells.last, side="right") - 1
    yield _stacked(options, list(_thresholds(cells, options, low, high)))
    yield _gaps(cells, options, low, high)


def _stacked(options: _Options, parts: Sequence[_Rows]) -> LinearConstraint:
    """All parts as one constraint, for each has its price."""
    row, at, values, most = zip(*parts, strict=True)
    first = np.cumsum([0, *map(len, most)])[:-1]
    return options.rows(
        np.concatenate(row) + np.repeat(first, [len(one) for one in row]), *map(np.concatenate, (at, values, most))
    )


def _thresholds(cells: Cells, options: _Options, low: Ints, high: Ints) -> Iterator[_Rows]:
    """Of a tree's leaves that lie below a threshold at most one is reached, and only if the column does; so above.

    They exclude one another, so that they share one row: one for each tree, column and threshold of its leaves.
    """
    side_low, side_high = low[starts(cells.side)], high[np.append(starts(cells.side)[1:], len(low)) - 1]
    group = cells.tree[cells.leaf] * cells.width + cells.side_column
    order = np.argsort(group, kind="stable")
    for own in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        cuts = np.unique(np.append(side_high[own], side_low[own] - 1))
        cuts = cuts[(cuts >= 0) & (options.column[cuts] == cells.side_column[own[0]])]
        cuts = cuts[~options.last[cuts]]
        for beyond, sign in ((side_high[own] <= cuts[:, None], -1.0), (side_low[own] > cuts[:, None], 1.0)):
            row, at = np.nonzero(beyond)
            rows, places = (
                np.append(row, np.arange(len(cuts))),
                np.append(options.many + cells.leaf[own[at]], options.place[cuts]),
            )
            values = np.append(np.ones(len(row)), np.full(len(cuts), sign))
            yield rows, places, values, np.full(len(cuts), max(sign, 0.0))


def _gaps(cells: Cells, options: _Options, low: Ints, high: Ints) -> LinearConstraint:
    """A leaf that wants its column in one of several runs is reached only there."""
    many = np.bincount(cells.side)
    several = np.flatnonzero((many[cells.side] > 1) & (low <= high))
    sides, row = np.unique(cells.side[several], return_inverse=True)
    first, last = low[several], high[several]
    opens = np.flatnonzero((first > 0) & (options.column[first - 1] == options.column[first]))
    ends = np.flatnonzero(~options.last[last])
    rows = np.concatenate([np.arange(len(sides)), row[opens], row[ends]])
    at = np.concatenate([options.many + cells.leaf[sides], options.place[first[opens] - 1], options.place[last[ends]]])
    values = np.repeat([1.0, 1.0, -1.0], [len(sides), len(opens), len(ends)])
    return options.rows(rows, at, values, np.bincount(row, options.last[last], minlength=len(sides)))
