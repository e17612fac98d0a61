"""What every space answers."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Rows


class Space(Protocol):
    """What an attacker can change in a row, and what it costs him.

    Laws: no change costs 0; projecting is idempotent, leaves rows within the cost alone and never leaves the space;
    samples cost no more than asked; an impossible change costs infinity.
    """

    @property
    def kind(self) -> str:
        """The name cards use: "tabular", "text", "traffic", "image" or "bytes"."""

    @property
    def unit(self) -> str:
        """What one unit of cost is, for a reader."""

    def cost(self, X: Rows, changed: Rows, /) -> NDArray[np.float64]:
        """What each change costs (n,); infinity where the space does not allow it."""

    def project(self, X: Rows, changed: Rows, cost: float, /) -> Rows:
        """The changed rows, pulled back into the space and within the cost."""

    def sample(self, X: Rows, cost: float, rng: np.random.Generator, /) -> Rows:
        """One random change of each row, of at most this cost."""

    def differences(self, X: Rows, changed: Rows, /) -> list[list[str]]:
        """For each row, what was changed, in words."""
