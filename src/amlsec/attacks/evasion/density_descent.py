"""AML-E15: down the margin, and towards where benign rows lie."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks.gradient_steps import descended
from amlsec.budget import EvasionBudget
from amlsec.catalogue import evasion
from amlsec.data import Rows
from amlsec.oracle import Oracle
from amlsec.space.contract import Space
from amlsec.space.tabular import TabularSpace, tabular
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation
from amlsec.whitebox.descent import towards
from amlsec.whitebox.slope import Slope

_DRAWN = 400
_KNOWN = 100


@evasion(
    code="AML-E15",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY, Specificity.TARGETED),
    access=Access.PARAMETERS,
    knowledge=Knowledge.DATA,
    spaces=("tabular",),
    references=("biggio2013evasion",),
    standards=Standards(("AML.T0043.000", "AML.T0015"), ("NISTAML.022",), ("ML01",)),
    inside=Slope,
)
def density_descent(oracle: Oracle, X: Rows, /, *, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Rows:
    """Walks down the margin and up a density of benign rows, so as not to be lost where the model knows nothing.

    Biggio et al., "Evasion attacks against machine learning at test time", ECML PKDD 2013, equation 2 and algorithm 1, with
    a lambda that makes a density of 1 as much as the margin of the row in hand. The benign rows are the space's
    `examples`; where it has none, rows drawn all over the space which his own copy of the model lets pass stand in, and
    the walk then leads to where the model is lenient, not to where benign rows are.

    Takes rows (n, d) that do not pass; returns them, each with the cheapest change found within the budget that passes,
    or as it was. Spends no queries. Raises NotApplicable where the model has no slope, InvalidInput where the space is
    not a table's, ModelFailed where the gradient is not finite.

    >>> from sklearn.linear_model import LogisticRegression
    >>> from amlsec.oracle import Classifier
    >>> from amlsec.space.tabular import Column, Kind, TabularSpace
    >>> links = np.arange(10.0)[:, None]
    >>> model = Classifier(LogisticRegression(C=100).fit(links, links[:, 0] > 2))
    >>> space = TabularSpace([Column("links", Kind.INTEGER, 0, 9)], examples=np.array([[0.0], [1.0]]))
    >>> oracle = Oracle(model, access=Access.PARAMETERS, rows=1, queries=0)
    >>> budget, rng = EvasionBudget(9, 0), np.random.default_rng(0)
    >>> density_descent(oracle, np.array([[7.0]]), space=space, budget=budget, rng=rng)
    array([[2.]])
    """
    benign = _benign(tabular(space), oracle, X, rng) if len(X) and budget.cost else X
    return descended(oracle, X, towards(benign), space=space, budget=budget, rng=rng)


def _benign(space: TabularSpace, oracle: Oracle, X: Rows, rng: np.random.Generator) -> NDArray[np.float64]:
    """Benign rows that he knows, or drawn ones that pass."""
    if len(space.examples):
        return space.examples
    drawn = space.anywhere(X[rng.integers(len(X), size=_DRAWN)], rng)
    passing = drawn[oracle.parameters().labels(drawn) == oracle.wanted]
    return np.asarray(passing[:_KNOWN], dtype=np.float64)
