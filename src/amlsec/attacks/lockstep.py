"""Many searches at once: each row's search is written as if it were alone, their questions reach the model together.

A search is a generator: it yields a Question and is sent the answers. Verdicts come as whether each row is judged as
wanted, scores as evidence against the wanted verdict (smaller is better). What a search finds need not be returned:
the cheapest row it saw judged as wanted is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from amlsec.budget import EvasionBudget
from amlsec.data import BENIGN, Rows
from amlsec.space.contract import Space
from amlsec.threat import Access


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """Rows (m, ...) to try in place of one attacked row, and what to ask of each: `labels` or `scores`."""

    rows: Rows
    about: Access


class Asked(Protocol):
    """What is asked: an Oracle, or what an attacker puts before it."""

    @property
    def wanted(self) -> int: ...

    def left(self, of: NDArray[np.intp]) -> NDArray[np.int64]: ...

    def labels(self, X: Rows, /, *, of: NDArray[np.intp]) -> NDArray[np.int64]: ...

    def scores(self, X: Rows, /, *, of: NDArray[np.intp]) -> NDArray[np.float64]: ...


Answers = NDArray[Any]
Search = Generator[Question, Any, None]
Start = Callable[[Any, np.random.Generator], Search]
"""Begins the search for one row, with random numbers of its own."""


def wins(rows: Rows) -> Question:
    """Which rows are judged as wanted?"""
    return Question(rows, Access.LABELS)


def evidence(rows: Rows) -> Question:
    """How strong is the evidence against the wanted verdict?"""
    return Question(rows, Access.SCORES)


def search(
    oracle: Asked,
    X: Rows,
    start: Start,
    *,
    space: Space,
    budget: EvasionBudget,
    rng: np.random.Generator,
    among: NDArray[np.intp] | None = None,
) -> Rows:
    """The cheapest win within the budget of each row, or of those `among` them (k,); a row without one stays as it is.

    A search ends by itself or with its row's queries; a question too long for what is left is cut short if it asks for
    verdicts, else dropped. All open questions of one sort are one call of the oracle.
    """
    if not (budget.cost and budget.queries):
        return X
    found = _Found(oracle, X, space, budget.cost)
    rows = range(len(X)) if among is None else among.tolist()
    going = {i: start(X[i], own) for i, own in zip(rows, rng.spawn(len(rows)), strict=True)}
    asked = _questions(going, dict.fromkeys(going))
    while asked:
        asked = _questions(going, found.answers(asked))
    return found.X


@dataclass(slots=True, eq=False)
class _Found:
    """Asks, and keeps each row's cheapest win."""

    oracle: Asked
    start: Rows
    space: Space
    most: float
    X: Rows = field(init=False)
    price: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        self.X = self.start.copy()
        self.price = np.full(len(self.start), np.inf)

    def answers(self, asked: dict[int, Question]) -> dict[int, Answers]:
        """The answers to each row's question, without the rows that had not enough queries left."""
        given: dict[int, Answers] = {}
        for about in (Access.LABELS, Access.SCORES):
            given |= self._answers({i: question for i, question in asked.items() if question.about == about}, about)
        return given

    def _answers(self, asked: dict[int, Question], about: Access) -> dict[int, Answers]:
        size = np.array([len(question.rows) for question in asked.values()], dtype=np.intp)
        left = self.oracle.left(np.array(list(asked), dtype=np.intp))
        sent = np.minimum(size, left) if about == Access.LABELS else np.where(size <= left, size, 0)
        if not sent.any():
            return {}
        tried = np.concatenate([question.rows[:n] for question, n in zip(asked.values(), sent, strict=True)])
        of = np.repeat(np.array(list(asked)), sent)
        parts = np.split((self._verdicts if about == Access.LABELS else self._scores)(tried, of), sent.cumsum()[:-1])
        return {i: part for i, part, n in zip(asked, parts, size, strict=True) if len(part) == n}

    def _verdicts(self, tried: Rows, of: NDArray[np.intp]) -> Answers:
        won: Answers = self.oracle.labels(tried, of=of) == self.oracle.wanted
        self._keep(tried[won], of[won])
        return won

    def _scores(self, tried: Rows, of: NDArray[np.intp]) -> Answers:
        scores = self.oracle.scores(tried, of=of)
        return scores if self.oracle.wanted == BENIGN else -scores

    def _keep(self, tried: Rows, of: NDArray[np.intp]) -> None:
        cost = self.space.cost(self.start[of], tried)
        better = np.flatnonzero((cost <= self.most + 1e-9) & (cost < self.price[of]))
        cheapest_last = better[np.argsort(-cost[better], kind="stable")]
        self.X[of[cheapest_last]], self.price[of[cheapest_last]] = tried[cheapest_last], cost[cheapest_last]


def _questions(going: dict[int, Search], answers: Mapping[int, Answers | None]) -> dict[int, Question]:
    """Hand each search its answers; the next question of each that goes on."""
    asked = {}
    for i, answer in answers.items():
        try:
            asked[i] = going[i].send(answer)
        except StopIteration:
            continue
    return asked
