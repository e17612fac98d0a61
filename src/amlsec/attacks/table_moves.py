"""Random moves of table rows that cost little: for questions that must not look alike, or must not be the same."""

from __future__ import annotations

import numpy as np

from amlsec.attacks.table_steps import Task
from amlsec.data import Rows
from amlsec.space.tabular import Kind

_MOVED = 0.7


def moved(task: Task, rows: Rows, size: float) -> Rows:
    """Columns moved at random by this cost each, or by one step of their grid; away from a bound that is met.

    Seven in ten of the columns with a step so cheap are moved, of others the fewer, the dearer their step; categories stay.
    """
    step = task.space.grid * task.space.rate
    numbers = np.array([column.kind != Kind.CATEGORY for column in task.space.columns])
    chance = _MOVED * numbers * size / np.maximum(step, size)
    length = np.maximum(size, step) / task.space.rate * task.rng.uniform(0.5, 1.5, rows.shape)
    move = task.rng.choice([-1.0, 1.0], rows.shape) * (task.rng.random(rows.shape) < chance) * length
    there: Rows = task.within(rows + move, np.inf)
    return np.where(there == rows, task.within(rows - move, np.inf), there)
