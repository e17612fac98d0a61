"""A model that says of a row what it knows of the nearest one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amlsec.data import MALICIOUS, Rows

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Neighbors:
    """A row is malicious where the nearest of the known rows is; ties are anybody's.

    Attributes
    ----------
    points : the known rows (m, d)
    labels : theirs (m,), 0 or 1
    scale : what each column (d,) is multiplied by before straight-line distances are taken

    >>> two = Neighbors(np.array([[0.0], [4.0]]), np.array([0, 1]), np.ones(1))
    >>> two.margin(np.array([[1.0], [3.5]]))
    array([-8., 12.])
    """

    points: Floats
    labels: NDArray[np.int64]
    scale: Floats

    def distances(self, X: Rows, /) -> Floats:
        """Squared distances (n, m) to the known rows."""
        offsets = (X[:, None] - self.points[None]) * self.scale
        squares: Floats = (offsets**2).sum(axis=2)
        return squares

    def margin(self, X: Rows, /) -> Floats:
        """How much nearer the malicious rows are than the benign ones (n,), in squares; above 0 is the verdict 1."""
        squares = self.distances(X)
        malicious = self.labels == MALICIOUS
        nearest: Floats = squares[:, ~malicious].min(axis=1) - squares[:, malicious].min(axis=1)
        return nearest

    def after(self, scale: Floats, shift: Floats, /) -> Neighbors:
        """The same model of columns that become `scale * x + shift` before it sees them."""
        return Neighbors((self.points - shift) / scale, self.labels, self.scale * scale)
