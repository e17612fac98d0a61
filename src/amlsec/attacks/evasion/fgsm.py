"""AML-E16: one gradient, one step."""

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
from amlsec.whitebox.descent import one_step
from amlsec.whitebox.slope import Slope


@evasion(
    code="AML-E16",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY, Specificity.TARGETED),
    access=Access.PARAMETERS,
    knowledge=Knowledge.FEATURES,
    spaces=("tabular", "image"),
    references=("goodfellow2015explaining",),
    standards=Standards(("AML.T0043.000", "AML.T0015"), ("NISTAML.022",), ("ML01",)),
    inside=Slope,
)
def fgsm(oracle: Oracle, X: Rows, /, *, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Rows:
    """Follows one gradient, the model's at the row in hand, in the space's norm, and takes the shortest step that passes.

    Goodfellow, Shlens and Szegedy, "Explaining and harnessing adversarial examples", ICLR 2015, section 4, step in the norm
    infinity, to the sign of the gradient. In a table the norm is a weighted sum, and the step fills columns in order of
    gradient per cost up to their bounds; on a linear model that is the cheapest change there is.

    Rows, result and errors are those of `gradient_steps.descended`; no queries are spent.

    >>> from sklearn.linear_model import LogisticRegression
    >>> from amlsec.oracle import Classifier
    >>> from amlsec.space.tabular import Column, Kind, TabularSpace
    >>> links = np.arange(10.0)[:, None]
    >>> model = Classifier(LogisticRegression().fit(links, links[:, 0] > 2))
    >>> oracle = Oracle(model, access=Access.PARAMETERS, rows=1, queries=0)
    >>> told = {"space": TabularSpace([Column("links", Kind.INTEGER, 0, 9)]), "budget": EvasionBudget(9, 0)}
    >>> fgsm(oracle, np.array([[7.0]]), **told, rng=np.random.default_rng(0))
    array([[2.]])
    """
    return descended(oracle, X, one_step, space=space, budget=budget, rng=rng)
