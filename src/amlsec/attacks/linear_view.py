"""Rows as vectors that a linear model judges, and vectors as rows again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Batch, Rows, texts
from amlsec.space.contract import Space

Floats = NDArray[np.float64]
WORDS = 1000
"""How many words a text's vector tells apart."""


class View(Protocol):
    """How an attacker who thinks in a linear model sees rows."""

    def vectors(self, X: Rows, /) -> Floats:
        """Each row's vector (n, d)."""

    def rows(self, Z: Floats, starts: Rows, rng: np.random.Generator, /) -> Rows:
        """Real rows whose vectors are about these (n, d), each made from its start."""


@dataclass(frozen=True, slots=True, eq=False)
class Standardised:
    """Tables and images: every column less its mean, in standard deviations; a constant column stays 0."""

    space: Space
    mean: Floats
    spread: Floats

    def vectors(self, X: Rows, /) -> Floats:
        return np.asarray((X - self.mean) / self.spread)

    def rows(self, Z: Floats, starts: Rows, rng: np.random.Generator, /) -> Rows:
        """Whole numbers are rounded up by the chance of their fraction, as Koh et al. (2022) do: few rows, the same mean."""
        values = self.mean + Z * self.spread
        grid = np.broadcast_to(getattr(self.space, "grid", 0.0), values.shape)
        unit = np.where(grid > 0, grid, 1.0)
        drawn = np.where(grid > 0, np.floor(values / unit + rng.random(values.shape)) * unit, values)
        return self.space.project(starts, drawn, np.inf)


@dataclass(frozen=True, slots=True, eq=False)
class WordsPresent:
    """Texts: 1 where a word stands in the text, else 0; a vector between is a text that holds the word by that chance."""

    words: tuple[str, ...]

    def vectors(self, X: Rows, /) -> Floats:
        place = {word: k for k, word in enumerate(self.words)}
        Z = np.zeros((len(X), len(self.words)))
        for i, text in enumerate(X):
            Z[i, [place[word] for word in set(text.split()) if word in place]] = 1
        return Z

    def rows(self, Z: Floats, starts: Rows, rng: np.random.Generator, /) -> Rows:
        """The words drawn, in random order; the starts play no role: whoever writes a mail writes all of it."""
        drawn = rng.random(Z.shape) < Z
        return texts([" ".join(self.words[k] for k in rng.permutation(np.flatnonzero(row))) for row in drawn])


def view(seen: Batch, space: Space) -> View:
    """The view of someone who has seen these rows.

    >>> from amlsec.space.text import TextSpace
    >>> mails = Batch(texts(["buy now", "meet now", "meet here"]), np.array([1, 0, 0]))
    >>> words = view(mails, TextSpace([]))
    >>> words.words, words.vectors(mails.X[:1])
    (('meet', 'now', 'buy', 'here'), array([[0., 1., 1., 0.]]))
    """
    if seen.is_text:
        return WordsPresent(tuple(_frequent(seen.X)))
    spread = seen.X.std(axis=0)
    return Standardised(space, seen.X.mean(axis=0), np.where(spread > 1e-9 * (1 + np.abs(seen.X).max()), spread, 1.0))


def _frequent(mails: Rows) -> Sequence[str]:
    """The words of most texts, most first."""
    from collections import Counter

    counts = Counter(word for mail in mails for word in set(mail.split()))
    return sorted(counts, key=lambda word: (-counts[word], word))[:WORDS]
