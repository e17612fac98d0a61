"""Texts: words added, and removed where the attacker can spare them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Rows, texts


class TextSpace:
    """Texts whose attacker adds words, and removes his own if `may_remove`; see `space.contract.Space`.

    The cost of a change is the number of words added plus the number removed. Words are what white space separates.

    Parameters
    ----------
    words : the words he may add, the most promising first (his good words, a dictionary)
    may_remove : whether he can spare words of his own message

    >>> space = TextSpace(["meeting", "agenda"])
    >>> space.cost(texts(["buy now"]), texts(["buy now meeting"])), space.cost(texts(["buy now"]), texts(["buy"]))
    (array([1.]), array([inf]))
    >>> space.project(texts(["buy now"]), texts(["buy now meeting agenda"]), 1)
    array(['buy now meeting'], dtype=object)
    """

    kind = "text"
    unit = "words"

    def __init__(self, words: Sequence[str], *, may_remove: bool = False) -> None:
        self.words = tuple(words)
        self.may_remove = may_remove

    def cost(self, X: Rows, changed: Rows, /) -> NDArray[np.float64]:
        return np.array([self._cost(old, new) for old, new in zip(X, changed, strict=True)], dtype=np.float64)

    def project(self, X: Rows, changed: Rows, cost: float, /) -> Rows:
        return texts([self._projected(old, new, cost) for old, new in zip(X, changed, strict=True)])

    def sample(self, X: Rows, cost: float, rng: np.random.Generator, /) -> Rows:
        most = int(min(cost, len(self.words))) if self.words else 0
        words = np.array(self.words, dtype=object)
        return texts(
            [_with(row, list(rng.choice(words, rng.integers(0, most + 1), replace=False)) if most else []) for row in X]
        )

    def differences(self, X: Rows, changed: Rows, /) -> list[list[str]]:
        return [
            [f"+ {word}" for word in added.elements()] + [f"− {word}" for word in removed.elements()]
            for added, removed in (_moves(old, new) for old, new in zip(X, changed, strict=True))
        ]

    def _cost(self, old: str, new: str) -> float:
        if old == new:
            return 0.0
        added, removed = _moves(old, new)
        return np.inf if removed and not self.may_remove else float(added.total() + removed.total())

    def _projected(self, old: str, new: str, cost: float) -> str:
        if self._cost(old, new) <= cost:
            return new
        added, removed = _moves(old, new)
        spared = list(removed.elements())[: int(cost)] if self.may_remove else []
        return _with(_without(old, spared), list(added.elements())[: int(cost) - len(spared)])


def _moves(old: str, new: str) -> tuple[Counter[str], Counter[str]]:
    before, after = Counter(old.split()), Counter(new.split())
    return after - before, before - after


def _with(text: str, words: Sequence[str]) -> str:
    return " ".join([text, *words])


def _without(text: str, words: Sequence[str]) -> str:
    kept, gone = [], Counter(words)
    for word in text.split():
        if gone[word]:
            gone[word] -= 1
        else:
            kept.append(word)
    return " ".join(kept) if words else text
