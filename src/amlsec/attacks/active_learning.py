"""Copies that learn: asked about rows of his own first, then round by round about those the copy is least sure of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks.questions import Questions
from amlsec.attacks.table_design import mixed
from amlsec.attacks.word_design import mixed_texts
from amlsec.data import Batch, Rows, texts
from amlsec.oracle import Model
from amlsec.shadow import Shadow
from amlsec.space.slots import Slots
from amlsec.space.tabular import tabular
from amlsec.space.text import textual

Floats = NDArray[np.float64]
ROUNDS, POOL = 6, 5
"""In how many rounds he asks, and how many rows he chooses from for each that he asks about."""
UNSURE = 0.7
"""The part of a round's questions that goes to the rows he is least sure of; the others are drawn at random."""
FEW = 20
"""Beside fewer answers than these stand his own rows with the labels that he knows; more answers do without."""
Judged = Callable[[Any, Rows, Floats], float]
_ENOUGH, _FOLDS, _AGAIN = 2000, 3, 4
"""So many rows tell which learner is best, and the choice is made anew when there are four times as many."""


class Copy(Model, Protocol):
    """A model that says how sure it is."""

    def evidence(self, X: Rows, /) -> Floats:
        """Evidence of malice (n,): the nearer to 0, the less sure."""


def learned(
    shadow: Shadow,
    ask: Questions,
    about: Callable[[Rows], NDArray[Any]],
    teach: Callable[[Rows, Floats, Batch], Copy],
    rng: np.random.Generator,
) -> Copy:
    """The copy after the last round; the questions left are spread evenly over the rounds.

    `about`, one of the ways to ask, is `ask.labels` or `ask.scores`. Rows to choose from are his own that he has not asked
    about, as many again as asked in a round five times over, mixed from these, and of a table also from between the bounds.
    A copy is taught answers, and few of them beside rows of his own (`known`).
    """
    own, each = rng.permutation(shadow.rows.X), -(-ask.left // ROUNDS)
    about(np.concatenate([own[:each], like(shadow, max(0, each - len(own)), rng)]))
    copy = teach(*known(ask, shadow.rows))
    while ask.left:
        pool = np.concatenate([own[each:], like(shadow, POOL * each, rng)])
        about(_chosen(copy, pool, min(each, ask.left), rng))
        copy = teach(*known(ask, shadow.rows))
    return copy


def known(ask: Questions, own: Batch) -> tuple[Rows, Floats, Batch]:
    """All rows (n, ...) asked about, the answers (n,), and where these are few his own rows that he did not ask about."""
    X, answers = ask.told()
    asked = Batch(X, np.zeros(len(X), dtype=np.int64)).content()
    unasked = ~np.isin(own.content(), asked) & (len(X) < FEW)
    return X, answers, own.rows(np.flatnonzero(unasked))


def like(shadow: Shadow, n: int, rng: np.random.Generator) -> Rows:
    """n rows made up from what he has."""
    own = shadow.rows
    if own.is_text:
        space = textual(shadow.space)
        return mixed_texts(own.X if len(own) else texts([*space.words, *space.bad_words]), n, rng)
    slots = Slots(tabular(shadow.space))
    return slots.rows(mixed(slots, slots.read(own.X), n, rng))


def _chosen(copy: Copy, pool: Rows, many: int, rng: np.random.Generator) -> Rows:
    unsure = np.argsort(np.abs(copy.evidence(pool)), kind="stable")
    first = int(UNSURE * many)
    others = rng.permutation(unsure[first:])[: many - first]
    chosen: Rows = pool[np.concatenate([unsure[:first], others])]
    return chosen


class Best:
    """The best of several learners by three-fold cross-validation, on at most 2,000 rows.

    `judged` scores what a fitted learner says of rows against the answers; larger is better. Learners come in order: the
    first of equals is taken, and where there are fewer than ten rows a fold the first.
    """

    def __init__(self, learners: Sequence[Any], judged: Judged, rng: np.random.Generator) -> None:
        self.learners, self.judged, self.rng = learners, judged, rng
        self._best, self._seen = learners[0], 0

    def of(self, X: Rows, answers: Floats) -> Any:
        """The learner for these rows (n, ...) and answers (n,)."""
        if len(self.learners) > 1 and len(X) >= max(10 * _FOLDS, _AGAIN * self._seen):
            fold = self.rng.permutation(len(X))[:_ENOUGH]
            parts = np.array_split(fold, _FOLDS)
            values = [sum(self._value(learner, X, answers, fold, part) for part in parts) for learner in self.learners]
            self._best, self._seen = self.learners[int(np.argmax(values))], len(X)
        return self._best

    def _value(self, learner: Any, X: Rows, answers: Floats, all_: NDArray[np.intp], part: NDArray[np.intp]) -> float:
        from sklearn.base import clone

        rest = np.setdiff1d(all_, part)
        try:
            return self.judged(clone(learner).fit(X[rest], answers[rest]), X[part], answers[part])
        except ValueError:
            return -np.inf
