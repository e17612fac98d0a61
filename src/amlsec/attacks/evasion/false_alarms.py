"""AML-E06: makes benign rows raise alarms, so that nobody listens to the alarm any more."""

from __future__ import annotations

from typing import Any

import numpy as np

from amlsec.attacks import table_scores, text_scores
from amlsec.attacks.lockstep import Search, search
from amlsec.attacks.table_steps import Task
from amlsec.attacks.text_steps import message
from amlsec.budget import EvasionBudget
from amlsec.catalogue import evasion
from amlsec.data import Rows
from amlsec.oracle import Oracle
from amlsec.space.contract import Space
from amlsec.space.tabular import tabular
from amlsec.space.text import TextSpace
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation


@evasion(
    code="AML-E06",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.AVAILABILITY, Specificity.INDISCRIMINATE),
    access=Access.SCORES,
    knowledge=Knowledge.FEATURES,
    references=("barreno2010security", "huang2011adversarial"),
)
def false_alarms(oracle: Oracle, X: Rows, /, *, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Rows:
    """Changes benign rows until the model raises an alarm, led by scores; a flood of them exhausts whoever must answer.

    Barreno et al., "The security of machine learning", Machine Learning 81, 2010, call it an exploratory availability
    attack. Table rows: the coordinate search of `score_search`, the other way. Texts: the space's words for that verdict,
    ranked by score, added, repeated where needed, pruned.

    Takes rows (n, d) or texts (n,) that pass; returns them, each with the cheapest alarm found within the budget, or as
    it was.

    >>> from amlsec.data import texts
    >>> class Filter:
    ...     def labels(self, X): return np.array([int("casino" in row) for row in X])
    ...     def scores(self, X): return self.labels(X).astype(float)
    >>> oracle = Oracle(Filter(), access=Access.SCORES, rows=1, queries=50, wanted=1)
    >>> space, rng = TextSpace(["meeting"], bad_words=["free", "casino"]), np.random.default_rng(0)
    >>> false_alarms(oracle, texts(["see you at lunch"]), space=space, budget=EvasionBudget(1, 50), rng=rng)
    array(['see you at lunch casino'], dtype=object)
    """
    return search(
        oracle, X, lambda row, own: _start(row, oracle.wanted, space, budget, own), space=space, budget=budget, rng=rng
    )


def _start(row: Any, wanted: int, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Search:
    if isinstance(space, TextSpace):
        return text_scores.by_scores(message(row, space, wanted, budget, rng))
    return table_scores.by_scores(Task(row, tabular(space), budget, rng))
