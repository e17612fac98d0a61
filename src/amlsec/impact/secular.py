"""The greatest eigenvalues of diag(values) + z z', and their vectors, for many z at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from amlsec.impact.contract import Floats

_MOST_STEPS = 60
_EPS = float(np.finfo(float).eps)
_LEAST = 1e-14  # of z, against the root of the greatest value: its square is lost to rounding


class Top(NamedTuple):
    """The k greatest eigenpairs of n updated matrices.

    Attributes
    ----------
    gain : how far each eigenvalue (n, k) lies above the one it was
    vectors : (n, k, d)
    found : whether all of them converged (n,)
    """

    gain: Floats
    vectors: Floats
    found: NDArray[np.bool_]


def updated(values: Floats, z: Floats, k: int) -> Top:
    """Of diag(values) + z z', for values (d,) that fall, strictly so among the first k + 1, and each z (n, d).

    The i-th root of 1 + sum_j z_j^2 / (values_j - t) lies between values_i and values_{i-1} (Golub 1973); it is found by
    interpolating the terms below and above it by one pole each (Bunch, Nielsen and Sorensen 1978), counted from the nearer
    of the two, and a vector is z_j / (values_j - t) up to its length.

    >>> top = updated(np.array([2.0, 1.0]), np.array([[1.0, 1.0]]), 1)
    >>> (2 + top.gain).round(4), (top.vectors[0, 0] ** 2).round(4)
    (array([[3.618]]), array([0.7236, 0.2764]))
    """
    z = np.where(np.abs(z) < _LEAST * np.sqrt(values[0]), _LEAST * np.sqrt(values[0]), z)
    squares = z * z
    roots = [_root(values, squares, i) for i in range(k)]
    vectors = np.stack([z / apart for _, apart, _ in roots], axis=1)
    vectors /= np.sqrt(np.einsum("ikj,ikj->ik", vectors, vectors))[:, :, None]
    gains, _, found = zip(*roots, strict=True)
    return Top(np.stack(gains, axis=1), vectors, np.all(found, axis=0))


def above(values: Floats, z: Floats, points: Floats) -> NDArray[np.bool_]:
    """Whether the eigenvalue that is above the next value below each point (n,) is above the point too."""
    return np.asarray(1 + np.einsum("ij,ij,ij->i", z, z, 1 / (values - points[:, None])) < 0)


def _root(values: Floats, squares: Floats, i: int) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """How far the i-th root lies above values_i, values - root (n, d), and whether it converged."""
    origin, low, high = _bracket(values, squares, i)
    poles = values - origin[:, None]
    at = _first(values, squares, i, origin)
    at = np.where((at > low) & (at < high), at, (low + high) / 2)
    found = np.zeros(len(at), dtype=bool)
    for _ in range(_MOST_STEPS):
        apart = poles - at[:, None]
        value, step = _step(apart, squares, i)
        low, high = np.where(value < 0, at, low), np.where(value < 0, high, at)
        found = np.abs(step) <= 4 * _EPS * np.abs(at)
        if found.all():
            break
        inside = (at + step > low) & (at + step < high)
        at = np.where(found, at, np.where(inside, at + step, (low + high) / 2))
    return (origin - values[i]) + at, poles - at[:, None], found | (high - low <= 8 * _EPS * np.abs(at))


def _bracket(values: Floats, squares: Floats, i: int) -> tuple[Floats, Floats, Floats]:
    """The pole nearer to the root, and the ends (n,) between which the root lies, counted from that pole."""
    n = len(squares)
    if i == 0:
        return np.full(n, values[0]), np.zeros(n), squares.sum(axis=1) * (1 + 4 * _EPS)
    half = (values[i - 1] - values[i]) / 2
    below = 1 + squares @ (1 / (values - values[i] - half)) > 0
    return np.where(below, values[i], values[i - 1]), np.where(below, 0.0, -half), np.where(below, half, 0.0)


def _first(values: Floats, squares: Floats, i: int, origin: Floats) -> Floats:
    """A first guess: the nearer pole's own term against all others at that pole."""
    guess = np.zeros(len(squares))
    for pole in {i, max(i - 1, 0)}:
        others = np.delete(np.arange(len(values)), pole)
        rest = 1 + squares[:, others] @ (1 / (values[others] - values[pole]))
        here = origin == values[pole]
        guess[here] = (squares[:, pole] / np.where(rest == 0, 1, rest))[here]
    return guess


def _step(apart: Floats, squares: Floats, i: int) -> tuple[Floats, Floats]:
    """The function's value (n,), and the way from here to the zero of its interpolation."""
    inverse = 1 / apart
    value = 1 + np.einsum("ij,ij->i", squares, inverse)
    inverse *= inverse
    below = np.einsum("ij,ij->i", squares[:, i:], inverse[:, i:])
    if i == 0:
        rest = value - below * apart[:, 0]
        return value, apart[:, 0] * value / np.where(rest == 0, np.inf, rest)
    above = np.einsum("ij,ij->i", squares[:, :i], inverse[:, :i])
    lower, upper = apart[:, i], apart[:, i - 1]
    a = (lower + upper) * value - lower * upper * (below + above)
    b, c = lower * upper * value, value - lower * below - upper * above
    root = np.sqrt(np.maximum(a * a - 4 * b * c, 0))
    return value, np.where(a <= 0, (a - root) / (2 * np.where(c == 0, 1, c)), 2 * b / np.where(a > 0, a + root, 1))
