"""A model whose margin has a slope."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Rows

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Slope:
    """A row is malicious where the margin is above 0; where to go is the gradient.

    Attributes
    ----------
    margin : of rows (n, d), evidence of malice (n,): a difference of log-odds or a decision function, never squashed
    gradient : of rows (n, d), the gradient of the margin (n, d)
    """

    margin: Callable[[Rows], Floats]
    gradient: Callable[[Rows], Floats]

    def after(self, scale: Floats, shift: Floats, /) -> Slope:
        """The same model of columns that become `scale * x + shift` before it sees them."""
        return Slope(
            lambda X: self.margin(X * scale + shift),
            lambda X: self.gradient(X * scale + shift) * scale,
        )

    def behind(self, matrix: Floats, shift: Floats, /) -> Slope:
        """The same model of columns (d,) that become `x @ matrix + shift` (k,) before it sees them."""
        return Slope(
            lambda X: self.margin(X @ matrix + shift),
            lambda X: self.gradient(X @ matrix + shift) @ matrix.T,
        )
