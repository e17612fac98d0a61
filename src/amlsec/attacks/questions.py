"""Questions of someone who copies a model: about no given row, as many as are left."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from amlsec.budget import QueryBudget
from amlsec.data import Rows
from amlsec.oracle import Oracle

_Answer = TypeVar("_Answer", np.int64, np.float64)


class Questions:
    """Asks an oracle about made-up rows, all in place of its row 0; what is more than is left is not asked.

    >>> from amlsec.threat import Access
    >>> class Stump:
    ...     def labels(self, X): return (X[:, 0] > 0).astype(np.int64)
    ...     def scores(self, X): return X[:, 0]
    >>> ask = Questions(Oracle(Stump(), access=Access.LABELS, rows=1, queries=9), QueryBudget(2))
    >>> ask.labels(np.array([[1.0], [-1.0], [2.0]])), ask.left
    (array([1, 0]), 0)
    """

    def __init__(self, oracle: Oracle, budget: QueryBudget) -> None:
        self._oracle, self._most, self.asked = oracle, budget.queries, 0
        self._told: list[tuple[Rows, NDArray[np.float64]]] = []

    @property
    def left(self) -> int:
        """How many more rows may be asked about."""
        granted = int(self._oracle.left(np.zeros(1, dtype=np.intp))[0])
        return max(0, min(granted, self._most - self.asked))

    def labels(self, X: Rows) -> NDArray[np.int64]:
        """Verdicts on the first of the rows (n, ...), on as many as are left."""
        some = self._some(X)
        return self._noted(some, self._oracle.labels(some, of=_row_0(some)))

    def scores(self, X: Rows) -> NDArray[np.float64]:
        """Evidence of malice of the first of the rows (n, ...), of as many as are left."""
        some = self._some(X)
        return self._noted(some, self._oracle.scores(some, of=_row_0(some)))

    def verdicts(self, X: Rows) -> NDArray[np.int64]:
        """The same as `labels`, kept out of what was `told`, whose answers are scores."""
        some = self._some(X)
        self.asked += len(some)
        return self._oracle.labels(some, of=_row_0(some))

    def told(self) -> tuple[Rows, NDArray[np.float64]]:
        """All rows (n, ...) asked about so far and the answers (n,); raises ValueError before the first question."""
        rows, answers = zip(*self._told, strict=True)
        return np.concatenate(rows), np.concatenate(answers)

    def _some(self, X: Rows) -> Rows:
        return X[: self.left]

    def _noted(self, some: Rows, answers: NDArray[_Answer]) -> NDArray[_Answer]:
        self.asked += len(some)
        self._told.append((some, answers.astype(np.float64)))
        return answers


def _row_0(some: Rows) -> NDArray[np.intp]:
    return np.zeros(len(some), dtype=np.intp)
