"""Probabilistic fingerprints: rows that are alike share many of their 64 hashes, whatever they look like.

Which hash stands for what is drawn in secret, so that nobody can steer around it. In the manner of Blacklight (Li et al.,
"Blacklight: scalable defense for neural networks against query-based black-box attacks", USENIX Security 2022).
"""

from __future__ import annotations

from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Batch, Rows

HASHES, COLUMNS = 64, 4
_FARTHEST = 1e300
Prints = NDArray[np.uint32]


class TableFingerprint:
    """Each hash is of four columns drawn at random, cut into steps at an offset drawn at random.

    Two rows share a hash where those columns fall into the same steps. Steps are even close to a column's median and ever
    longer far from it, on the scale of arcsinh, so that counts and sums of money have many. A column is drawn the likelier,
    the likelier two rows differ in it: zeros that all rows have say nothing.

    Parameters
    ----------
    X : rows (n, d), at least one, which say what is usual
    rng : draws columns, offsets and the hash
    step : a step's length, in 1.48 median absolute deviations (standard deviations where that is 0)

    >>> fingerprint = TableFingerprint(np.random.default_rng(0).normal(size=(50, 8)), np.random.default_rng(1))
    >>> fingerprint(np.zeros((2, 8))).shape
    (2, 64)
    """

    def __init__(self, X: Rows, rng: np.random.Generator, *, step: float = 0.1) -> None:
        self._center = np.median(X, axis=0)
        self._rate, self._step = 1 / _spread(X, self._center), step
        self._offset = rng.random(X.shape[1])
        differ = np.array([_differing(column) for column in self._steps(X).T])
        chance = differ / differ.sum() if differ.any() else None
        self._picked = rng.choice(X.shape[1], (HASHES, COLUMNS), p=chance)
        self._factor = rng.integers(1, 2**32, self._picked.shape, dtype=np.uint64) | np.uint64(1)

    def __call__(self, X: Rows, /) -> Prints:
        """The hashes (n, 64)."""
        mixed = (self._steps(X)[:, self._picked].astype(np.uint64) * self._factor).sum(axis=2, dtype=np.uint64)
        hashes: Prints = (mixed >> np.uint64(16)).astype(np.uint32)
        return hashes

    def _steps(self, X: Rows) -> NDArray[np.int64]:
        with np.errstate(over="ignore"):
            far = np.clip((X - self._center) * self._rate, -_FARTHEST, _FARTHEST)
        found: NDArray[np.int64] = np.floor(np.arcsinh(far) / self._step + self._offset).astype(np.int64)
        return found


def _spread(X: Rows, center: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of each column, above 0: by the median of distances, by their mean square where most are 0."""
    distance = np.abs(X - center)
    usual, most = 1.4826 * np.median(distance, axis=0), distance.max(axis=0)
    peak = np.where(most > 0, most, 1.0)
    square = np.sqrt(((distance / peak) ** 2).mean(axis=0)) * peak
    return np.where(usual > 0, usual, np.where(square > 0, square, 1.0))


def _differing(steps: NDArray[np.int64]) -> float:
    """How likely two rows differ in a column (n,)."""
    shares = np.unique(steps, return_counts=True)[1] / len(steps)
    return float(1 - (shares**2).sum())


class TextFingerprint:
    """The least of 64 hashes of a text's pairs of neighbouring words (min-hash).

    Two texts share about as many hashes as they share of all the pairs in both (Jaccard).

    >>> fingerprint = TextFingerprint(np.random.default_rng(0))
    >>> one, two = fingerprint(np.array(["buy it now today", "buy it now tonight"], dtype=object))
    >>> 0.3 < float((one == two).mean()) < 0.7
    True
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._factor = rng.integers(1, 2**32, HASHES, dtype=np.uint64) | np.uint64(1)
        self._shift = rng.integers(0, 2**32, HASHES, dtype=np.uint64)

    def __call__(self, X: Rows, /) -> Prints:
        """The hashes (n, 64)."""
        return np.array([self._least(text) for text in X], dtype=np.uint32).reshape(len(X), HASHES)

    def _least(self, text: str) -> Prints:
        words = text.lower().split() or [""]
        pairs = {f"{one} {two}" for one, two in zip(words, [*words[1:], ""], strict=True)}
        hashed = np.array([crc32(pair.encode("utf-8", "surrogatepass")) for pair in sorted(pairs)], dtype=np.uint64)
        spread = hashed[:, None] * self._factor + self._shift
        least: Prints = (spread >> np.uint64(16)).astype(np.uint32).min(axis=0)
        return least


Fingerprint = TableFingerprint | TextFingerprint


def fingerprint(rows: Batch, rng: np.random.Generator) -> Fingerprint:
    """A secret fingerprint for such rows."""
    return TextFingerprint(rng) if rows.is_text else TableFingerprint(rows.X, rng)


def shared(prints: Prints, others: Prints) -> NDArray[np.int64]:
    """How many hashes one row (64,) shares with each of the others (m, 64)."""
    counts: NDArray[np.int64] = np.count_nonzero(others == prints, axis=1)
    return counts
