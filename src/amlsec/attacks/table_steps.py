"""Steps shared by searches over table rows: making a win cheaper by verdicts alone."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks.lockstep import Question, wins
from amlsec.budget import EvasionBudget
from amlsec.data import Rows
from amlsec.space.tabular import TabularSpace

Row = NDArray[np.float64]
Steps = Generator[Question, Any, Row]
"""Questions, and in the end the row they led to."""

_SHARES = (0.0, 0.5, 0.8, 0.95, 0.99)
"""How much of a column's change is tried instead of all of it."""
_TRADES = 24
_PATIENCE = 4


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """One row to change, where, for how much, and by what chance."""

    x: Row
    space: TabularSpace
    budget: EvasionBudget
    rng: np.random.Generator

    @property
    def few(self) -> bool:
        """Whether the queries bear no more than a look or two at every column."""
        return self.budget.queries < 8 * len(self.x)

    def limited_to(self, cost: float) -> Task:
        """The same for another cost."""
        return replace(self, budget=EvasionBudget(cost, self.budget.queries))

    def like(self, rows: Rows) -> Rows:
        """The row itself, as often as there are rows."""
        return np.broadcast_to(self.x, rows.shape)

    def within(self, rows: Rows, cost: float | NDArray[np.float64]) -> Rows:
        """The rows (n, d) pulled back to this cost, or each to its own (n,)."""
        return self.space.project(self.like(rows), rows, cost)

    def cost(self, rows: Rows) -> NDArray[np.float64]:
        return self.space.cost(self.like(rows), rows)


def cheapen(task: Task, won: Row) -> Steps:
    """A cheaper win near a win: changes taken back, then traded between columns, until neither helps any more."""
    idle = 0
    while idle < _PATIENCE and (won != task.x).any():
        before = task.cost(won[None])[0]
        for share in _SHARES:
            won = yield from _taken_back(task, won, share)
        won = yield from _cheapest(task, won, _trades(task, won))
        idle = 0 if task.cost(won[None])[0] < before * (1 - 1e-3) else idle + 1
    return won


def thinned(task: Task, won: Row) -> Steps:
    """A win with fewer changes: half of them taken back at once, then quarters, down to single ones, the dearest first.

    Where few of n changes are needed it asks about as often as they are, times log n (delta debugging, Zeller and
    Hildebrandt 2002).
    """
    size = (int(np.count_nonzero(won != task.x)) + 1) // 2
    while size:
        won = yield from _without(task, won, size)
        size //= 2
    return won


def _without(task: Task, won: Row, size: int) -> Steps:
    """The win without those groups of so many changes that it can spare."""
    dearest = np.argsort(-task.space.by_column(task.x[None], won[None])[0], kind="stable")
    dearest = dearest[: np.count_nonzero(won != task.x)]
    for group in np.split(dearest, range(size, len(dearest), size)):
        tried = won.copy()
        tried[group] = task.x[group]
        won = yield from _cheapest(task, won, task.within(tried[None], np.inf))
    return won


def _cheapest(task: Task, won: Row, tries: Rows) -> Steps:
    """The cheapest win among the tries, else the win in hand."""
    tries = _cheaper(task, won, tries)
    passed = np.flatnonzero((yield wins(tries)) if len(tries) else [])
    return tries[passed[0]] if len(passed) else won


def _cheaper(task: Task, won: Row, tries: Rows) -> Rows:
    """Those of the tries that cost less than the win in hand, the cheapest first."""
    cost = task.cost(tries)
    order = np.argsort(cost, kind="stable")
    kept: Rows = tries[order[cost[order] < task.cost(won[None])[0] * (1 - 1e-9)]]
    return kept


def _taken_back(task: Task, won: Row, share: float) -> Steps:
    """Each column's change reduced to a share of it: one at a time, then together those that could be spared."""
    columns = np.flatnonzero(won != task.x)
    tries = np.repeat(won[None], len(columns), axis=0)
    tries[np.arange(len(columns)), columns] = (task.x + share * (won - task.x))[columns]
    tries = _cheaper(task, won, task.within(tries, np.inf))
    if not len(tries):
        return won
    spared = tries[(yield wins(tries))]
    if len(spared) < 2:
        return spared[0] if len(spared) else won
    return (yield from _cheapest(task, spared[0], _together(won, spared)))


def _together(won: Row, spared: Rows) -> Rows:
    """The first 2, 3, 5, 9, ... spared changes taken back at once, and all of them."""
    joint = won + (spared - won).cumsum(axis=0)
    places = np.unique(np.minimum(2 ** np.arange(int(np.log2(len(spared))) + 2), len(spared) - 1))
    chosen: Rows = joint[places]
    return chosen


def _trades(task: Task, won: Row) -> Rows:
    """Changes pushed further in one column: paid for by another column's change, or by all; none where none is left."""
    changed = np.flatnonzero(won != task.x)
    if not len(changed):
        return won[None][:0]
    rng, half, at = task.rng, _TRADES // 2, np.arange(_TRADES)
    pushed, paying = rng.choice(task.space.changeable, _TRADES), rng.choice(changed, _TRADES)
    part, loss = rng.choice([1.0, 0.5, 0.25], _TRADES), rng.choice([0.5, 0.2, 0.05, 0.01], _TRADES)
    costs = task.space.by_column(task.x[None], won[None])[0]
    tries = np.repeat(won[None], _TRADES, axis=0)
    tries[at[:half], paying[:half]] -= (part * (won - task.x)[paying])[:half]
    tries[at, pushed] += _way(task, won, pushed) * part * costs[paying] * (1 - loss) / task.space.rate[pushed]
    tries = task.within(tries, np.inf)
    pulled = task.within(tries[half:], costs.sum() * (1 - loss[half:]))
    return np.concatenate([tries[:half], pulled])


def _way(task: Task, won: Row, columns: NDArray[np.intp]) -> NDArray[np.float64]:
    """Up or down: as the column was changed already, else by chance."""
    changed = np.sign(won - task.x)[columns]
    return np.where(changed != 0, changed, task.rng.choice([-1.0, 1.0], len(columns)))
