"""AML-E38: asks about every row often, and believes the many answers: chance averages out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks.lockstep import search
from amlsec.attacks.table_labels import by_labels
from amlsec.attacks.table_moves import moved
from amlsec.attacks.table_steps import Task
from amlsec.budget import EvasionBudget
from amlsec.catalogue import evasion
from amlsec.data import Rows
from amlsec.oracle import Oracle
from amlsec.space.contract import Space
from amlsec.space.tabular import tabular
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation

_TIMES, _ENOUGH = 12, 11
_MOVE = 2.0**-10


@evasion(
    code="AML-E38",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY, Specificity.TARGETED),
    access=Access.LABELS,
    knowledge=Knowledge.FEATURES,
    spaces=("tabular",),
    references=("tramer2020adaptive", "athalye2018obfuscated"),
    standards=Standards(("AML.T0043.001", "AML.T0040", "AML.T0015"), ("NISTAML.025",), ("ML01",)),
)
def repeated_questions(oracle: Oracle, X: Rows, /, *, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Rows:
    """The search of `label_search`, in which a row passes where 11 of 12 questions about it and its like pass.

    Against decisions that are drawn by lot: the expectation over what is drawn takes the place of one answer (Athalye,
    Carlini and Wagner, "Obfuscated gradients give a false sense of security", ICML 2018). Half of the questions are about
    the row itself, half about rows moved by next to nothing, should the lot be the row's own. A row that fails at the first
    question is asked about no more, so that most cost one query.

    Takes rows (n, d) that do not pass; returns them, each with the cheapest change found within the budget, or as it was.
    Raises InvalidInput where the space is not a table's.

    >>> from amlsec.space.tabular import Column, Kind, TabularSpace
    >>> class Moody:
    ...     lots = np.random.default_rng(0)
    ...     def labels(self, X): return (X[:, 0] > 2 * self.lots.random(len(X))).astype(np.int64)
    >>> space = TabularSpace([Column("links", Kind.NUMERIC, 0, 9)])
    >>> oracle = Oracle(Moody(), access=Access.LABELS, rows=1, queries=500)
    >>> budget, rng = EvasionBudget(9, 500), np.random.default_rng(0)
    >>> bool(repeated_questions(oracle, np.array([[7.0]]), space=space, budget=budget, rng=rng) < 0.7)
    True
    """
    table = tabular(space)
    of_rows = _Often(oracle, [Task(x, table, budget, own) for x, own in zip(X, rng.spawn(len(X)), strict=True)])
    return search(of_rows, X, lambda x, own: by_labels(Task(x, table, budget, own)), space=space, budget=budget, rng=rng)


@dataclass(frozen=True, slots=True, eq=False)
class _Often:
    """An oracle asked 12 times where it first says what is wanted; the verdict is the wanted one where 11 answers are."""

    oracle: Oracle
    tasks: list[Task]

    @property
    def wanted(self) -> int:
        return self.oracle.wanted

    def left(self, of: NDArray[np.intp]) -> NDArray[np.int64]:
        return self.oracle.left(of) // _TIMES

    def labels(self, X: Rows, /, *, of: NDArray[np.intp]) -> NDArray[np.int64]:
        verdicts = self.oracle.labels(X, of=of)
        passed = np.flatnonzero(verdicts == self.wanted)
        again = np.repeat(passed, _TIMES - 1)
        answers = self.oracle.labels(self._varied(X[again], of[again]), of=of[again]) == self.wanted
        sure = answers.reshape(len(passed), _TIMES - 1).sum(axis=1) + 1 >= _ENOUGH
        verdicts[passed[~sure]] = 1 - self.wanted
        return verdicts

    def scores(self, X: Rows, /, *, of: NDArray[np.intp]) -> NDArray[np.float64]:
        return self.oracle.scores(X, of=of)

    def _varied(self, X: Rows, of: NDArray[np.intp]) -> Rows:
        """Every other row moved by next to nothing."""
        varied = X.copy()
        for k in range(0, len(X), 2):
            varied[k] = moved(self.tasks[of[k]], X[k][None], _MOVE)[0]
        return varied
