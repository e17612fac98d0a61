"""AML-E21: several attacks that need no tuning, each with and without sight of the model; the cheapest win of all."""

from __future__ import annotations

import numpy as np

from amlsec.attacks.exact import cheaper_change
from amlsec.attacks.gradient_steps import Wins, cheaper, leap, reach
from amlsec.attacks.lockstep import search
from amlsec.attacks.table_scores import by_scores
from amlsec.attacks.table_steps import Task
from amlsec.budget import EvasionBudget
from amlsec.catalogue import evasion
from amlsec.data import Rows
from amlsec.oracle import Oracle
from amlsec.space.contract import Space
from amlsec.space.tabular import TabularSpace
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation
from amlsec.whitebox.descent import Floats, Streams, automatic_steps
from amlsec.whitebox.field import Field
from amlsec.whitebox.minimal import few_columns, jumps, shrinking_ball
from amlsec.whitebox.slope import Slope


@evasion(
    code="AML-E21",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY, Specificity.TARGETED),
    access=Access.PARAMETERS,
    knowledge=Knowledge.FEATURES,
    spaces=("tabular", "image"),
    references=("croce2020reliable", "pintor2021fast"),
    standards=Standards(("AML.T0043.000", "AML.T0015"), ("NISTAML.022",), ("ML01",)),
    inside=Slope,
)
def standard_ensemble(oracle: Oracle, X: Rows, /, *, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Rows:
    """Takes the cheapest win of APGD from two starts, FMN, the few most salient columns, leaps, and a search by scores.

    After AutoAttack (Croce and Hein, ICML 2020): parameter-free attacks that fail for different reasons, some of them blind
    to gradients, so that hidden ones do not pass for safety. Leaps are jumps of single columns, benign rows that the
    space knows, and random changes. AutoAttack's two losses are one for two classes (see `apgd`); the second run starts
    from the best jumps instead of a random change. Its FAB is `fmn`'s last part; its Square, made for pictures, is the
    score search within the budget's queries, in tables alone. Where that wins and the white box loses, gradients are
    masked: `evaluation.sanity` says so.

    Takes rows (n, d) that do not pass; returns them, each with the cheapest change found within the budget that passes,
    or as it was. Raises NotApplicable where the model has no slope, InvalidInput where the space is neither a table's
    nor one of images, ModelFailed where the gradient is not finite.

    >>> from sklearn.linear_model import LogisticRegression
    >>> from amlsec.oracle import Classifier
    >>> from amlsec.space.tabular import Column, Kind, TabularSpace
    >>> links = np.arange(10.0)[:, None]
    >>> model = Classifier(LogisticRegression(C=100).fit(links, links[:, 0] > 2))
    >>> space = TabularSpace([Column("links", Kind.INTEGER, 0, 9)])
    >>> oracle = Oracle(model, access=Access.PARAMETERS, rows=1, queries=50)
    >>> budget, rng = EvasionBudget(9, 50), np.random.default_rng(0)
    >>> standard_ensemble(oracle, np.array([[7.0]]), space=space, budget=budget, rng=rng)
    array([[2.]])
    """
    if not len(X) or not budget.cost:
        return X
    found = Wins(oracle.parameters(), oracle.wanted, X, space, budget.cost)
    reach(found, _all, rng)
    leap(found, rng)
    seen = cheaper(found, budget, rng)
    if not isinstance(space, TabularSpace):
        return seen
    asked = search(oracle, X, lambda x, own: by_scores(Task(x, space, budget, own)), space=space, budget=budget, rng=rng)
    return cheaper_change(X, seen, asked, space)


def _all(ground: Field, limit: Floats, streams: Streams) -> list[Floats]:
    jumped = jumps(ground, limit, streams)
    return [
        *jumped,
        *shrinking_ball(ground, limit, streams),
        *automatic_steps(ground, limit, streams),
        *automatic_steps(ground, limit, streams, start=jumped[-1]),
        *few_columns(ground, limit, streams),
    ]
