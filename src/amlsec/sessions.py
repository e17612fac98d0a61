"""How clients meet a deployed model: one that remembers them is met anew in every game."""

from __future__ import annotations

from collections import Counter
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Rows, texts


class Session(Protocol):
    """A model as its clients meet it in one game; what it answers may hang on what each asked before."""

    def labels(self, X: Rows, of: NDArray[np.intp], /) -> NDArray[np.int64]:
        """Verdicts (n,) on rows that the senders of the attacked rows `of` (n,) ask about."""

    def scores(self, X: Rows, of: NDArray[np.intp], /) -> NDArray[np.float64]:
        """Evidence of malice (n,)."""


class Alike:
    """A model that answers all clients alike, whatever they asked before."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def labels(self, X: Rows, of: NDArray[np.intp], /) -> NDArray[np.int64]:
        return self.model.labels(X)  # type: ignore[no-any-return]

    def scores(self, X: Rows, of: NDArray[np.intp], /) -> NDArray[np.float64]:
        return self.model.scores(X)  # type: ignore[no-any-return]


class OneSender:
    """A session in which one sender asks about all rows, as who reads out a model does."""

    def __init__(self, met: Session) -> None:
        self.met = met

    def labels(self, X: Rows, of: NDArray[np.intp], /) -> NDArray[np.int64]:
        return self.met.labels(X, np.zeros_like(of))

    def scores(self, X: Rows, of: NDArray[np.intp], /) -> NDArray[np.float64]:
        return self.met.scores(X, np.zeros_like(of))


def session(model: Any, accounts: int = 1) -> Session:
    """The model met anew: nobody has asked it anything, each attacked row's sender has so many accounts."""
    return model.session(accounts) if hasattr(model, "session") else Alike(model)


def copied(model: Any) -> Any:
    """The model as who holds a copy of it asks it: it remembers nobody."""
    return model.copied() if hasattr(model, "copied") else model


class Senders:
    """The names under which rows are sent: each attacked row has a sender, who takes his accounts in turn.

    >>> Senders(accounts=2).names(np.array([0, 0, 0])).tolist()
    ['sender 0, account 0', 'sender 0, account 1', 'sender 0, account 0']
    """

    def __init__(self, accounts: int = 1) -> None:
        self.accounts = accounts
        self._sent: Counter[int] = Counter()

    def names(self, of: NDArray[np.intp]) -> Rows:
        """A name (n,) for each row sent."""
        return texts([self._name(sender) for sender in of.tolist()])

    def _name(self, sender: int) -> str:
        account = self._sent[sender] % self.accounts
        self._sent[sender] += 1
        return f"sender {sender}, account {account}"
