"""What a poisoner knows, and what he does about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Batch, Rows
from amlsec.oracle import Model
from amlsec.space.contract import Space
from amlsec.threat import Knowledge


class System(Protocol):
    """Trains a model, its defense included, from offered rows and rows known to be good.

    Behind a screen the model has `accepted` (n,): where an offered row was trained on.
    """

    def train(self, offered: Batch, trusted: Batch, /) -> Model: ...


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What an attacker knows of a training run he feeds.

    Attributes
    ----------
    own : the rows he controls, as they would be if he were honest
    total : the number of rows in the final training set
    space : what rows may look like
    known : training rows of others that he has seen; None below knowledge `data`
    learner : the unfitted classifier, detector or clusterer; None below knowledge `model`
    target : the rows he wants misjudged; None for an indiscriminate attack
    system : what trains the model, a defense included, for an attacker who knows of it; None for one who does not
    deployed : what was fitted in the last round, of an attack over rounds; None in the first, and below knowledge `model`
    round : how many rounds were played before this one
    """

    own: Batch
    total: int
    space: Space
    known: Batch | None = None
    learner: Any = None
    target: Batch | None = None
    system: System | None = None
    deployed: Any = None
    round: int = 0

    def limited_to(self, knowledge: Knowledge) -> Scene:
        """The scene without what this knowledge does not cover."""
        knows_model = knowledge.includes(Knowledge.MODEL)
        return replace(
            self,
            known=self.known if knowledge.includes(Knowledge.DATA) else None,
            learner=self.learner if knows_model else None,
            deployed=self.deployed if knows_model else None,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Poison:
    """Rows an attacker adds, and edits to rows he controls.

    Attributes
    ----------
    added : new rows
    edited : positions (k,) in the scene's `own` rows, each at most once
    edits : what stands at those positions instead (k,)
    mark : what he does to rows (n, d) before the model judges them, of a backdoor; None shows them as they are
    """

    added: Batch
    edited: NDArray[np.intp]
    edits: Batch
    mark: Callable[[Rows], Rows] | None = None

    def __len__(self) -> int:
        return len(self.added) + len(self.edited)

    def shown(self, X: Rows) -> Rows:
        """His rows (n, d) as the poisoned model gets to see them."""
        return X if self.mark is None else self.mark(X)


def nothing(like: Batch) -> Poison:
    """No poison at all."""
    none = like.rows(np.arange(0))
    return Poison(none, np.arange(0), none)


def additions(added: Batch) -> Poison:
    """Poison that only adds rows."""
    return replace(nothing(added), added=added)


def edits(positions: NDArray[np.intp], rows: Batch) -> Poison:
    """Poison that only edits rows he controls."""
    return replace(nothing(rows), edited=positions, edits=rows)


def contaminate(train: Batch, own: NDArray[np.intp], poison: Poison) -> Batch:
    """The training set after the attack: edits in place; added rows take the place of his rows he left alone.

    `own` (m,) are the positions in `train` of the rows he controls.

    >>> train = Batch(np.arange(4.0)[:, None], np.zeros(4, dtype=np.int64))
    >>> flipped = edits(np.array([0]), train.rows([3]).relabelled(np.array([1])))
    >>> contaminate(train, np.array([3]), flipped).y
    array([0, 0, 0, 1])
    """
    at = places(len(train), own, poison)
    order = np.arange(max(len(train), at.max(initial=-1) + 1))
    order[at] = len(train) + np.arange(len(at))
    return (train + _signed(poison.edits + poison.added, at, train, own)).rows(order)


def places(size: int, own: NDArray[np.intp], poison: Poison) -> NDArray[np.intp]:
    """Where the poison stands in a training set of `size` rows after `contaminate`: the edits (k,), then the added rows.

    >>> places(4, np.array([1, 3]), additions(Batch(np.zeros((3, 1)), np.zeros(3, dtype=np.int64))))
    array([1, 3, 4])
    """
    spare = np.delete(own, poison.edited)[: len(poison.added)]
    beyond = size + np.arange(len(poison.added) - len(spare))
    return np.concatenate([own[poison.edited], spare, beyond])


def _signed(rows: Batch, at: NDArray[np.intp], train: Batch, own: NDArray[np.intp]) -> Batch:
    """Poison comes under the source and time of the row it replaces; what replaces none, under those of his rows in turn."""
    mine = np.where(at < len(train), at, np.resize(own, len(at))) if len(own) else None
    source = None if train.source is None or mine is None else train.source[mine]
    time = None if train.time is None or mine is None else train.time[mine]
    return replace(rows, source=source, time=time)
