"""AML-E30: the cheapest change of a table row whose nearest known row is then benign."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from amlsec.attacks.exact import verified
from amlsec.attacks.half_spaces import Floats, Moves, cheapest_inside, moves
from amlsec.budget import EvasionBudget
from amlsec.catalogue import evasion
from amlsec.data import BENIGN, MALICIOUS, Rows
from amlsec.oracle import Model, Oracle
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
    """Moves a row into the region of the benign row that is cheapest to come nearest to; exact but for ties.

    The rows nearer to a benign row than to any malicious one form a polytope, and the cheapest way into it is a linear
    programme; the best over all benign rows is the cheapest evasion (Yang et al., "Robustness for non-parametric
    classification", AISTATS 2020, the region-based attack). Here faces are added to a programme as they are run into,
    benign rows are tried in the order of a lower bound, and whole numbers and categories make it a mixed-integer one.
    Ties are the model's: of rows as near to a malicious one as to a benign one, frequent among whole numbers, the cheapest
    of each region is tried, then one strictly nearer is sought; another tie that would pass for less may be missed.
    A column with a step is moved by whole steps: rows are taken to stand on them.

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

    changed = X.copy()
    for i in np.flatnonzero(model.labels(X) != BENIGN) if budget.cost else ():
        changed[i] = _cheapest(model, rule, table, X[i], budget.cost)
    return changed


def _cheapest(model: Model, rule: Neighbors, space: TabularSpace, x: Floats, most: float) -> Floats:
    """The cheapest way into any benign row's region that passes; the row as it is where each costs more than `most`."""
    squares = rule.distances(x[None])[0]
    malicious = rule.labels == MALICIOUS
    others = rule.points[malicious][np.argsort(squares[malicious], kind="stable")]
    ways = _Ways(rule, moves(space, x), others, float(squares.max(initial=0.0)))
    known, best = rule.points[~malicious], x
    bounds = np.array([ways.at_least(point) for point in known])
    for k in np.argsort(bounds, kind="stable"):
        if bounds[k] >= most:
            break
        budget = EvasionBudget(most, 0)
        entered = verified(model, x[None], partial(ways.into, known[k], most), space=space, budget=budget)[0]
        if (entered != x).any():
            best, most = entered, float(space.cost(x[None], entered[None])[0])
    return best


def _faces(rule: Neighbors, point: Floats, others: Rows) -> tuple[Rows, Floats]:
    """Where rows are nearer to the point than to each of the others: `normals @ row <= offsets`."""
    weight = rule.scale**2
    return 2 * weight * (others - point), (weight * others**2).sum(axis=1) - float((weight * point**2).sum())


@dataclass(frozen=True, slots=True, eq=False)
class _Ways:
    """What one row can do among malicious rows, the nearest first; `far` is the largest squared distance in sight."""

    rule: Neighbors
    can: Moves
    others: Rows
    far: float

    def at_least(self, point: Floats) -> float:
        """A lower bound on the cost of the way into a point's region: that across its dearest face."""
        normals, offsets = _faces(self.rule, point, self.others[:_FIRST])
        need, gain = normals @ self.can.x - offsets, (np.abs(normals) * self.can.reach).max(axis=1, initial=0.0)
        each = np.divide(need, gain, out=np.where(need > 0, np.inf, 0.0), where=gain > 0)
        return float(each.max(initial=0.0))

    def into(self, point: Floats, most: float, _: Floats, slack: float) -> Floats | None:
        """The cheapest way into a point's region, by this share of `far`; None where it costs more than `most`."""
        normals, offsets = _faces(self.rule, point, self.others)
        offsets, used = offsets - slack * self.far, [0]
        most = most * (1 + 1e-9) + 1e-12
        found = _past_all(self.can.relaxed, normals, offsets, used, most)
        if found is not None and self.can.whole.any():
            found = _past_all(self.can.worth_counting(found[1]), normals, offsets, used, most)
        return None if found is None else found[0]


def _past_all(can: Moves, normals: Rows, offsets: Floats, used: list[int], most: float) -> tuple[Floats, float] | None:
    """The cheapest row behind all of these faces, and its cost; those that it runs into are added to those `used`."""
    while True:
        entered = cheapest_inside(can, normals[used], offsets[used])
        if entered is None or entered[1] >= most:
            return None
        beyond = normals @ entered[0] - offsets
        worst = int(beyond.argmax())
        if beyond[worst] <= 0 or worst in used:
            return entered
        used.append(worst)
