"""Label-only inference: where one value alone gives a row its label, that is the value; rows like it hold it too."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks.hidden_values import each_tried, one_by_one
from amlsec.budget import QueryBudget
from amlsec.catalogue import inference
from amlsec.data import Batch, Rows
from amlsec.imputation import Levels, imputed, known_of
from amlsec.oracle import Oracle
from amlsec.shadow import Shadow
from amlsec.space.tabular import tabular
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation


@inference(
    code="AML-R22",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.PRIVACY, Specificity.TARGETED),
    access=Access.LABELS,
    knowledge=Knowledge.FEATURES,
    references=("mehnaz2022sensitive",),
    standards=Standards(("AML.T0024",), ("NISTAML.032",), ("ML03",)),
)
def label_only_inference(
    oracle: Oracle,
    rows: Batch,
    hidden: NDArray[np.intp],
    /,
    *,
    shadow: Shadow,
    budget: QueryBudget,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Guess hidden values from verdicts: the one value that gives a row its label; for other rows, as rows like them.

    The label-only attack of Mehnaz et al. (2022): a row with one value alone that the model gives the row's label is
    taken to hold that value. From these rows, their other columns and labels, a model of his own is learnt
    (`amlsec.imputation.imputed`), which guesses the rows where several values, or none, give the label. Of the shadow's
    rows no more is used than which values there are. Each value of each hidden column costs a query a row, see
    `amlsec.attacks.hidden_values`; without a query each guess is the commonest value.

    Raises InvalidInput where the space is not a table's.

    >>> from amlsec.space.tabular import infer
    >>> class Model:
    ...     def labels(self, X): return (X[:, 1] > 0.5).astype(np.int64)
    >>> rng = np.random.default_rng(0)
    >>> own = Batch(rng.integers(0, 2, (40, 2)).astype(float), rng.integers(0, 2, 40))
    >>> asked = Batch(np.zeros((2, 2)), np.array([0, 1]))
    >>> shadow = Shadow(own, infer(own.X, ["member", "smoker"]))
    >>> oracle = Oracle(Model(), access=Access.LABELS, rows=2, queries=2)
    >>> label_only_inference(oracle, asked, np.array([1]), shadow=shadow, budget=QueryBudget(2), rng=rng)
    array([[0.],
           [1.]])
    """
    columns, known = known_of(tabular(shadow.space).columns, rows, hidden, label=True)

    def read(X: Rows, j: int, tried: Levels) -> NDArray[np.float64]:
        asked, of = each_tried(X, j, tried.values)
        fits = (oracle.labels(asked, of=of) == rows.y[of]).reshape(len(X), len(tried.values))
        alone, guesses = fits.sum(axis=1) == 1, tried.values[fits.argmax(axis=1)]
        if not alone.any():
            return np.full(len(X), tried.commonest)
        guesses[~alone] = imputed(columns, known[alone], guesses[alone], known[~alone], tried)
        return np.asarray(guesses)

    return one_by_one(rows.X, hidden, shadow, budget.queries, read)
