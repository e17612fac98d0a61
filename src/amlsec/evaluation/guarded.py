"""A guard, or layers of defenses, as a model under test: alone with each question, or remembering who asked."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Rows, texts
from amlsec.layered.layered import Layered, anew, shown
from amlsec.oracle import Classifier, one_each
from amlsec.sessions import Senders

Labels = NDArray[np.int64]
Floats = NDArray[np.float64]


class GuardedModel:
    """A fitted guard as a Model: an escalated row does not pass, and its scores are what it shows of its classifier's.

    A guard that remembers is asked each time as if it had met nobody, all rows by one client, as a busy one, or by as many
    as it takes where a client is granted fewer answers; who is to be remembered meets it in a `session`.
    """

    def __init__(self, guard: Any) -> None:
        self.guard = guard

    def labels(self, X: Rows, /) -> Labels:
        return stopped(anew(self.guard), X, within(self.granted, len(X)))

    def scores(self, X: Rows, /) -> Floats:
        return shown(self.guard, self.bare(X))

    def bare(self, X: Rows, /) -> Floats:
        """The scores (n,) before anything is kept from whoever asks."""
        return Classifier(self.guard.estimator_).scores(X)

    @property
    def granted(self) -> float:
        """How many answers each client gets; infinity without an end."""
        return float(getattr(self.guard, "granted", math.inf))

    @property
    def every_copy(self) -> bool:
        """Whether equal rows may be judged differently."""
        return hasattr(self.guard, "session")

    def session(self, accounts: int = 1) -> GuardedSession:
        """The guard as clients meet it anew, each with so many accounts."""
        return GuardedSession(self, Senders(accounts))

    def copied(self) -> CopiedModel:
        """The same for whoever holds a copy of it."""
        return CopiedModel(self)


class CopiedModel:
    """A guarded model as whoever holds a copy of it asks: each row as somebody whom the copy has not met, scores in full."""

    def __init__(self, model: GuardedModel) -> None:
        self.model, self.guard = model, model.guard

    def labels(self, X: Rows, /) -> Labels:
        return stopped(anew(self.guard), X, strangers(len(X)))

    def scores(self, X: Rows, /) -> Floats:
        return self.model.bare(X)


class LayeredModel(GuardedModel):
    """Fitted layers as a Model, whose scores are what stands against a row in all of them together.

    `accepted` says where the offered rows were (n,); None without a screen.
    """

    def __init__(self, layered: Layered) -> None:
        super().__init__(layered)
        self.estimator = layered
        self.accepted = None if layered.verdicts_ is None else layered.verdicts_.accepted

    def scores(self, X: Rows, /) -> Floats:
        return one_each(anew(self.guard).shown_function(X, strangers(len(X))), len(X), who="a layer")

    def bare(self, X: Rows, /) -> Floats:
        return one_each(anew(self.guard).decision_function(X, strangers(len(X))), len(X), who="a layer")


class GuardedSession:
    """One guard and those who ask it during one game.

    A score is an answer too: a guard that remembers is asked before it is given. What it refuses, but would let pass from a
    stranger, shows the strongest score of the call, and 1 at least: no evidence but the refusal.
    """

    def __init__(self, model: GuardedModel, senders: Senders) -> None:
        self.model, self.guard, self.senders = model, anew(model.guard), senders

    def labels(self, X: Rows, of: NDArray[np.intp], /) -> Labels:
        return stopped(self.guard, X, self.senders.names(of))

    def scores(self, X: Rows, of: NDArray[np.intp], /) -> Floats:
        scores = self.model.scores(X)
        if not (self.model.every_copy and len(X)):
            return scores
        refused = self.labels(X, of) > stopped(anew(self.model.guard), X, strangers(len(X)))
        return np.where(refused, max(1.0, scores.max()), scores)


def within(granted: float, rows: int) -> Any:
    """Who sends so many rows: one client, or as many as it takes for each to ask no more than he is granted answers.

    >>> within(math.inf, 3), within(2, 3).tolist()
    ('', ['client 0', 'client 0', 'client 1'])
    """
    return "" if rows <= granted else texts([f"client {i // max(int(granted), 1)}" for i in range(rows)])


def strangers(rows: int) -> Rows:
    """Names (n,) of clients whom no guard knows, none of them a sender's."""
    return texts([f"stranger {i}" for i in range(rows)])


def stopped(guard: Any, X: Rows, client: Any) -> Labels:
    """1 where the guard does not let a row (n,) of this client, or of these, pass."""
    return (guard.decide(X, client) != 0).astype(np.int64) if len(X) else np.zeros(0, dtype=np.int64)
