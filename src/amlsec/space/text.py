"""Texts: words added, swapped for others that say the same or look alike, and removed where the attacker can spare them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, islice
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from amlsec.data import BENIGN, MALICIOUS, Batch, Rows, texts
from amlsec.errors import InvalidInput
from amlsec.space.contract import Space
from amlsec.space.lookalikes import looks_like, spellings
from amlsec.space.moves import Moves, Reading, Swap, between, reworded

_CORE = re.compile(r"(\W*)(.*?)(\W*)", re.DOTALL)
"""A word between the signs before and after it."""


class TextSpace:
    """Texts whose attacker adds words, swaps words, and removes his own if `may_remove`; see `space.contract.Space`.

    The cost of a change is the number of words added plus the number removed, and `swap_cost` for each word swapped. Words
    are what white space separates; that space, and the order of the words, may change for nothing.

    Parameters
    ----------
    words : the words he may add to look benign, the most promising first (his good words, a dictionary)
    bad_words : the words he may add to raise an alarm, the most promising first; without any, `words` from the end
    may_remove : whether he can spare words of his own message
    swaps : a word -> words that say the same; signs around a word stay where they are
    lookalikes : whether he may write a word with look-alike letters, digits or characters of no width (`space.lookalikes`)
    swap_cost : what one swapped word costs, above 0

    Raises InvalidInput where a word is empty or holds white space, or `swap_cost` is out of range.

    >>> space = TextSpace(["meeting", "agenda"], swaps={"buy": ["get"]}, swap_cost=0.5)
    >>> space.cost(texts(["buy now"]), texts(["buy now meeting"])), space.cost(texts(["buy now"]), texts(["buy"]))
    (array([1.]), array([inf]))
    >>> space.project(texts(["Buy, now"]), texts(["Get, now meeting agenda"]), 1.5)
    array(['Get, now meeting'], dtype=object)
    """

    kind = "text"
    unit = "words"

    def __init__(
        self,
        words: Sequence[str],
        *,
        bad_words: Sequence[str] = (),
        may_remove: bool = False,
        swaps: Mapping[str, Sequence[str]] = MappingProxyType({}),
        lookalikes: bool = False,
        swap_cost: float = 1.0,
    ) -> None:
        for word in (*words, *bad_words, *swaps, *chain.from_iterable(swaps.values())):
            if word.split() != [word]:
                raise InvalidInput("words", word, "each must be one word without white space")
        if not 0 < swap_cost < np.inf:
            raise InvalidInput("swap_cost", swap_cost, "must be above 0 and finite")
        self.words = tuple(words)
        self.bad_words = tuple(bad_words)
        self.may_remove = may_remove
        self.swaps = {word: tuple(others) for word, others in swaps.items()}
        self.lookalikes = lookalikes
        self.swap_cost = swap_cost

    def promising(self, verdict: int) -> tuple[str, ...]:
        """The words to add for this verdict, the most promising first.

        >>> TextSpace(["meeting", "free"]).promising(1), TextSpace(["meeting"], bad_words=["casino"]).promising(1)
        (('free', 'meeting'), ('casino',))
        """
        return self.words if verdict == BENIGN else self.bad_words or self.words[::-1]

    def alternatives(self, word: str) -> tuple[str, ...]:
        """What may take the word's place: those that say the same, then some of its look-alikes.

        >>> TextSpace([], swaps={"buy": ["get"]}, lookalikes=True).alternatives("Buy!")[0]
        'Get!'
        """
        return tuple(dict.fromkeys((*self._synonyms(word), *(spellings(word) if self.lookalikes else ()))))

    def said(self, text: str) -> str:
        """What of a row is words: the whole text."""
        return text

    def adding(self, text: str, words: Sequence[str]) -> str:
        """The text with these words at its end."""
        return with_words(text, words)

    def rewriting(self, text: str, change: Reading) -> str:
        """The text with each of its words changed so."""
        return reworded(text, change)

    def cost(self, X: Rows, changed: Rows, /) -> NDArray[np.float64]:
        return np.array([self._cost(old, new) for old, new in zip(X, changed, strict=True)], dtype=np.float64)

    def project(self, X: Rows, changed: Rows, cost: float, /) -> Rows:
        return texts([self._projected(old, new, cost) for old, new in zip(X, changed, strict=True)])

    def sample(self, X: Rows, cost: float, rng: np.random.Generator, /) -> Rows:
        swaps = [self._some_swaps(row, cost, rng) for row in X] if self._swappable else [()] * len(X)
        paid = self.swap_cost * np.array([len(some) for some in swaps], dtype=np.float64)
        room = np.minimum(cost - paid, len(self.words)).astype(np.int64)
        counts = np.minimum(rng.integers(0, int(min(cost, len(self.words))) + 1, len(X)), room)
        chosen = [rng.choice(len(self.words), many, replace=False) for many in counts]
        swapped = [self.rewriting(row, Moves(some, (), ()).reading()) for row, some in zip(X, swaps, strict=True)]
        return texts(
            [self.adding(row, [self.words[k] for k in places]) for row, places in zip(swapped, chosen, strict=True)]
        )

    def differences(self, X: Rows, changed: Rows, /) -> list[list[str]]:
        return [_shown(self._moves(old, new)) for old, new in zip(X, changed, strict=True)]

    @property
    def _swappable(self) -> bool:
        return bool(self.swaps) or self.lookalikes

    def _may_swap(self, old: str, new: str) -> bool:
        return new in self._synonyms(old) or (self.lookalikes and looks_like(new, old))

    def _synonyms(self, word: str) -> tuple[str, ...]:
        if not self.swaps:
            return ()
        lead, core, trail = _CORE.fullmatch(word).groups()  # type: ignore[union-attr]
        if core in self.swaps:
            return tuple(f"{lead}{other}{trail}" for other in self.swaps[core])
        return tuple(f"{lead}{other.capitalize()}{trail}" for other in self.swaps.get(core.lower(), ()))

    def _moves(self, old: str, new: str) -> Moves:
        """With swaps only where one is no dearer than a word removed and another added."""
        swaps = self._swappable and not (self.may_remove and self.swap_cost > 2)
        return between(self.said(old), self.said(new), self._may_swap if swaps else None)

    def _cost(self, old: str, new: str) -> float:
        if old == new:
            return 0.0
        moves = self._moves(old, new)
        if moves.removed and not self.may_remove:
            return np.inf
        return self.swap_cost * len(moves.swapped) + len(moves.removed) + len(moves.added)

    def _projected(self, old: str, new: str, cost: float) -> str:
        paid = self._cost(old, new)
        if paid <= cost and paid < np.inf:
            return new
        moves = self._moves(old, new)
        swaps = _affordable(len(moves.swapped), self.swap_cost, cost)
        room = cost - swaps * self.swap_cost
        removals = _affordable(len(moves.removed), 1, room) if self.may_remove else 0
        kept = moves.first(swaps, removals, _affordable(len(moves.added), 1, room - removals))
        return self.adding(self.rewriting(old, kept.reading()), kept.added)

    def _some_swaps(self, row: str, cost: float, rng: np.random.Generator) -> tuple[Swap, ...]:
        words = self.said(row).split()
        many = int(rng.integers(0, _affordable(len(words), self.swap_cost, cost) + 1))
        drawn, standing = (words[k] for k in rng.permutation(len(words))), set(words)
        new = ((word, [other for other in self.alternatives(word) if other not in standing]) for word in drawn)
        able = islice(((word, others) for word, others in new if others), many)
        return tuple((word, others[rng.integers(len(others))]) for word, others in able)


def textual(space: Space) -> TextSpace:
    """The space as one of texts; raises InvalidInput where it is none."""
    if not isinstance(space, TextSpace):
        raise InvalidInput("space", space.kind, "must be a TextSpace")
    return space


def with_words(text: str, words: Sequence[str]) -> str:
    """The text with these words at its end.

    >>> with_words("buy now", ["meeting"])
    'buy now meeting'
    """
    return " ".join([text, *words]) if words else text


def infer_words(
    known: Batch, *, most: int = 2000, least: int = 3, may_remove: bool = False, lookalikes: bool = True
) -> TextSpace:
    """The space of someone who has read such texts: words by the ratio of their frequencies in benign and malicious ones.

    The order is the frequency-ratio ranking of Lowd and Meek, "Good word attacks on statistical spam filters", CEAS 2005,
    section 3.1, with 1/2 added to each count; a word counts once a text.

    Parameters
    ----------
    known : texts with both labels
    most : how many words to keep for each verdict, at least 1
    least : in how many texts a word must stand, at least 1
    may_remove, lookalikes : see `TextSpace`; anyone can misspell a word

    >>> space = infer_words(Batch(texts(["agenda at ten", "free at ten"]), np.array([0, 1])), most=1, least=1)
    >>> space.words, space.bad_words
    (('agenda',), ('free',))
    """
    ham, spam = (_document_counts(known.labelled(label).X) for label in (BENIGN, MALICIOUS))
    common = [word for word, count in (ham + spam).items() if count >= least]
    ratio = {word: np.log((ham[word] + 0.5) / (spam[word] + 0.5)) for word in common}
    ranked = sorted(common, key=lambda word: (-ratio[word], word))
    size = np.log((ham.total() + 0.5) / (spam.total() + 0.5))
    return TextSpace(
        [word for word in ranked if ratio[word] > size][:most],
        bad_words=[word for word in reversed(ranked) if ratio[word] <= size][:most],
        may_remove=may_remove,
        lookalikes=lookalikes,
    )


def _document_counts(rows: Iterable[str]) -> Counter[str]:
    return Counter(word for row in rows for word in sorted(set(row.split())))


def _affordable(many: int, price: float, cost: float) -> int:
    """How many of so many moves of this price the cost pays."""
    most = int(min(many, max(0.0, cost) // price)) if cost < np.inf else many
    return most - (most * price > cost)


def _shown(moves: Moves) -> list[str]:
    swapped = [f"{old} → {new}" for old, new in moves.swapped]
    return [*swapped, *(f"+ {word}" for word in moves.added), *(f"− {word}" for word in moves.removed)]
