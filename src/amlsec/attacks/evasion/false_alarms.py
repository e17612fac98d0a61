"""AML-E06: makes benign rows raise alarms, so that nobody listens to the alarm any more."""

from __future__ import annotations

import numpy as np

from amlsec.attacks.scored import led_by_scores
from amlsec.budget import EvasionBudget
from amlsec.catalogue import evasion
from amlsec.data import Rows
from amlsec.oracle import Oracle
from amlsec.space.contract import Space
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
    >>> from amlsec.space.text import TextSpace
    >>> class Filter:
    ...     def labels(self, X): return np.array([int("casino" in row) for row in X])
    ...     def scores(self, X): return self.labels(X).astype(float)
    >>> oracle = Oracle(Filter(), access=Access.SCORES, rows=1, queries=50, wanted=1)
    >>> space, rng = TextSpace(["meeting"], bad_words=["free", "casino"]), np.random.default_rng(0)
    >>> false_alarms(oracle, texts(["see you at lunch"]), space=space, budget=EvasionBudget(1, 50), rng=rng)
    array(['see you at lunch casino'], dtype=object)
    """
    return led_by_scores(oracle, X, space=space, budget=budget, rng=rng)
