"""AML-E25: the cheapest change of a table row that a linear model lets pass."""

from __future__ import annotations

from functools import partial

import numpy as np

from amlsec.attacks.exact import verified
from amlsec.attacks.half_spaces import Moves, are_tied, cheapest_inside, moves
from amlsec.attacks.knapsack import Floats, cover, pieces
from amlsec.budget import EvasionBudget
from amlsec.catalogue import evasion
from amlsec.data import Rows
from amlsec.oracle import Oracle
from amlsec.space.contract import Space
from amlsec.space.tabular import TabularSpace, tabular
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation
from amlsec.whitebox.linear import Linear
from amlsec.whitebox.look import inside


@evasion(
    code="AML-E25",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY, Specificity.TARGETED),
    access=Access.PARAMETERS,
    knowledge=Knowledge.MODEL,
    spaces=("tabular",),
    references=("dalvi2004adversarial", "lowd2005adversarial"),
    standards=Standards(("AML.T0043.000", "AML.T0015"), ("NISTAML.022",), ("ML01",)),
    inside=Linear,
)
def linear_exact(oracle: Oracle, X: Rows, /, *, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Rows:
    """Finds the cheapest change that takes a row across the plane of a linear model; asks nothing, leaves nothing to chance.

    The best weight for the price first, each column as far as the space goes: under a weighted L1 cost that is a
    fractional knapsack and exact. Dalvi et al., "Adversarial classification", KDD 2004, solve the knapsack of whole
    values; here a mixed-integer programme does where whole numbers or categories are what the last gain must come from,
    and where columns hang together (one-hot groups, relations). Codes of categories are judged as the model judges them,
    as numbers.

    Takes rows (n, d); returns them, each with its cheapest change within the cost, or as it was where none passes. Raises
    InvalidInput where the space is not a table's, NotApplicable where the model is not linear.

    >>> from sklearn.linear_model import LogisticRegression
    >>> from amlsec.oracle import Classifier
    >>> from amlsec.space.tabular import Column, Kind
    >>> X = np.array([[0.0, 0.0], [1.0, 0.0], [4.0, 1.0], [5.0, 1.0]])
    >>> model = Classifier(LogisticRegression(C=100).fit(X, [0, 0, 1, 1]))
    >>> space = TabularSpace([Column("links", Kind.INTEGER, 0, 9), Column("age", Kind.NUMERIC, 0, 1)])
    >>> oracle = Oracle(model, access=Access.PARAMETERS, rows=1, queries=0)
    >>> linear_exact(oracle, X[3:], space=space, budget=EvasionBudget(9, 0), rng=np.random.default_rng(0)).round(2)
    array([[2., 1.]])
    """
    model, table = oracle.parameters(), tabular(space)
    rule = inside(model, Linear)
    return verified(model, X, partial(_cheapest, rule, table), space=space, budget=budget)


def _cheapest(rule: Linear, space: TabularSpace, x: Floats, slack: float) -> Floats | None:
    """The cheapest change that takes the margin to 0 or just below; None where none does."""
    need = float(rule.margin(x[None])[0]) + slack * (float(np.abs(rule.weights) @ np.abs(x)) + abs(rule.bias))
    if need <= 0:
        return x
    if are_tied(space):
        return _cheapest_tied(moves(space, x), rule.weights[None], np.array([rule.weights @ x - need]))
    bought = pieces(space, x, rule.weights)
    amounts = cover(bought, need)
    if amounts is None:
        return None
    changed = x.copy()
    np.add.at(changed, bought.column, amounts * bought.size)
    return changed


def _cheapest_tied(can: Moves, normals: Rows, offsets: Floats) -> Floats | None:
    """The same where columns hang together."""
    flowing = cheapest_inside(can.relaxed, normals, offsets)
    found = flowing and cheapest_inside(can.worth_counting(flowing[1]), normals, offsets)
    return found[0] if found else None
