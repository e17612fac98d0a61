"""Halving a distance by verdicts, many lines at once, until it is known to a given factor."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks.lockstep import Question, wins
from amlsec.data import Rows

Floats = NDArray[np.float64]
Along = Callable[[Floats], Rows]
"""The rows at these distances, one on each line."""
SMALLEST = 1e-6
"""Distances are told apart down to this share of the longest."""


def halvings(factor: float) -> int:
    """How many questions a line takes until the ends of what is known of its distance differ by this factor at most.

    >>> halvings(1.01), halvings(2)
    (11, 5)
    """
    return math.ceil(math.log2(math.log(1 / SMALLEST) / math.log(factor)))


def crossings(along: Along, far: Floats, factor: float, *, won: bool) -> Generator[Question, Any, Floats]:
    """Where each line (m,) crosses the edge: the nearest distance seen beyond it, at most `factor` above the edge.

    Beyond the edge rows are judged as wanted where `won`, else as not wanted; at the distance `far` they are so.
    """
    low, high = far * SMALLEST, far
    for _ in range(halvings(factor)):
        middle = np.sqrt(low * high)
        beyond = (yield wins(along(middle))) == won
        low, high = np.where(beyond, low, middle), np.where(beyond, middle, high)
    return high
