"""Label only: a row whose verdict is right, and stays so in changed copies, where other models' do not, was trained on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks import halves
from amlsec.budget import QueryBudget
from amlsec.catalogue import membership
from amlsec.data import Batch, Rows, texts
from amlsec.errors import InvalidInput
from amlsec.oracle import Model, Oracle, fitted
from amlsec.shadow import Shadow
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation

Floats = NDArray[np.float64]
_LEAST, _MOST = 0.02, 0.5
"""The chances that a cell of a copy is another row's, from the first copy to the last."""


@membership(
    code="AML-R07",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.PRIVACY, Specificity.INDISCRIMINATE),
    access=Access.LABELS,
    knowledge=Knowledge.MODEL,
    references=("choquettechoo2021label", "watson2022importance"),
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
    copies: int = 15,
    models: int = 4,
) -> Floats:
    """Guess which rows were trained on from verdicts alone: those that the model is right on, and other models are not.

    Each row is asked about, and with the queries left up to `copies` changed copies of it, as by the noise of
    Choquette-Choo et al. (2021), section 3.4: a growing share of a copy's columns, or words, from 2 to 50 %, is that of
    another row of the shadow's. A row's sureness is 1 where its verdict is its label, and the share of copies of which
    that is so more. Rows that are easy are sure whether trained on or not, so a guess (n,) is the model's sureness less
    the mean one of `models` shadow models trained on halves of the shadow's rows, as Watson et al. (2022) calibrate
    losses. With one query a row it is the gap attack, so calibrated.

    The learner is the shadow's; where that is None, logistic regression. Where the shadow has fewer than two rows of a
    label a guess is the model's sureness alone. Without a query every guess is 0.

    Raises InvalidInput where `copies` is negative or `models` below 2.

    >>> from amlsec.space.tabular import infer
    >>> class Positive:
    ...     def labels(self, X): return (X[:, 0] > 0).astype(np.int64)
    ...     def scores(self, X): return X[:, 0]
    >>> rows = Batch(np.array([[-1.0], [4.0]]), np.array([1, 1]))
    >>> oracle = Oracle(Positive(), access=Access.LABELS, rows=2, queries=9)
    >>> shadow = Shadow(rows, infer(rows.X, ["evidence"]))
    >>> label_only(oracle, rows, shadow=shadow, budget=QueryBudget(9), rng=np.random.default_rng(0))
    array([0.   , 1.875])
    """
    if copies < 0:
        raise InvalidInput("copies", copies, "must be at least 0")
    halves.check_models(models)
    if budget.queries == 0 or not len(rows):
        return np.zeros(len(rows))
    rivals = _rivals(shadow, models, rng)
    others = shadow.rows if len(shadow.rows) else rows
    chances = np.geomspace(_LEAST, _MOST, min(copies, budget.queries - 1))
    guesses = _surer(oracle, rivals, rows.X, rows.y)
    for chance in chances.tolist():
        donors = others.X[rng.integers(len(others), size=len(rows))]
        guesses += _surer(oracle, rivals, mixed(rows.X, donors, chance, rng), rows.y) / len(chances)
    return guesses


def _surer(oracle: Oracle, rivals: list[Model], X: Rows, y: NDArray[np.int64]) -> Floats:
    """Whether the model's verdict is each row's label (n,), less the share of its rivals whose is; one query a row."""
    right = (oracle.labels(X, of=np.arange(len(X))) == y).astype(np.float64)
    others = [np.asarray(rival.labels(X) == y, dtype=np.float64) for rival in rivals] or [np.zeros(len(X))]
    return np.asarray(right - np.mean(others, axis=0))


def _rivals(shadow: Shadow, models: int, rng: np.random.Generator) -> list[Model]:
    """Shadow models that take rows as they are; none where no half has both labels."""
    learner = halves.usual(shadow.rows.is_text) if shadow.learner is None else shadow.learner
    pool = halves.own(replace(shadow, learner=learner))
    return [] if pool is None else [fitted(model) for _, model in halves.models_of(pool, models, rng)]


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
