"""What more rows do to the means of two classes, and to the scatter around them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from amlsec.impact.contract import CLASSES, Floats, Question


class Classes(NamedTuple):
    """Rows less their class's mean (n, d), their labels (n,), and each class's mean (2, d) and count (2,)."""

    centred: Floats
    y: NDArray[np.int64]
    means: Floats
    counts: Floats

    @classmethod
    def of(cls, question: Question) -> Classes:
        """Those of the base."""
        X, y = question.base.X, question.base.y
        means = np.array([X[y == c].mean(axis=0) for c in CLASSES])
        return cls(X - means[y], y, means, np.bincount(y, minlength=2).astype(float))


class Moved(NamedTuple):
    """The classes with each of k units of g rows.

    Attributes
    ----------
    counts : of each class (k, 2)
    moves : of each class's mean (k, 2, d)
    spread : rows (k, g, d) that the scatter around the means gains or loses
    """

    counts: Floats
    moves: Floats
    spread: Floats


def moved(rows: Floats, y: NDArray[np.int64], before: Floats, sign: float) -> Moved:
    """The classes with units of rows (k, g, d), less their class's mean, of labels (k, g), added (sign 1) or taken (-1).

    A class's rows move its mean by their sum over its new count, and add to its scatter themselves, once their own mean is
    shortened by the root of the old count over the new (Chan et al. 1983).

    >>> one = moved(np.array([[[4.0]]]), np.array([[0]]), np.array([3.0, 3.0]), 1.0)
    >>> one.moves.tolist(), (one.spread**2).round(9).tolist()
    ([[[1.0], [0.0]]], [[[12.0]]])
    """
    of_class = (y[:, :, None] == np.arange(2)).astype(float)
    sizes = of_class.sum(axis=1)
    counts = before + sign * sizes
    sums = of_class.swapaxes(1, 2) @ rows
    shorter = (np.sqrt(before / counts) - 1) / np.maximum(sizes, 1)
    return Moved(counts, sign * sums / counts[:, :, None], rows + of_class @ (shorter[:, :, None] * sums))
