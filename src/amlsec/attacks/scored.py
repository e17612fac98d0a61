"""The search led by scores, for rows of a table or texts, towards whichever verdict is wanted."""

from __future__ import annotations

from typing import Any

import numpy as np

from amlsec.attacks import table_scores, text_scores
from amlsec.attacks.lockstep import Search, search
from amlsec.attacks.table_steps import Task
from amlsec.attacks.text_steps import message
from amlsec.budget import EvasionBudget
from amlsec.data import Rows
from amlsec.oracle import Oracle
from amlsec.space.contract import Space
from amlsec.space.tabular import tabular
from amlsec.space.text import TextSpace


def led_by_scores(oracle: Oracle, X: Rows, *, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Rows:
    """Each row with the cheapest change found within the budget that gets the wanted verdict, or as it was."""

    def start(row: Any, own: np.random.Generator) -> Search:
        if isinstance(space, TextSpace):
            return text_scores.by_scores(message(row, space, oracle.wanted, budget, own))
        return table_scores.by_scores(Task(row, tabular(space), budget, own))

    return search(oracle, X, start, space=space, budget=budget, rng=rng)
