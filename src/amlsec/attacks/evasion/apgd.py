"""AML-E18: projected gradient steps that set their own length."""

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
from amlsec.whitebox.descent import automatic_steps
from amlsec.whitebox.slope import Slope


@evasion(
    code="AML-E18",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY, Specificity.TARGETED),
    access=Access.PARAMETERS,
    knowledge=Knowledge.FEATURES,
    spaces=("tabular", "image"),
    references=("croce2020reliable", "croce2021mind"),
    standards=Standards(("AML.T0043.000", "AML.T0015"), ("NISTAML.022",), ("ML01",)),
    inside=Slope,
)
def apgd(oracle: Oracle, X: Rows, /, *, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Rows:
    """Walks down the margin with momentum and steps that shorten where a row does not get on: nothing to tune.

    Croce and Hein, "Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free attacks",
    ICML 2020, algorithm 1, and for tables the sparse steps of "Mind the box", ICML 2021. Their loss, the difference of
    logits ratio, divides by the spread of the first and the third logit: of two classes there is no third. What it is
    there for, steps that neither depend on the logits' scale nor die where they saturate, the unsquashed margin has by
    itself, for a step is as long as the pace says, whatever the gradient. The cross-entropy of two classes rises with
    the margin, so both losses have the same steps and the same order.

    Rows, result and errors are those of `gradient_steps.descended`; no queries are spent.

    >>> from sklearn.svm import SVC
    >>> from amlsec.oracle import Classifier
    >>> from amlsec.space.tabular import Column, Kind, TabularSpace
    >>> links = np.arange(10.0)[:, None]
    >>> model = Classifier(SVC(kernel='linear').fit(links, links[:, 0] > 2))
    >>> oracle = Oracle(model, access=Access.PARAMETERS, rows=1, queries=0)
    >>> told = {"space": TabularSpace([Column("links", Kind.INTEGER, 0, 9)]), "budget": EvasionBudget(9, 0)}
    >>> apgd(oracle, np.array([[7.0]]), **told, rng=np.random.default_rng(0))
    array([[2.]])
    """
    return descended(oracle, X, automatic_steps, space=space, budget=budget, rng=rng)
