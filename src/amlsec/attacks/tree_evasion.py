"""What attacks on forests share: a row's quest for the verdict that is wanted, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from amlsec.attacks.exact import cheaper_change, verified
from amlsec.attacks.half_spaces import are_tied
from amlsec.attacks.scored import led_by_scores
from amlsec.attacks.tree_search import Quest
from amlsec.budget import EvasionBudget
from amlsec.data import BENIGN, Rows
from amlsec.oracle import Oracle
from amlsec.space.contract import Space
from amlsec.space.tabular import TabularSpace, tabular
from amlsec.threat import Access
from amlsec.whitebox.cells import Floats, Ints, cells, prices, slotted, starts
from amlsec.whitebox.forest import Forest
from amlsec.whitebox.look import inside

Solve = Callable[[Quest], Ints | None]
"""The slots (d,) where a quest ends; None where it finds no end."""

_TRIES = 500
"""Scores of his own copy that he looks at for each row whose columns hang together."""
_TIES_PASS = 2e-12
"""Of the largest margin there can be: sums of leaves are not known any closer, and a margin of 0 is not malicious."""


def evaded(oracle: Oracle, X: Rows, solve: Solve, *, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Rows:
    """Each row where its quest ended, once the model itself says what is wanted there; else as it was.

    A quest goes column by column. Where columns hang together its end is mended, and a search by the scores of his own
    copy of the model looks for a cheaper one.

    Raises InvalidInput where the space is not a table's, NotApplicable where the model is made of no trees.
    """
    model, table = oracle.parameters(), tabular(space)
    forest = inside(model, Forest)
    quests = _quests(forest if oracle.wanted == BENIGN else forest.opposed(), table, budget.cost, oracle.wanted)

    def ended(x: Floats, slack: float) -> Floats | None:
        quest = quests(x, slack)
        at = solve(quest)
        return None if at is None else quest.prices.row(at)

    found = verified(model, X, ended, space=space, budget=budget, wanted=oracle.wanted)
    if not are_tied(table):
        return found
    own = Oracle(model, access=Access.SCORES, rows=len(X), queries=_TRIES, wanted=oracle.wanted)
    searched = led_by_scores(own, X, space=space, budget=EvasionBudget(budget.cost, _TRIES), rng=rng)
    return cheaper_change(X, found, searched, space)


def _quests(forest: Forest, space: TabularSpace, most: float, wanted: int) -> Callable[[Floats, float], Quest]:
    """What makes a row's quest, given by how much its end should pass."""
    of = cells(forest, len(space.columns))
    slots, first = slotted(of, space), starts(of.column)
    ties = _TIES_PASS if wanted == BENIGN else 0.0

    def quest(x: Floats, slack: float) -> Quest:
        (paid,) = prices(of, slots, x[None], slack)
        dearest = np.maximum.reduceat(np.where(np.isfinite(paid.costs), paid.costs, 0.0), first).sum()
        return Quest(of, paid, of.size * (ties - slack), min(most, float(dearest)))

    return quest
