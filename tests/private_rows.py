"""Rows for tests of private learners."""

import numpy as np


def in_the_ball(seed, n=40, d=3):
    """Features (n, d) of length 1 and sides -1 or 1, both of which occur."""
    rng = np.random.default_rng(seed)
    F = rng.normal(size=(n, d))
    return F / np.linalg.norm(F, axis=1, keepdims=True), np.append([-1.0, 1.0], rng.choice([-1.0, 1.0], n - 2))


def exchanges(seed, count, n=20, d=3):
    """Pairs of training sets that differ in one row, with every kind of row: random, the same, its opposite."""
    rng = np.random.default_rng(seed)
    for k in range(count):
        F, side = in_the_ball(seed + k, n, d)
        other, flipped = F.copy(), side.copy()
        i = int(rng.integers(n))
        other[i] = [rng.choice([-1, 1]) * other[i], rng.normal(size=d)][k % 2]
        other[i] *= rng.choice([1.0, rng.random()]) / np.linalg.norm(other[i])
        flipped[i] = rng.choice([-1.0, 1.0])
        yield F, side, other, flipped
