"""Made-up texts that tell the parameters of a model linear in words apart: none, and each word alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks.linear_copy import Features, exact
from amlsec.data import Batch, Rows, texts
from amlsec.space.text import TextSpace

Floats = NDArray[np.float64]
_SHARE = 0.75
"""Where not every word can be asked about: the share of the questions that goes to single words."""


class WordDesign:
    """What white space separates, the most frequent of his texts first, then the words of the space.

    A model may count a word, see whether it stands there, or weigh it by TF-IDF at unit length; how rare words are is then
    guessed from his own texts.
    """

    def __init__(self, own: Batch, space: TextSpace, left: int) -> None:
        self.own = own.X
        known = list(dict.fromkeys([*_by_frequency(own.X), *space.words, *space.bad_words]))
        self.whole = len(known) < left
        self.words = known if self.whole else known[: max(1, int(_SHARE * left))]

    def features(self) -> Sequence[Features]:
        from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

        spelled: Any = {"vocabulary": self.words, "analyzer": str.split}
        rarity = TfidfVectorizer(**spelled).fit(self.own if len(self.own) else [""])
        return tuple(map(_some_rows, (CountVectorizer(**spelled), CountVectorizer(binary=True, **spelled), rarity)))

    def first(self, ask: Callable[[Rows], Floats]) -> bool:
        """The empty text, then each word alone."""
        scores = ask(texts(["", *self.words]))
        return self.whole and len(scores) == 1 + len(self.words) and bool(exact(scores).all())

    def more(self, n: int, rng: np.random.Generator) -> Rows:
        """Each text the words of two of his own, mixed; words at random where he has none."""
        return mixed_texts(self.own if len(self.own) else texts(self.words), n, rng)


def _some_rows(vectorizer: Any) -> Features:
    """What the vectorizer makes of rows, of none too, at which it would stop."""
    return lambda X: vectorizer.transform(X if len(X) else [""])[: len(X)]


def mixed_texts(own: Rows, n: int, rng: np.random.Generator) -> Rows:
    """n texts, each of the words of two of these, every word kept with a chance that differs from text to text.

    >>> mixed_texts(texts(["buy now", "see you"]), 2, np.random.default_rng(1)).tolist()
    ['buy', 'see you see you']
    """
    pairs, kept = rng.integers(len(own), size=(n, 2)), rng.uniform(0.2, 1, n)
    return texts([_some(f"{own[one]} {own[two]}", share, rng) for (one, two), share in zip(pairs, kept, strict=True)])


def _some(text: str, share: float, rng: np.random.Generator) -> str:
    words = text.split()
    return " ".join(word for word, drawn in zip(words, rng.random(len(words)), strict=True) if drawn < share)


def _by_frequency(own: Rows) -> list[str]:
    return [word for word, _ in Counter(word for text in own for word in text.split()).most_common()]
