"""Small worlds of texts and of tables for tests of screens."""

import numpy as np

from amlsec.data import Batch, texts

HAM, SPAM = [f"ham{k}" for k in range(150)], [f"spam{k}" for k in range(150)]


def blobs(n: int, seed: int, shift: float = 2.0) -> Batch:
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    return Batch(rng.normal(size=(n, 4)) + shift * y[:, None], y)


def inbox(n: int, seed: int) -> Batch:
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    return Batch(texts([" ".join(rng.choice((HAM, SPAM)[c], 8)) for c in y]), y)


def dictionary(n: int) -> Batch:
    return Batch(texts([" ".join([*HAM, *SPAM[k:]]) for k in range(n)]), np.ones(n, dtype=np.int64))


def flipped(batch: Batch, n: int) -> Batch:
    return batch.relabelled(np.where(np.arange(len(batch)) < n, 1 - batch.y, batch.y))
