"""The units of scikit-learn's perceptrons: their answers and the answers' derivatives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Activation:
    """A unit's answer to its input, and the answer's first and second derivative."""

    value: Callable[[Floats], Floats]
    first: Callable[[Floats], Floats]
    second: Callable[[Floats], Floats]


def _sigmoid_second(a: Floats) -> Floats:
    value: Floats = expit(a)
    return value * (1 - value) * (1 - 2 * value)


ACTIVATIONS = {
    "identity": Activation(lambda a: a, np.ones_like, np.zeros_like),
    "relu": Activation(lambda a: np.maximum(a, 0), lambda a: (a > 0).astype(np.float64), np.zeros_like),
    "tanh": Activation(np.tanh, lambda a: 1 - np.tanh(a) ** 2, lambda a: -2 * np.tanh(a) * (1 - np.tanh(a) ** 2)),
    "logistic": Activation(lambda a: np.asarray(expit(a)), lambda a: expit(a) * (1 - expit(a)), _sigmoid_second),
}
