"""scikit-learn's multi-layer perceptrons, of any depth and with any of its activations."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Rows
from amlsec.whitebox.activations import ACTIVATIONS
from amlsec.whitebox.binary import check_binary
from amlsec.whitebox.look import reads
from amlsec.whitebox.slope import Slope

Floats = NDArray[np.float64]


@reads(Slope, "MLPClassifier")
def slope(net: Any) -> Slope:
    """What enters the output unit, before it is squashed: the log-odds."""
    check_binary(net)
    return Slope(lambda X: _inputs(net, X)[-1][:, 0], lambda X: _backwards(net, X))


def _inputs(net: Any, X: Rows) -> list[Floats]:
    """What enters the units of each layer after the first."""
    unit, out, entering = ACTIVATIONS[net.activation], np.asarray(X, dtype=np.float64), []
    for weights, shift in zip(net.coefs_, net.intercepts_, strict=True):
        entering.append(np.asarray(out @ weights + shift))
        out = unit.value(entering[-1])
    return entering


def _backwards(net: Any, X: Rows) -> Floats:
    unit, *hidden = ACTIVATIONS[net.activation], *_inputs(net, X)[:-1]
    back = np.repeat(net.coefs_[-1].T, len(X), axis=0)
    for weights, entering in zip(reversed(net.coefs_[:-1]), reversed(hidden), strict=True):
        back = (back * unit.first(entering)) @ weights.T
    return np.asarray(back, dtype=np.float64)
