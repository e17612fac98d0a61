"""AML-E10: the cheapest evasion of trees and forests there is."""

from __future__ import annotations

from dataclasses import replace
from warnings import warn

import numpy as np

from amlsec.attacks.tree_evasion import evaded
from amlsec.attacks.tree_milp import NODES, NotProven, cheapest
from amlsec.attacks.tree_search import Quest, cheap
from amlsec.budget import EvasionBudget
from amlsec.catalogue import evasion
from amlsec.data import Rows
from amlsec.oracle import Oracle
from amlsec.space.contract import Space
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation
from amlsec.whitebox.cells import Ints
from amlsec.whitebox.forest import Forest

_NO_MORE = 1 + 1e-9


@evasion(
    code="AML-E10",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY, Specificity.TARGETED),
    access=Access.PARAMETERS,
    knowledge=Knowledge.MODEL,
    spaces=("tabular",),
    references=("kantchelian2016evasion",),
    standards=Standards(("AML.T0043.000", "AML.T0015"), ("NISTAML.022",), ("ML01",)),
    inside=Forest,
)
def exact_trees(oracle: Oracle, X: Rows, /, *, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Rows:
    """Finds the cheapest change of a row that a forest lets pass, by a mixed-integer programme.

    Kantchelian, Tygar and Joseph, "Evasion and hardening of tree ensemble classifiers", ICML 2016, section 3: thresholds
    and leaves are variables, bound to one another, the price is linear in them. A fast search first says how much is
    enough, which leaves few of them open. HiGHS looks at so many nodes of its search tree for each row, which does not
    depend on the clock; where they do not do, the best row found is taken, and a warning (NotProven) says how much cheaper
    one could be.

    Where columns are bound by groups or relations, what is found column by column is mended, and kept where it still wins
    and a search by the scores of his own copy of the model finds nothing cheaper: there a cheaper row may exist.

    Takes rows (n, d); returns them, each with its cheapest win within the cost, or as it was. Raises InvalidInput where the
    space is not a table's, NotApplicable where the model is made of no trees.

    >>> from sklearn.ensemble import GradientBoostingClassifier
    >>> from amlsec.oracle import Classifier
    >>> from amlsec.space.tabular import Column, Kind, TabularSpace
    >>> X = np.array([[0.0, 0.0], [1.0, 0.0], [4.0, 1.0], [5.0, 1.0]])
    >>> model = Classifier(GradientBoostingClassifier(random_state=0).fit(X[:, :1], [0, 0, 1, 1]))
    >>> space = TabularSpace([Column("links", Kind.INTEGER, 0, 9)])
    >>> oracle = Oracle(model, access=Access.PARAMETERS, rows=1, queries=0)
    >>> exact_trees(oracle, X[3:, :1], space=space, budget=EvasionBudget(9, 0), rng=np.random.default_rng(0))
    array([[2.]])
    """
    seed = int(rng.integers(2**63))
    return evaded(oracle, X, lambda quest: _cheapest(quest, seed), space=space, budget=budget, rng=rng)


def _cheapest(quest: Quest, seed: int) -> Ints | None:
    found = cheap(quest, np.random.default_rng(seed))
    if found is not None:
        quest = replace(quest, limit=float(quest.cost(found)) * _NO_MORE)
    answer = cheapest(quest)
    if not answer.proven:
        warn(f"after {NODES} nodes: found {quest.limit:.6g}, none below {answer.bound:.6g}", NotProven, stacklevel=2)
    return found if answer.at is None else answer.at
