"""Texts: words added, and removed where the attacker can spare them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from amlsec.data import BENIGN, MALICIOUS, Batch, Rows, texts
from amlsec.errors import InvalidInput
from amlsec.space.contract import Space


class TextSpace:
    """Texts whose attacker adds words, and removes his own if `may_remove`; see `space.contract.Space`.

    The cost of a change is the number of words added plus the number removed. Words are what white space separates.

    Parameters
    ----------
    words : the words he may add to look benign, the most promising first (his good words, a dictionary)
    bad_words : the words he may add to raise an alarm, the most promising first; without any, `words` from the end
    may_remove : whether he can spare words of his own message

    Raises InvalidInput where a word is empty or holds white space.

    >>> space = TextSpace(["meeting", "agenda"])
    >>> space.cost(texts(["buy now"]), texts(["buy now meeting"])), space.cost(texts(["buy now"]), texts(["buy"]))
    (array([1.]), array([inf]))
    >>> space.project(texts(["buy now"]), texts(["buy now meeting agenda"]), 1)
    array(['buy now meeting'], dtype=object)
    """

    kind = "text"
    unit = "words"

    def __init__(self, words: Sequence[str], *, bad_words: Sequence[str] = (), may_remove: bool = False) -> None:
        for word in (*words, *bad_words):
            if word.split() != [word]:
                raise InvalidInput("words", word, "each must be one word without white space")
        self.words = tuple(words)
        self.bad_words = tuple(bad_words)
        self.may_remove = may_remove

    def promising(self, verdict: int) -> tuple[str, ...]:
        """The words to add for this verdict, the most promising first.

        >>> TextSpace(["meeting", "free"]).promising(1), TextSpace(["meeting"], bad_words=["casino"]).promising(1)
        (('free', 'meeting'), ('casino',))
        """
        return self.words if verdict == BENIGN else self.bad_words or self.words[::-1]

    def cost(self, X: Rows, changed: Rows, /) -> NDArray[np.float64]:
        return np.array([self._cost(old, new) for old, new in zip(X, changed, strict=True)], dtype=np.float64)

    def project(self, X: Rows, changed: Rows, cost: float, /) -> Rows:
        return texts([self._projected(old, new, cost) for old, new in zip(X, changed, strict=True)])

    def sample(self, X: Rows, cost: float, rng: np.random.Generator, /) -> Rows:
        most = int(min(cost, len(self.words)))
        if not most:
            return X.copy()
        chosen = [rng.choice(len(self.words), many, replace=False) for many in rng.integers(0, most + 1, len(X))]
        return texts([with_words(row, [self.words[k] for k in places]) for row, places in zip(X, chosen, strict=True)])

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
        paid = self._cost(old, new)
        if paid <= cost and paid < np.inf:
            return new
        added, removed = _moves(old, new)
        spared = list(removed.elements())[: int(min(cost, removed.total()))] if self.may_remove else []
        room = int(min(cost - len(spared), added.total()))
        return with_words(_without(old, spared), list(added.elements())[:room])


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


def infer_words(known: Batch, *, most: int = 2000, least: int = 3, may_remove: bool = False) -> TextSpace:
    """The space of someone who has read such texts: words by the ratio of their frequencies in benign and malicious ones.

    This is the frequency-ratio ranking of Lowd and Meek, "Good word attacks on statistical spam filters", CEAS 2005,
    section 3.1, with 1/2 added to each count; a word counts once a text.

    Parameters
    ----------
    known : texts with both labels
    most : how many words to keep for each verdict, at least 1
    least : in how many texts a word must stand, at least 1

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
    )


def _document_counts(rows: Iterable[str]) -> Counter[str]:
    return Counter(word for row in rows for word in sorted(set(row.split())))


def _moves(old: str, new: str) -> tuple[Counter[str], Counter[str]]:
    before, after = Counter(old.split()), Counter(new.split())
    return after - before, before - after


def _without(text: str, words: Sequence[str]) -> str:
    kept, gone = [], Counter(words)
    for word in text.split():
        if gone[word]:
            gone[word] -= 1
        else:
            kept.append(word)
    return " ".join(kept) if words else text
