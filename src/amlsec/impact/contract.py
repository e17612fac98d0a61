"""What a model family answers: the base plus these rows, what then of the quiz?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from amlsec.data import BENIGN, MALICIOUS

Unit = NDArray[np.intp]
"""Positions of the offered rows that are added together; an empty unit leaves the base alone."""


class Labelled(NamedTuple):
    """Rows of any kind, sparse ones too, and their labels."""

    X: Any
    y: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """Train on the base and one unit of the offered rows: what of the quiz rows?

    Attributes
    ----------
    base, offered : rows to train on
    units : which offered rows are added together, each unit alone
    quiz : rows to judge
    """

    base: Labelled
    offered: Labelled
    units: Sequence[Unit]
    quiz: Any

    def blocks(self, size: int) -> Iterator[Question]:
        """The same question for runs of at most `size` units."""
        return (replace(self, units=self.units[start : start + size]) for start in range(0, len(self.units), size))

    def totals(self, label: int) -> Any:
        """How often each unit (k, offered rows) takes each offered row of this label, as CSR."""
        taken = [unit[self.offered.y[unit] == label] for unit in self.units]
        starts = np.concatenate([[0], np.cumsum([len(unit) for unit in taken], dtype=np.int64)])
        rows = np.concatenate([*taken, np.zeros(0, dtype=np.intp)])
        return csr_matrix((np.ones(len(rows)), rows, starts), shape=(len(taken), len(self.offered.y)))

    def added(self) -> NDArray[np.float64]:
        """How many rows of each label (k, 2) each unit adds."""
        return np.array(
            [[(self.offered.y[unit] == c).sum() for c in (BENIGN, MALICIOUS)] for unit in self.units], dtype=float
        )


class Answer(NamedTuple):
    """What k models, one a unit, say of the m quiz rows.

    Attributes
    ----------
    verdicts : 0 or 1 (k, m)
    evidence : that the row is malicious (k, m): the decision function, else log-odds
    close : whether the unit (k,) has a row too close to a tie for algebra, and must be trained for real
    """

    verdicts: NDArray[np.bool_]
    evidence: NDArray[np.float64]
    close: NDArray[np.bool_]


class Family(Protocol):
    """Answers a question blockwise, in the order of its units; never holds units x quiz rows at once."""

    def __call__(self, estimator: Any, question: Question, /) -> Iterator[Answer]: ...


@singledispatch
def family(_estimator: Any) -> Family | None:
    """The exact family of an unfitted estimator, by its type; None where there is none, or not for these settings."""
    return None


def certain(evidence: NDArray[np.float64], near: float = 1e-9) -> Answer:
    """The answer where the verdict is the evidence's sign; units with evidence nearer to 0 are left to training."""
    return Answer(evidence > 0, evidence, np.any(np.abs(evidence) <= near, axis=1))
