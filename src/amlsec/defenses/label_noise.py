"""Votes of whole weight under label noise: who wins, how surely, and how many flipped labels that bears."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

GRID = 4096
"""Values the convolution tells apart; votes of length 512 stray further with a chance below 1e-12."""
HALF = 0.5 + 1e-9
"""A share above it is a majority; rounding alone makes none."""
_SURE = 1e-12
"""What rounding may add to a share."""
_MOST_FLIPS = 2**13

Votes = NDArray[np.int64]


def chance_above(votes: Votes, noise: float) -> NDArray[np.float64]:
    """The chance (m,) that a sum of votes (m, n) is above 0 when each changes sign with the chance `noise`.

    The sum is that of all votes less twice that of the ones that change sign. The characteristic function of the latter is
    the product of one factor a vote, taken once for each size of vote; its transform back gives the distribution.
    Exact to about 1e-12 for votes whose length is at most 520.

    >>> chance_above(np.array([[2, 1, 1]]), 0.1).round(3)
    array([0.891])
    """
    sizes, counts = _histogram(votes)
    angles = 2 * np.pi * np.arange(GRID // 2 + 1) / GRID
    factors = np.log(1 - noise + noise * np.exp(-1j * np.outer(sizes, angles)))
    total = (counts @ factors.real) + 1j * (counts @ factors.imag)  # faster than a real by a complex matrix
    chances = np.fft.irfft(np.exp(total), GRID)
    first = np.round(noise * votes.sum(axis=1, keepdims=True)).astype(np.int64) - GRID // 2
    turned = first + (np.arange(GRID) - first) % GRID
    above = 2 * turned < votes.sum(axis=1, keepdims=True)
    return np.asarray(np.clip((chances * above).sum(axis=1), 0.0, 1.0), dtype=np.float64)


def _histogram(votes: Votes) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The sizes of vote that occur (k,), and how often each does (m, k)."""
    sizes, index = np.unique(votes, return_inverse=True)
    flat = index.reshape(votes.shape) + len(sizes) * np.arange(len(votes))[:, None]
    counts = np.bincount(flat.ravel(), minlength=len(votes) * len(sizes))
    return sizes, counts.reshape(len(votes), len(sizes)).astype(np.float64)


def flips_borne(votes: Votes, noise: float) -> NDArray[np.int64]:
    """How many of the votes (m, n) anyone may turn before the majority is another (m,); n where it never is.

    Turning the larger of two votes for the majority leaves it a smaller chance than turning the other: the two sums
    differ only where chance turns one and not the other, and the heavier one is against more often. So the heaviest are
    turned first.
    """
    side = np.where(chance_above(votes, noise) > HALF, 1, -1)[:, None]
    for_it = np.maximum(votes * side, 0)
    rank = np.argsort(np.argsort(-for_it, axis=1, kind="stable"), axis=1)

    def holds(flips: NDArray[np.int64]) -> NDArray[np.bool_]:
        turned = (rank < flips[:, None]) & (for_it > 0)
        majority = chance_above(np.where(turned, -votes, votes), noise) > HALF
        return np.asarray(majority == (side[:, 0] > 0), dtype=np.bool_)

    return _largest(holds, np.full(len(votes), votes.shape[1]))


def bound(share: NDArray[np.float64], noise: float) -> NDArray[np.int64]:
    """How many flipped labels (m,) a majority with this share of the votes bears, whatever it votes by.

    Rosenfeld et al. (2020) prove r < log(4 p (1 - p)) / (2 (1 - 2 q) log(q / (1 - q))) for the share p and noise q: of r
    flipped labels, the divergence of the noise before and after is r (1 - 2 q) log((1 - q) / q), and less than -log(4 p
    (1 - p)) / 2 leaves a majority. Here the worst case itself is taken (Neyman and Pearson), which is never less: the
    votes are for the majority where most of the r noisy labels are as before. Shares are taken as 1e-12 less.
    """
    sure = share - _SURE

    def holds(flips: NDArray[np.int64]) -> NDArray[np.bool_]:
        return _least_share(sure, flips, noise) > HALF

    return np.where(sure > HALF, _largest(holds, np.full(len(share), _MOST_FLIPS)), 0)


def _least_share(share: NDArray[np.float64], flips: NDArray[np.int64], noise: float) -> NDArray[np.float64]:
    """The least share after so many flips of an event that had this share before."""
    kept = binom.isf(share, flips, 1 - noise) + 1
    rest = share - binom.sf(kept - 1, flips, 1 - noise)
    odds = np.exp((2 * (kept - 1) - flips) * np.log(noise / (1 - noise)))
    return np.asarray(binom.sf(kept - 1, flips, noise) + np.maximum(rest, 0.0) * odds, dtype=np.float64)


def _largest(holds: Callable[[NDArray[np.int64]], NDArray[np.bool_]], most: NDArray[np.int64]) -> NDArray[np.int64]:
    """The largest number (m,) up to `most` at which it holds; it holds at 0, and below wherever it holds."""
    low, high = np.zeros_like(most), most
    while (low < high).any():
        middle = (low + high + 1) // 2
        good = holds(middle)
        low, high = np.where(good, middle, low), np.where(good, high, middle - 1)
    return low
