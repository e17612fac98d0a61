"""Two-valued columns: changes taken back, and two changes replaced by one, while the row still passes."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from amlsec.attacks.lockstep import Search, wins
from amlsec.attacks.table_steps import Row, Steps, Task
from amlsec.data import Rows

_AT_ONCE = 64


def other_values(task: Task) -> Row | None:
    """The other value of each column that can be changed; None where one has more than one."""
    low, high = (task.within(np.full((1, len(task.x)), end), np.inf)[0] for end in (-np.inf, np.inf))
    both, step = (low != task.x) & (high != task.x), high - low
    changeable = low != high
    single = ~both & np.isclose(step, task.space.grid) & (task.space.grid > 0)
    return np.where(low != task.x, low, high) if single[changeable].all() else None


def most_queries(width: int) -> int:
    """The most queries of `exchanged` on so many columns, once a passing row is known: at most all of them change.

    >>> most_queries(5), most_queries(10)
    (70, 715)
    """
    return sum(k * k + k * (k - 1) // 2 * (width - k) for k in range(1, width + 1))


def exchanged(task: Task, others: Row, passed: Row) -> Search:
    """A pass that can spare no change, and in which no two changes can be replaced by one.

    Lowd and Meek, "Adversarial learning", KDD 2005: for a linear model and equal prices it costs at most
    twice the cheapest. Each exchange spares a change, so there are at most as many as columns.
    """
    row = yield from _spared(task, passed)
    while True:
        fewer = yield from _one_for_two(task, others, row)
        if (fewer == row).all():
            return
        row = yield from _spared(task, fewer)


def _spared(task: Task, row: Row) -> Steps:
    """No single change of this row can be taken back."""
    taken = True
    while taken:
        taken = False
        for j in np.flatnonzero(row != task.x):
            without = row.copy()
            without[j] = task.x[j]
            if (yield wins(without[None]))[0]:
                row, taken = without, True
    return row


def _one_for_two(task: Task, others: Row, row: Row) -> Steps:
    """One change fewer, or the row as it is."""
    tries = _exchanges(task, others, row)
    for start in range(0, len(tries), _AT_ONCE):
        won = yield wins(tries[start : start + _AT_ONCE])
        if won.any():
            found: Row = tries[start + int(won.argmax())]
            return found
    return row


def _exchanges(task: Task, others: Row, row: Row) -> Rows:
    """Every row with two changes taken back and one made instead."""
    changed = row != task.x
    spare = np.flatnonzero(~changed & (others != task.x))
    pairs = [pair for pair in combinations(np.flatnonzero(changed), 2) for _ in spare]
    tries = np.repeat(row[None], len(pairs), axis=0)
    if len(pairs):
        back, made, at = np.array(pairs), np.tile(spare, len(pairs) // len(spare)), np.arange(len(pairs))
        tries[at[:, None], back] = task.x[back]
        tries[at, made] = others[made]
    return tries
