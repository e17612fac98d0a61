"""AML-E05: random changes, the baseline every search must beat."""

from __future__ import annotations

from typing import Any

import numpy as np

from amlsec.attacks.lockstep import Search, search, wins
from amlsec.budget import EvasionBudget
from amlsec.catalogue import evasion
from amlsec.data import Rows
from amlsec.oracle import Oracle
from amlsec.space.contract import Space
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation

_AT_ONCE = 32


@evasion(
    code="AML-E05",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY, Specificity.INDISCRIMINATE),
    access=Access.LABELS,
    knowledge=Knowledge.FEATURES,
    references=("barreno2010security",),
    standards=Standards(("AML.T0043.001", "AML.T0040", "AML.T0015"), ("NISTAML.025",), ("ML01",)),
)
def random_noise(oracle: Oracle, X: Rows, /, *, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Rows:
    """Tries random changes of the space within the cost until one passes.

    The baseline of an attacker without an idea: what it reaches, the model gives away by chance.

    Takes rows (n, d) or texts (n,) that do not pass; returns them, each with the cheapest passing change of the first
    handful that held one, or as it was.

    >>> from amlsec.space.tabular import Column, Kind, TabularSpace
    >>> class Stump:
    ...     def labels(self, X): return (X[:, 0] > 2).astype(np.int64)
    ...     def scores(self, X): return X[:, 0]
    >>> oracle = Oracle(Stump(), access=Access.LABELS, rows=1, queries=99)
    >>> space, rng = TabularSpace([Column("links", Kind.INTEGER, 0, 9)]), np.random.default_rng(0)
    >>> changed = random_noise(oracle, np.array([[7.0]]), space=space, budget=EvasionBudget(9, 99), rng=rng)
    >>> bool(changed[0, 0] <= 2)
    True
    """

    def tries(row: Any, own: np.random.Generator) -> Search:
        same = np.array([row] * _AT_ONCE, dtype=X.dtype)
        for _ in range(0, budget.queries, _AT_ONCE):
            if (yield wins(space.sample(same, budget.cost, own))).any():
                return

    return search(oracle, X, tries, space=space, budget=budget, rng=rng)
