"""Label only: a row whose verdict is right, and stays so however the row is changed, was probably trained on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from amlsec.budget import QueryBudget
from amlsec.catalogue import membership
from amlsec.data import Batch, Rows, texts
from amlsec.errors import InvalidInput
from amlsec.oracle import Oracle
from amlsec.shadow import Shadow
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation

_LEAST, _MOST = 0.02, 0.5
"""The chances that a cell of a copy is another row's, from the first copy to the last."""


@membership(
    code="AML-R07",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.PRIVACY, Specificity.INDISCRIMINATE),
    access=Access.LABELS,
    knowledge=Knowledge.DATA,
    references=("choquettechoo2021label", "yeom2018privacy"),
    standards=Standards(("AML.T0024.000",), ("NISTAML.033",), ("ML04",)),
)
def label_only(
    oracle: Oracle,
    rows: Batch,
    /,
    *,
    shadow: Shadow,
    budget: QueryBudget,
    rng: np.random.Generator,
    copies: int = 30,
) -> NDArray[np.float64]:
    """Guess which rows were trained on from verdicts alone, by how far each row is from another verdict.

    With one query a row the gap attack (Yeom et al. 2018, adversary 2): 1 where the verdict is the row's label, else 0.
    With more, up to `copies` changed copies of each row are asked about too, as by the noise of Choquette-Choo et al.
    (2021), section 3.4: a growing share of a copy's columns, or words, from 2 to 50 %, is that of another row of the
    shadow's. A guess (n,) is the share of the copies whose verdict is the row's label, and 1 more if that of the row is.

    Without a query every guess is 0. There are only as many guesses as copies: where few false claims are allowed, often
    none of them is a threshold.

    Raises InvalidInput where `copies` is negative.

    >>> from amlsec.space.tabular import infer
    >>> class Model:
    ...     def labels(self, X): return (X[:, 0] > 0).astype(np.int64)
    ...     def scores(self, X): return X[:, 0]
    >>> rows = Batch(np.array([[-1.0], [4.0]]), np.array([1, 1]))
    >>> oracle = Oracle(Model(), access=Access.LABELS, rows=2, queries=9)
    >>> shadow = Shadow(rows, infer(rows.X, ["evidence"]))
    >>> label_only(oracle, rows, shadow=shadow, budget=QueryBudget(9), rng=np.random.default_rng(0))
    array([0.   , 1.875])
    """
    if copies < 0:
        raise InvalidInput("copies", copies, "must be at least 0")
    if budget.queries == 0 or not len(rows):
        return np.zeros(len(rows))
    every, others = np.arange(len(rows)), shadow.rows if len(shadow.rows) else rows
    guesses: NDArray[np.float64] = (oracle.labels(rows.X, of=every) == rows.y).astype(np.float64)
    chances = np.geomspace(_LEAST, _MOST, min(copies, budget.queries - 1))
    for chance in chances.tolist():
        donors = others.X[rng.integers(len(others), size=len(rows))]
        guesses += (oracle.labels(mixed(rows.X, donors, chance, rng), of=every) == rows.y) / len(chances)
    return guesses


def mixed(X: Rows, donors: Rows, chance: float, rng: np.random.Generator) -> Rows:
    """Rows of which each column, or word, is with this chance that of the donor (n,).

    >>> mixed(np.zeros((2, 3)), np.ones((2, 3)), 0.5, np.random.default_rng(0))
    array([[0., 1., 1.],
           [1., 0., 0.]])
    """
    if X.dtype != object:
        cells: Rows = np.where(rng.random(X.shape) < chance, donors, X)
        return cells
    return texts([_mixed_text(text, donor, chance, rng) for text, donor in zip(X, donors, strict=True)])


def _mixed_text(text: str, donor: str, chance: float, rng: np.random.Generator) -> str:
    kept, taken = (np.array(words.split(), dtype=object) for words in (text, donor))
    return " ".join([*kept[rng.random(len(kept)) >= chance], *taken[rng.random(len(taken)) < chance]])
