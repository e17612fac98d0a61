"""AML-E19: the smallest change that wins."""

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
from amlsec.whitebox.minimal import shrinking_ball
from amlsec.whitebox.slope import Slope


@evasion(
    code="AML-E19",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY, Specificity.TARGETED),
    access=Access.PARAMETERS,
    knowledge=Knowledge.FEATURES,
    spaces=("tabular", "image"),
    references=("pintor2021fast", "croce2020minimally"),
    standards=Standards(("AML.T0043.000", "AML.T0015"), ("NISTAML.022",), ("ML01",)),
    inside=Slope,
)
def fmn(oracle: Oracle, X: Rows, /, *, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Rows:
    """Looks for the cheapest change that passes, by a ball that shrinks where a row wins and grows where it does not.

    Pintor et al., "Fast minimum-norm adversarial attacks through adaptive norm constraints", NeurIPS 2021, algorithm 1,
    with the space's cost as the norm; then straight to the edge of the linear model at the win, as Croce and Hein's FAB
    (2020) goes. On a linear model it ends at the cheapest change there is.

    Rows, result and errors are those of `gradient_steps.descended`; no queries are spent.

    >>> from sklearn.linear_model import RidgeClassifier
    >>> from amlsec.oracle import Classifier
    >>> from amlsec.space.tabular import Column, Kind, TabularSpace
    >>> links = np.arange(10.0)[:, None]
    >>> model = Classifier(RidgeClassifier().fit(links, links[:, 0] > 2))
    >>> oracle = Oracle(model, access=Access.PARAMETERS, rows=1, queries=0)
    >>> told = {"space": TabularSpace([Column("links", Kind.INTEGER, 0, 9)]), "budget": EvasionBudget(9, 0)}
    >>> fmn(oracle, np.array([[7.0]]), **told, rng=np.random.default_rng(0))
    array([[2.]])
    """
    return descended(oracle, X, shrinking_ball, space=space, budget=budget, rng=rng)
