"""A search over table rows led by scores, towards whichever verdict is wanted."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks.lockstep import Question, Search, evidence, wins
from amlsec.attacks.table_labels import by_labels
from amlsec.attacks.table_steps import Row, Steps, Task, cheapen, thinned
from amlsec.data import Rows

_PROBES = 160
_ROUNDS = 20
_RESTARTS = 8
_LESS = 0.95
_HALVINGS = 8


@dataclass(frozen=True, slots=True, eq=False)
class _Probes:
    """Rows tried around where the search stands, the one column each is about, and that column's goal."""

    columns: NDArray[np.intp]
    rows: Rows
    goals: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Route:
    """A way to a target, column after column in an order, and the costs (rising) at which to look at it."""

    start: Row
    target: Row
    order: NDArray[np.intp]
    costs: NDArray[np.float64]

    def points(self, task: Task, costs: Sequence[float] | NDArray[np.float64]) -> Rows:
        """Where these costs lead."""
        here, there = (np.repeat(row[None], len(costs), axis=0) for row in (self.start, self.target))
        return task.within(task.space.spend(here, there, self.order, np.asarray(costs)), task.budget.cost)


def by_scores(task: Task) -> Search:
    """Coordinate search: probe every column, follow the best in order of evidence lost per cost, then cheapen the win.

    Probes of equal cost rank columns rightly under any rising transformation of a linear score; probes that jump to
    usual values, and whole random changes, cross the plateaus of trees. A win at any cost is looked for first, then in
    turns one that costs less than the best so far; in between, verdicts alone have a turn.
    """
    best = np.inf
    for restart in range(_RESTARTS if len(task.space.changeable) else 0):
        limit = np.inf if restart % 2 == 0 else min(task.budget.cost, best * _LESS)
        won = yield from _descended(task.limited_to(limit), restart)
        if won is not None:
            won = yield from cheapen(task, (yield from thinned(task, won)))
            best = min(best, task.cost(won[None])[0])
        if restart == 0:
            yield from by_labels(task, starts=1)


def _descended(task: Task, first: int) -> Generator[Question, Any, Row | None]:
    """A win within the cost, or None when the search has run dry."""
    at, lowest = task.x, (yield evidence(task.x[None]))[0]
    for turn in range(first, first + max(1, min(_ROUNDS, task.budget.queries // 100))):
        rows, scores, won = yield from (_followed if turn % 3 < 2 else _leapt)(task, at, lowest, turn)
        if won is not None:
            return won
        if len(rows) and scores.min() < lowest:
            at, lowest = rows[scores.argmin()], scores.min()
    return None


_Progress = Generator[Question, Any, tuple[Rows, NDArray[np.float64], Row | None]]


def _followed(task: Task, at: Row, lowest: float, turn: int) -> _Progress:
    """Probes of single columns, then the way along the best of them."""
    probes = _jumps(task, at) if turn % 3 else _steps(task, at, _length(task, turn))
    if not len(probes.rows):
        return probes.rows, np.zeros(0), None
    scores = yield evidence(probes.rows)
    best = _ranked(probes, (lowest - scores) / _spent(task, at, probes.rows), scores < lowest)
    if not len(best):
        return probes.rows, scores, None
    routes = _far(task, at, probes, best), _near(task, at, probes, best)
    on_the_way = np.concatenate([*(route.points(task, route.costs) for route in routes), _lowest(probes.rows, scores)])
    passed = yield wins(on_the_way)
    if passed.any():
        return on_the_way, scores, (yield from _first_win(task, routes, on_the_way, passed))
    scores = np.concatenate([scores, (yield evidence(on_the_way))])
    return np.concatenate([probes.rows, on_the_way]), scores, None


def _leapt(task: Task, at: Row, lowest: float, turn: int) -> _Progress:
    """Random changes of the row itself, of many columns or few."""
    rows = task.space.sample(
        np.repeat(task.x[None], min(32, task.budget.queries // 4 + 1), axis=0), task.budget.cost, task.rng
    )
    scores = yield evidence(rows)
    won = yield from _cheapest_win(task, _lowest(rows, scores))
    return rows, scores, won


def _lowest(rows: Rows, scores: NDArray[np.float64]) -> Rows:
    lowest: Rows = rows[np.argsort(scores, kind="stable")[:4]]
    return lowest


def _cheapest_win(task: Task, rows: Rows) -> Generator[Question, Any, Row | None]:
    passed = yield wins(rows)
    return _cheapest(task, rows[passed]) if passed.any() else None


def _first_win(task: Task, routes: Sequence[_Route], rows: Rows, passed: NDArray[np.bool_]) -> Steps:
    """The cheapest win, each route halved between its last point that failed and the first that passed."""
    found = list(rows[passed])
    parts = np.split(passed, np.cumsum([len(route.costs) for route in routes]))
    for route, won in zip(routes, parts[:-1], strict=True):
        if won.any():
            found.append((yield from _halved(task, route, int(won.argmax()))))
    return _cheapest(task, np.stack(found))


def _halved(task: Task, route: _Route, first: int) -> Steps:
    low, high = np.concatenate([[0.0], route.costs])[first : first + 2]
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if (yield wins(route.points(task, [middle])))[0]:
            high = middle
        else:
            low = middle
    return _cheapest(task, route.points(task, [high]))


def _cheapest(task: Task, rows: Rows) -> Row:
    row: Row = rows[task.cost(rows).argmin()]
    return row


def _length(task: Task, turn: int) -> float:
    """What a step costs: a first and perhaps only look takes one unit, others by chance a little or more."""
    return 1.0 if turn == 0 and task.few else float(2.0 ** task.rng.uniform(-4, 1))


def _steps(task: Task, at: Row, cost: float) -> _Probes:
    """Each column up and down by the same cost; the goal is the bound that lies there."""
    columns = np.repeat(task.space.changeable, 2)
    way = np.tile([-1.0, 1.0], len(task.space.changeable))
    length = min(task.budget.cost / 2, cost) / task.space.rate[columns]
    length = np.maximum(length, task.space.grid[columns])
    return _distinct(task, at, columns, at[columns] + way * length, way * np.inf)


def _jumps(task: Task, at: Row) -> _Probes:
    """Each column at two usual values, which are the goals too."""
    columns = np.repeat(task.space.changeable, 2)
    drawn = task.space.anywhere(np.broadcast_to(task.x, (len(columns), len(task.x))), task.rng)
    values = drawn[np.arange(len(columns)), columns]
    return _distinct(task, at, columns, values, values)


def _distinct(
    task: Task, at: Row, columns: NDArray[np.intp], values: NDArray[np.float64], goals: NDArray[np.float64]
) -> _Probes:
    """The probes within the cost that differ from where the search stands, as many as the queries bear."""
    rows = np.repeat(at[None], len(columns), axis=0)
    rows[np.arange(len(columns)), columns] = values
    rows = task.within(rows, task.budget.cost)
    some = task.rng.permutation(np.flatnonzero((rows != at).any(axis=1)))
    some = some[: min(_PROBES, max(1, 2 * task.budget.queries // 3))]
    return _Probes(columns[some], rows[some], goals[some])


def _spent(task: Task, at: Row, rows: Rows) -> NDArray[np.float64]:
    """What each row changes against where the search stands, at the space's prices."""
    spent: NDArray[np.float64] = task.space.by_column(np.broadcast_to(at, rows.shape), rows).sum(axis=1)
    return spent.clip(min=1e-12)


def _ranked(probes: _Probes, worth: NDArray[np.float64], gained: NDArray[np.bool_]) -> NDArray[np.intp]:
    """For each column its best gaining probe, the worthiest column first."""
    order = np.argsort(-worth, kind="stable")
    order = order[gained[order]]
    _, first = np.unique(probes.columns[order], return_index=True)
    best: NDArray[np.intp] = order[np.sort(first)]
    return best


def _far(task: Task, at: Row, probes: _Probes, best: NDArray[np.intp]) -> _Route:
    """On to the goals, column after column: ..., a quarter of the way, a half, all of it."""
    target = at.copy()
    target[probes.columns[best]] = probes.goals[best]
    target = task.within(target[None], np.inf)[0]
    total = task.space.by_column(at[None], target[None]).sum()
    return _Route(
        at, target, _first(probes.columns[best], len(at)), min(total, task.budget.cost) * 0.5 ** np.arange(7, -1, -1)
    )


def _near(task: Task, at: Row, probes: _Probes, best: NDArray[np.intp]) -> _Route:
    """The best 1, 2, 4, ... probes together."""
    target = at.copy()
    target[probes.columns[best]] = probes.rows[best, probes.columns[best]]
    costs = task.space.by_column(at[None], target[None])[0, probes.columns[best]].cumsum()
    return _Route(
        at, target, _first(probes.columns[best], len(at)), costs[np.unique(np.minimum(2 ** np.arange(8), len(best)) - 1)]
    )


def _first(columns: NDArray[np.intp], width: int) -> NDArray[np.intp]:
    """All columns, these first."""
    return np.concatenate([columns, np.setdiff1d(np.arange(width), columns)])
