"""AML-E53: learns on a few rows what raises an alarm, and floods with it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks.lockstep import Question, Search, search, wins
from amlsec.attacks.table_labels import by_labels
from amlsec.attacks.table_steps import Task
from amlsec.attacks.text_steps import message, pruned, shortest_prefix
from amlsec.budget import EvasionBudget
from amlsec.catalogue import evasion
from amlsec.data import Rows, texts
from amlsec.oracle import Oracle
from amlsec.space.contract import Space
from amlsec.space.tabular import TabularSpace, tabular
from amlsec.space.text import TextSpace
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation

_PILOTS = 5
"""So many rows are searched for an alarm each; what raised one is then tried on all others."""


@evasion(
    code="AML-E53",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.AVAILABILITY, Specificity.INDISCRIMINATE),
    access=Access.LABELS,
    knowledge=Knowledge.FEATURES,
    references=("barreno2010security", "huang2011adversarial"),
)
def alarm_flood(oracle: Oracle, X: Rows, /, *, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Rows:
    """Searches the alarm of a few benign rows by verdicts alone, and makes the changes that raised one to all others.

    The exploratory availability attack of Barreno et al., "The security of machine learning", Machine Learning 81, 2010, by
    the least traffic: a flood has to raise many alarms, not the nearest one of each row, so what 5 rows taught is sent on.
    A row costs one query for each change that is tried on it, most often one; where none works it is searched like the
    first, up to its first alarm within the cost: a flood has no use for cheaper ones. How many rows must be sent to raise a
    system's alarm rate, or to drown who reads them, is `amlsec.evaluation.flooding`.

    Takes rows (n, d) or texts (n,) that pass; returns them, each with an alarm within the budget, or as it was.

    >>> class Filter:
    ...     def labels(self, X): return np.array([int("casino" in row) for row in X])
    >>> oracle = Oracle(Filter(), access=Access.LABELS, rows=40, queries=50, wanted=1)
    >>> space, rng = TextSpace(["meeting"], bad_words=["free", "casino"]), np.random.default_rng(0)
    >>> X = texts([f"see you at {hour}" for hour in range(40)])
    >>> alarm_flood(oracle, X, space=space, budget=EvasionBudget(1, 50), rng=rng)[39], np.median(oracle.spent)
    ('see you at 39 casino', np.float64(1.0))
    """
    pilots, others = np.arange(len(X))[:_PILOTS], np.arange(len(X))[_PILOTS:]
    told: dict[str, Any] = {"space": space, "budget": budget, "rng": rng}

    def alone(row: Any, own: np.random.Generator) -> Search:
        return _alone(row, oracle.wanted, space, budget, own)

    found = search(oracle, X, alone, among=pilots, **told)
    learned = _learned(X[pilots], found[pilots], space)

    def again(row: Any, own: np.random.Generator) -> Search:
        tries = [_with(row, change, space, budget) for change in learned]
        return _again(tries, _first_alarm(alone(row, own), row, space, budget))

    flooded = search(oracle, X, again, among=others, **told)
    return np.concatenate([found[pilots], flooded[others]])


def _learned(X: Rows, changed: Rows, space: Space) -> list[Any]:
    """What raised an alarm on these rows, the cheapest first: words added, or values of columns, NaN where unchanged."""
    cost = space.cost(X, changed)
    won = [i for i in np.argsort(cost, kind="stable").tolist() if cost[i] > 0]
    if isinstance(space, TextSpace):
        added = [Counter(space.said(changed[i]).split()) - Counter(space.said(X[i]).split()) for i in won]
        return list(dict.fromkeys(tuple(words.elements()) for words in added))
    return [np.where(changed[i] != X[i], changed[i], np.nan) for i in won]


def _again(tries: list[Rows], alone: Search) -> Search:
    """One change after the other, until one raises an alarm; then, where none does, a search of its own."""
    for changed in tries:
        if (yield wins(changed))[0]:
            return
    yield from alone


def _first_alarm(going: Search, row: Any, space: Space, budget: EvasionBudget) -> Search:
    """The search, ended by its first alarm within the cost."""
    question = next(going, None)
    while question is not None:
        won = yield question
        cost = space.cost(_copies(row, len(won)), question.rows)
        question = None if (won & (cost <= budget.cost)).any() else _next(going, won)


def _next(going: Search, won: NDArray[np.bool_]) -> Question | None:
    """What a search asks after these verdicts; None where it has ended."""
    try:
        return going.send(won)
    except StopIteration:
        return None


def _copies(row: Any, many: int) -> Rows:
    return texts([row] * many) if isinstance(row, str) else np.repeat(row[None], many, axis=0)


def _with(row: Any, change: Any, space: Space, budget: EvasionBudget) -> Rows:
    """The row (1, ...) with this change, within the cost."""
    if isinstance(space, TextSpace):
        return texts([space.adding(row, change)])
    moved: NDArray[np.float64] = np.where(np.isnan(change), row, change)[None]
    return space.project(row[None], moved, budget.cost)


def _alone(row: Any, wanted: int, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Search:
    """The search for an alarm on one row."""
    if isinstance(space, TextSpace):
        mail = message(row, space, wanted, budget, rng)
        enough = yield from shortest_prefix(mail, mail.words)
        yield from pruned(mail, enough)
    else:
        table: TabularSpace = tabular(space)
        yield from by_labels(Task(row, table, budget, rng), starts=2)
