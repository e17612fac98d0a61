"""AML-E11: cheap evasions of trees and forests, by a fast search over the regions that their leaves cut out."""

from __future__ import annotations

import numpy as np

from amlsec.attacks.tree_evasion import evaded
from amlsec.attacks.tree_search import cheap
from amlsec.budget import EvasionBudget
from amlsec.catalogue import evasion
from amlsec.data import Rows
from amlsec.oracle import Oracle
from amlsec.space.contract import Space
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation
from amlsec.whitebox.forest import Forest


@evasion(
    code="AML-E11",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY, Specificity.TARGETED),
    access=Access.PARAMETERS,
    knowledge=Knowledge.MODEL,
    spaces=("tabular",),
    references=("kantchelian2016evasion", "zhang2020efficient"),
    standards=Standards(("AML.T0043.000", "AML.T0015"), ("NISTAML.022",), ("ML01",)),
    inside=Forest,
)
def leaf_regions(oracle: Oracle, X: Rows, /, *, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Rows:
    """Moves a row from leaf to leaf until a forest lets it pass, then as far back as it can; fast, and nearly exact.

    Where every other column stays, what a forest says of all values of a column follows from one pass over its leaves
    (the symbolic prediction of Kantchelian, Tygar and Joseph, "Evasion and hardening of tree ensemble classifiers",
    ICML 2016, here for all columns at once). The row goes to the value or the leaf (Zhang, Zhang and Hsieh, "An efficient
    adversarial attack for tree ensembles", NeurIPS 2020) that gains most for its price; then columns are taken back, alone
    or for another, and the best row is partly undone and sought again. Of a single tree every leaf is looked at.

    Where columns are bound by groups or relations, what is found column by column is mended, and kept where it still wins
    and a search by the scores of his own copy of the model finds nothing cheaper: there a cheaper row may exist.

    Takes rows (n, d); returns them, each with the cheapest win found within the cost, or as it was. Raises InvalidInput
    where the space is not a table's, NotApplicable where the model is made of no trees.

    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from amlsec.oracle import Classifier
    >>> from amlsec.space.tabular import Column, Kind, TabularSpace
    >>> X = np.array([[0.0, 0.0], [1.0, 0.0], [4.0, 1.0], [5.0, 1.0]])
    >>> model = Classifier(DecisionTreeClassifier(random_state=0).fit(X[:, :1], [0, 0, 1, 1]))
    >>> space = TabularSpace([Column("links", Kind.INTEGER, 0, 9)])
    >>> oracle = Oracle(model, access=Access.PARAMETERS, rows=1, queries=0)
    >>> leaf_regions(oracle, X[3:, :1], space=space, budget=EvasionBudget(9, 0), rng=np.random.default_rng(0))
    array([[2.]])
    """
    seed = int(rng.integers(2**63))
    return evaded(oracle, X, lambda quest: cheap(quest, np.random.default_rng(seed)), space=space, budget=budget, rng=rng)
