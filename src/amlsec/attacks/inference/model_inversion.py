"""Model inversion: what a label looks like, drawn from nothing but the model's scores."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks.hidden_values import by_frequency, one_by_one
from amlsec.attacks.likely_rows import likeliest_rows, population
from amlsec.budget import QueryBudget
from amlsec.catalogue import inference
from amlsec.data import Batch, Rows
from amlsec.oracle import Oracle
from amlsec.shadow import Shadow
from amlsec.space.column import Kind
from amlsec.space.contract import Space
from amlsec.space.image import ImageSpace
from amlsec.space.tabular import tabular
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation

Floats = NDArray[np.float64]


@inference(
    code="AML-R25",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.PRIVACY, Specificity.INDISCRIMINATE),
    access=Access.SCORES,
    knowledge=Knowledge.FEATURES,
    spaces=("tabular", "image"),
    references=("fredrikson2015model",),
    standards=Standards(("AML.T0024.001",), ("NISTAML.032",), ("ML03",)),
)
def model_inversion(
    oracle: Oracle,
    rows: Batch,
    hidden: NDArray[np.intp],
    /,
    *,
    shadow: Shadow,
    budget: QueryBudget,
    rng: np.random.Generator,
) -> Floats:
    """Guess hidden columns, all of them perhaps: the likeliest row that the model gives the label.

    As Fredrikson, Jha and Ristenpart (2015) draw a face from a name by ascent on the recogniser's score. The ascent is
    that of `amlsec.attacks.likely_rows`: from the mean of the shadow's rows along the directions in which these differ,
    slopes by differences of scores, held back by how unlikely the row gets. So rows of others say what a row looks like,
    and the model what is particular to the label: of several marks that each give the label, as few as it takes. Hidden
    categories are guessed first, value by value, with up to half of the queries, see `amlsec.attacks.hidden_values`.
    Without queries each guess is the shadow's mean or commonest value.

    Raises InvalidInput where the space is neither a table's nor one of images.

    >>> from amlsec.space.image import ImageSpace
    >>> class Model:
    ...     def scores(self, X): return 9 * (X[:, 0] - 0.5)  # malicious is what is bright in the first pixel
    >>> rng = np.random.default_rng(0)
    >>> own = Batch(rng.uniform(size=(50, 2)), np.zeros(50, dtype=int))
    >>> unseen = Batch(np.zeros((1, 2)), np.array([1]))
    >>> oracle = Oracle(Model(), access=Access.SCORES, rows=1, queries=100)
    >>> shadow = Shadow(own, ImageSpace((1, 2)))
    >>> model_inversion(oracle, unseen, np.array([0, 1]), shadow=shadow, budget=QueryBudget(100), rng=rng).round(1)
    array([[0.7, 0.6]])
    """
    names = np.array([j for j in hidden.tolist() if _holds_names(shadow.space, j)], dtype=np.intp)
    numbers = np.setdiff1d(hidden, names)
    known, queries = population(shadow.rows.X, numbers, *_bounds(shadow.space, numbers)), budget.queries
    X = known.shown(rows.X, np.zeros((len(rows), len(known.ways))))
    if len(names):
        X[:, names] = one_by_one(X, names, shadow, queries // 2, by_frequency(oracle, rows.y))
        queries -= queries // 2
    if len(rows):
        X = likeliest_rows(oracle, rows.y, X, known, queries)
    return np.asarray(_on_grid(shadow.space, X)[:, hidden])


def _holds_names(space: Space, j: int) -> bool:
    return not isinstance(space, ImageSpace) and tabular(space).columns[j].kind == Kind.CATEGORY


def _bounds(space: Space, at: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """The least and the greatest value of these columns."""
    if isinstance(space, ImageSpace):
        return np.full(len(at), space.low), np.full(len(at), space.high)
    columns = [tabular(space).columns[j] for j in at.tolist()]
    return np.array([column.low for column in columns]), np.array([column.high for column in columns])


def _on_grid(space: Space, X: Rows) -> Rows:
    """Whole numbers where a column holds whole ones."""
    grid = np.zeros(X.shape[1]) if isinstance(space, ImageSpace) else tabular(space).grid
    unit = np.where(grid > 0, grid, 1.0)
    return np.asarray(np.where(grid > 0, (X / unit).round() * unit, X))
