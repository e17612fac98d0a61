"""AML-E20: few columns, the most salient first."""

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
from amlsec.whitebox.minimal import few_columns
from amlsec.whitebox.slope import Slope


@evasion(
    code="AML-E20",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY, Specificity.TARGETED),
    access=Access.PARAMETERS,
    knowledge=Knowledge.FEATURES,
    spaces=("tabular", "image"),
    references=("papernot2016limitations",),
    standards=Standards(("AML.T0043.000", "AML.T0015"), ("NISTAML.022",), ("ML01",)),
    inside=Slope,
)
def jsma(oracle: Oracle, X: Rows, /, *, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Rows:
    """Pushes the most salient column to its end, then the next, until the row passes: few columns are touched.

    Papernot et al., "The limitations of deep learning in adversarial settings", EuroS&P 2016, algorithm 1, with theta as
    large as the column's bounds and the budget allow. The saliency is what the move saves by the gradient.

    Rows, result and errors are those of `gradient_steps.descended`; no queries are spent.

    >>> from sklearn.svm import LinearSVC
    >>> from amlsec.oracle import Classifier
    >>> from amlsec.space.tabular import Column, Kind, TabularSpace
    >>> links = np.arange(10.0)[:, None]
    >>> model = Classifier(LinearSVC(C=10).fit(links, links[:, 0] > 2))
    >>> oracle = Oracle(model, access=Access.PARAMETERS, rows=1, queries=0)
    >>> told = {"space": TabularSpace([Column("links", Kind.INTEGER, 0, 9)]), "budget": EvasionBudget(9, 0)}
    >>> jsma(oracle, np.array([[7.0]]), **told, rng=np.random.default_rng(0))
    array([[2.]])
    """
    return descended(oracle, X, few_columns, space=space, budget=budget, rng=rng)
