"""AML-E39: changes a row until it and its coarser copies pass, knowing the model and how it squeezes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks import table_scores, text_scores
from amlsec.attacks.lockstep import Search, search
from amlsec.attacks.table_steps import Task
from amlsec.attacks.text_steps import message
from amlsec.budget import EvasionBudget
from amlsec.catalogue import evasion
from amlsec.data import Rows
from amlsec.oracle import Model, Oracle
from amlsec.space.contract import Space
from amlsec.space.tabular import tabular
from amlsec.space.text import TextSpace
from amlsec.squeezing import Squeezer
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation

_TRIES = 1000


@evasion(
    code="AML-E39",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY, Specificity.TARGETED),
    access=Access.PARAMETERS,
    knowledge=Knowledge.MODEL,
    references=("he2017weak", "tramer2020adaptive"),
    standards=Standards(("AML.T0043.000", "AML.T0015"), ("NISTAML.022",), ("ML01",)),
)
def squeeze_aware(oracle: Oracle, X: Rows, /, *, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Rows:
    """Searches on a copy of the model, led by the worst score among a row and its coarser copies.

    He et al., "Adversarial example defenses: ensembles of weak defenses are not strong", WOOT 2017, broke feature
    squeezing so: the attack's loss takes in every squeezer. Here the search of `score_search`, or for texts the best words
    by score, runs up to 1,000 tries a row on the model that he holds, guard and all; it asks the deployed one nothing.
    Before a model without squeezers it is that search.

    Takes rows (n, d) or texts (n,) that do not pass; returns them, each with the cheapest change found within the budget
    that its copy of the model lets pass, or as it was.

    >>> from amlsec.space.tabular import Column, Kind, TabularSpace
    >>> class Stump:
    ...     def labels(self, X): return (X[:, 0] > 2).astype(np.int64)
    ...     def scores(self, X): return X[:, 0]
    >>> space, budget = TabularSpace([Column("links", Kind.INTEGER, 0, 9)]), EvasionBudget(9, 0)
    >>> oracle = Oracle(Stump(), access=Access.PARAMETERS, rows=1, queries=0)
    >>> squeeze_aware(oracle, np.array([[7.0]]), space=space, budget=budget, rng=np.random.default_rng(0))
    array([[2.]])
    """
    model = oracle.parameters()
    own = Oracle(Through(model), access=Access.SCORES, rows=len(X), queries=_TRIES, wanted=oracle.wanted)
    tries = EvasionBudget(budget.cost, _TRIES)
    return search(own, X, lambda row, lots: _start(row, space, tries, lots), space=space, budget=tries, rng=rng)


def _start(row: Any, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Search:
    if isinstance(space, TextSpace):
        return text_scores.by_scores(message(row, space, 0, budget, rng))
    return table_scores.by_scores(Task(row, tabular(space), budget, rng))


class Through:
    """A model whose scores are the worst among a row and the coarser copies that its guards make of it.

    >>> class Stump:
    ...     def scores(self, X): return X[:, 0]
    >>> through = Through(Stump())
    >>> through.squeezers = [np.round]
    >>> through.scores(np.array([[0.4], [0.6]]))
    array([0.4, 1. ])
    """

    def __init__(self, model: Model) -> None:
        self.model, self.squeezers = model, _squeezers(getattr(model, "guard", None))

    def labels(self, X: Rows, /) -> NDArray[np.int64]:
        return self.model.labels(X)

    def scores(self, X: Rows, /) -> NDArray[np.float64]:
        copies = X, *(squeeze(X) for squeeze in self.squeezers)
        worst: NDArray[np.float64] = np.max([self.model.scores(copy) for copy in copies], axis=0)
        return worst


def _squeezers(guard: Any) -> Sequence[Squeezer]:
    """Those of a guard, or of the guards among layers."""
    among = getattr(guard, "deciders_", {"": guard})
    return [squeezer for layer in among.values() for squeezer in getattr(layer, "squeezers_", ())]
