"""AML-E30: the cheapest change of a table row whose nearest known row is then benign."""

from __future__ import annotations

import numpy as np

from amlsec.attacks.exact import verified
from amlsec.attacks.half_spaces import Floats, Moves, cheapest_inside, moves
from amlsec.budget import EvasionBudget
from amlsec.catalogue import evasion
from amlsec.data import MALICIOUS, Rows
from amlsec.oracle import Oracle
from amlsec.space.contract import Space
from amlsec.space.tabular import TabularSpace, tabular
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation
from amlsec.whitebox.look import inside
from amlsec.whitebox.neighbors import Neighbors

_FIRST = 20
"""How many of the nearest malicious rows give the first bound on a benign row's cost."""


@evasion(
    code="AML-E30",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY, Specificity.TARGETED),
    access=Access.PARAMETERS,
    knowledge=Knowledge.MODEL,
    spaces=("tabular",),
    references=("yang2020robustness",),
    standards=Standards(("AML.T0043.000", "AML.T0015"), ("NISTAML.022",), ("ML01",)),
    inside=Neighbors,
)
def nearest_exact(oracle: Oracle, X: Rows, /, *, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Rows:
    """Moves a row into the region of the benign row that is cheapest to come nearest to; exact for one neighbor.

    The rows nearer to a benign row than to any malicious one form a polytope, and the cheapest way into it is a linear
    programme; the best over all benign rows is the cheapest evasion (Yang et al., "Robustness for non-parametric
    classification", AISTATS 2020, the region-based attack). Here faces are added to a programme as they are run into,
    benign rows are tried in the order of a lower bound, and whole numbers and categories make it a mixed-integer one.

    Takes rows (n, d); returns them, each with its cheapest change within the cost, or as it was where none passes. Raises
    InvalidInput where the space is not a table's, NotApplicable where the model does not go by the nearest row.

    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from amlsec.oracle import Classifier
    >>> from amlsec.space.tabular import Column, Kind
    >>> known = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 4.0]])
    >>> model = Classifier(KNeighborsClassifier(1).fit(known, [0, 1, 1]))
    >>> space = TabularSpace([Column("links", Kind.NUMERIC, 0, 9), Column("age", Kind.NUMERIC, 0, 9)])
    >>> oracle = Oracle(model, access=Access.PARAMETERS, rows=1, queries=0)
    >>> X, rng = np.array([[3.0, 1.0]]), np.random.default_rng(0)
    >>> nearest_exact(oracle, X, space=space, budget=EvasionBudget(9, 0), rng=rng).round(2)
    array([[2., 1.]])
    """
    model, table = oracle.parameters(), tabular(space)
    rule = inside(model, Neighbors)

    def solve(rows: Rows, slack: float) -> Rows:
        return np.array([_cheapest(rule, table, x, slack, budget.cost) for x in rows])

    return verified(model, X, solve, space=space, budget=budget)


def _cheapest(rule: Neighbors, space: TabularSpace, x: Floats, slack: float, most: float) -> Floats:
    """The cheapest way into any benign row's region, or the row as it is where each costs more than `most`."""
    squares = rule.distances(x[None])[0]
    slack *= float(squares.max(initial=0.0))
    malicious = rule.labels == MALICIOUS
    others = rule.points[malicious][np.argsort(squares[malicious], kind="stable")]
    can, best, found = moves(space, x), most * (1 + 1e-9) + 1e-12, x
    if rule.margin(x[None])[0] <= -slack:
        return x
    known = rule.points[~malicious]
    bounds = np.array([_at_least(rule, can, point, others[:_FIRST]) for point in known])
    for k in np.argsort(bounds, kind="stable"):
        if bounds[k] >= best:
            break
        entered = _entered(rule, can, known[k], others, slack, best)
        if entered is not None:
            found, best = entered
    return found


def _faces(rule: Neighbors, point: Floats, others: Rows) -> tuple[Rows, Floats]:
    """Where rows are nearer to the point than to each of the others: `normals @ row <= offsets`."""
    weight = rule.scale**2
    return 2 * weight * (others - point), (weight * others**2).sum(axis=1) - float((weight * point**2).sum())


def _at_least(rule: Neighbors, can: Moves, point: Floats, others: Rows) -> float:
    """A lower bound on the cost of the way into a point's region: that across its dearest face."""
    normals, offsets = _faces(rule, point, others)
    need, gain = normals @ can.x - offsets, (np.abs(normals) * can.reach).max(axis=1, initial=0.0)
    each = np.divide(need, gain, out=np.where(need > 0, np.inf, 0.0), where=gain > 0)
    return float(each.max(initial=0.0))


def _entered(
    rule: Neighbors, can: Moves, point: Floats, others: Rows, slack: float, most: float
) -> tuple[Floats, float] | None:
    """The cheapest way into a point's region, and its cost; None where there is none that costs less than `most`."""
    normals, offsets = _faces(rule, point, others)
    offsets, used = offsets - slack, [0]
    flowing = _past_all(can.relaxed, normals, offsets, used, most)
    if flowing is None or not can.whole.any():
        return flowing
    return _past_all(can.worth_counting(flowing[1]), normals, offsets, used, most)


def _past_all(can: Moves, normals: Rows, offsets: Floats, used: list[int], most: float) -> tuple[Floats, float] | None:
    """The same for these moves; the faces that it runs into are added to those `used`."""
    while True:
        entered = cheapest_inside(can, normals[used], offsets[used])
        if entered is None or entered[1] >= most:
            return None
        beyond = normals @ entered[0] - offsets
        worst = int(beyond.argmax())
        if beyond[worst] <= 0 or worst in used:
            return entered
        used.append(worst)
