"""AML-E17: projected gradient steps from a random change."""

from __future__ import annotations

import numpy as np

from amlsec.attacks.gradient_steps import descended
from amlsec.budget import EvasionBudget
from amlsec.catalogue import evasion
from amlsec.data import Rows
from amlsec.oracle import Oracle
from amlsec.space.contract import Space
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation
from amlsec.whitebox.descent import projected_steps
from amlsec.whitebox.slope import Slope


@evasion(
    code="AML-E17",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY, Specificity.TARGETED),
    access=Access.PARAMETERS,
    knowledge=Knowledge.FEATURES,
    spaces=("tabular", "image"),
    references=("madry2018towards", "tramer2019multiple"),
    standards=Standards(("AML.T0043.000", "AML.T0015"), ("NISTAML.022",), ("ML01",)),
    inside=Slope,
)
def pgd(oracle: Oracle, X: Rows, /, *, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Rows:
    """Walks down the margin in 40 steps from a random change, pulled back to the budget after each.

    Madry et al., "Towards deep learning models resistant to adversarial attacks", ICLR 2018, section 2.1, with steps of
    2.5 x cost / 40. In a table a step moves the 5 % of the columns that gain most per cost, as Tramèr and Boneh (2019) do,
    for a step of one column turns at every other.

    Rows, result and errors are those of `gradient_steps.descended`; no queries are spent.

    >>> from sklearn.naive_bayes import GaussianNB
    >>> from amlsec.oracle import Classifier
    >>> from amlsec.space.tabular import Column, Kind, TabularSpace
    >>> links = np.arange(10.0)[:, None]
    >>> model = Classifier(GaussianNB().fit(links, links[:, 0] > 2))
    >>> oracle = Oracle(model, access=Access.PARAMETERS, rows=1, queries=0)
    >>> told = {"space": TabularSpace([Column("links", Kind.INTEGER, 0, 9)]), "budget": EvasionBudget(9, 0)}
    >>> pgd(oracle, np.array([[7.0]]), **told, rng=np.random.default_rng(0))
    array([[2.]])
    """
    return descended(oracle, X, projected_steps, space=space, budget=budget, rng=rng)
