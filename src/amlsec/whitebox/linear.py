"""A model that is a weighted sum of the columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Rows

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """A row is malicious where `X @ weights + bias` is above 0.

    Attributes
    ----------
    weights : of each column (d,)
    bias : of every row

    >>> Linear(np.array([2.0, -1.0]), -1.0).margin(np.array([[1.0, 0.0], [1.0, 2.0]]))
    array([ 1., -1.])
    """

    weights: Floats
    bias: float

    def margin(self, X: Rows, /) -> Floats:
        """Evidence of malice (n,); above 0 is the verdict 1."""
        found: Floats = X @ self.weights + self.bias
        return found

    def after(self, scale: Floats, shift: Floats, /) -> Linear:
        """The same model of columns that become `scale * x + shift` before it sees them."""
        return Linear(self.weights * scale, self.bias + float(self.weights @ shift))

    def behind(self, matrix: Floats, shift: Floats, /) -> Linear:
        """The same model of columns (d,) that become `x @ matrix + shift` (k,) before it sees them."""
        return Linear(matrix @ self.weights, self.bias + float(self.weights @ shift))
