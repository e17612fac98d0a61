"""The protocol that first measured negative impact, for comparison with the paper."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.data import BENIGN, MALICIOUS, Batch
from amlsec.errors import InvalidInput
from amlsec.impact.measure import impacts


def leet08(
    estimator: Any,
    pool: Batch,
    offered: Batch,
    rng: np.random.Generator,
    *,
    sizes: tuple[int, int] = (20, 50),
    trials: int = 5,
) -> NDArray[np.float64]:
    """How many benign quiz rows each offered row costs, on average (n,); Nelson et al. (2008), section 4.1.

    Each trial draws a base of 20 and a quiz of 50 distinct rows from the pool, half of them malicious. The paper's
    filter calls ham only what is surely ham: `SpamBayes(threshold=0.15)` counts as it does.

    Raises InvalidInput where the pool has too few distinct rows of a class.

    >>> from sklearn.naive_bayes import MultinomialNB
    >>> rng = np.random.default_rng(0)
    >>> y = np.arange(200) % 2
    >>> pool = Batch(rng.poisson(20 + 50 * np.stack([y, 1 - y], axis=1)).astype(float), y)
    >>> leet08(MultinomialNB(), pool, Batch(np.array([[5000.0, 0.0]]), np.array([0])), rng)
    array([25.])
    """
    losses = [_loss(estimator, *_drawn(pool, sizes, rng), offered) for _ in range(trials)]
    return np.asarray(np.mean(losses, axis=0))


def _loss(estimator: Any, base: Batch, quiz: Batch, offered: Batch) -> NDArray[np.int64]:
    return -impacts(estimator, base, offered, quiz).net[:, BENIGN]


def _drawn(pool: Batch, sizes: tuple[int, int], rng: np.random.Generator) -> tuple[Batch, Batch]:
    """Base and quiz, each half malicious, of rows all distinct."""
    halves = [_half(pool, label, sizes, rng) for label in (BENIGN, MALICIOUS)]
    base, quiz = (np.concatenate([half[k] for half in halves]) for k in (0, 1))
    return pool.rows(base), pool.rows(quiz)


def _half(
    pool: Batch, label: int, sizes: tuple[int, int], rng: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    _, first = np.unique(pool.content(), return_index=True)
    rows = rng.permutation(first[pool.y[first] == label])
    base, quiz = sizes[0] // 2, sizes[1] // 2
    if len(rows) < base + quiz:
        raise InvalidInput("pool", f"{len(rows)} distinct rows of label {label}", f"must hold at least {base + quiz}")
    return rows[:base], rows[base : base + quiz]
