"""Rows under attack in the coordinates of cost: the cost of a change is its norm, and evidence falls along a gradient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amlsec.data import BENIGN, Rows
from amlsec.errors import InvalidInput, ModelFailed
from amlsec.space.column import May
from amlsec.space.contract import Space
from amlsec.space.image import ImageSpace
from amlsec.space.tabular import TabularSpace
from amlsec.whitebox import norms
from amlsec.whitebox.slope import Slope

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """How far each row can be moved, in cost: changes (n, d) between `low` and `high`, priced by a norm.

    Attributes
    ----------
    rate : what a unit of each column costs (d,)
    low, high : the ends of each row's change, in cost (n, d); 0 for categories, one-hot groups and columns out of reach
    norm : 1 in tables, 2 or infinity in images
    """

    rate: Floats
    low: Floats
    high: Floats
    norm: float

    @property
    def length(self) -> Floats:
        """The size of the largest change of each row (n,)."""
        return norms.size(np.maximum(-self.low, self.high), self.norm)


def reach(space: Space, X: Rows) -> Reach:
    """How far these rows can be moved; whole numbers are taken to flow. Raises InvalidInput for texts and traffic."""
    if isinstance(space, ImageSpace):
        rate = np.full(X.shape[1], 1 / (space.high - space.low))
        low, high = np.minimum(space.low - X, 0), np.maximum(space.high - X, 0)
        return Reach(rate, low * rate, high * rate, space.norm)
    if not isinstance(space, TabularSpace):
        raise InvalidInput("space", space.kind, "must be a TabularSpace or an ImageSpace")
    columns = space.columns
    up, down = (np.array([c.may in (May.BOTH, way) for c in columns]) & space.numbers for way in (May.UP, May.DOWN))
    low = np.minimum(np.array([c.low for c in columns]) - X, 0) * down
    high = np.maximum(np.array([c.high for c in columns]) - X, 0) * up
    return Reach(space.rate, low * space.rate, high * space.rate, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """The evidence against the wanted verdict around some rows, by change in cost.

    Attributes
    ----------
    start : the rows (n, d)
    reach : how far they can be moved
    slope : the model's margin and gradient
    sign : for each row (n,), 1 where the margin is to fall to 0, -1 where it is to rise above it
    slack : how far beyond 0 to aim (n,), in margin
    """

    start: Floats
    reach: Reach
    slope: Slope
    sign: Floats
    slack: Floats

    def rows(self, U: Floats) -> Floats:
        """The rows after these changes."""
        return np.asarray(self.start + U / self.reach.rate)

    def height(self, U: Floats) -> Floats:
        """What is left to lose (n,); at most 0 where the margin says it is won."""
        return self.sign * self.slope.margin(self.rows(U)) + self.slack

    def uphill(self, U: Floats) -> Floats:
        """The gradient of the height by the change in cost (n, d); raises ModelFailed where it is NaN or infinite."""
        found = self.sign[:, None] * self.slope.gradient(self.rows(U)) / self.reach.rate
        if not np.isfinite(found).all():
            raise ModelFailed(f"the model's gradient is NaN or infinite for some of {len(U)} rows")
        return found

    def projected(self, U: Floats, limit: Floats) -> Floats:
        """The changes pulled back within reach and to these sizes (n,)."""
        return norms.projected(U, self.reach.low, self.reach.high, limit, self.reach.norm)

    def stepped(self, U: Floats, length: Floats, limit: Floats, columns: Floats) -> Floats:
        """Steps of these lengths (n,) down from U, pulled back to the limit (n,)."""
        step = norms.steepest(self.uphill(U), U, self.reach.low, self.reach.high, self.reach.norm, columns)
        return self.projected(U + length[:, None] * step, limit)

    def nearest(self, U: Floats) -> Floats:
        """The smallest changes that win if the slope is everywhere as at U: the linear model's cheapest evasion."""
        G = self.uphill(U)
        loss = self.height(U) - (G * U).sum(axis=1)
        return norms.nearest(G, self.reach.low, self.reach.high, loss * (1 + 1e-9), self.reach.norm)

    def size(self, U: Floats) -> Floats:
        """What the changes cost (n,), whole numbers taken to flow."""
        return norms.size(U, self.reach.norm)


def field(X: Rows, reached: Reach, slope: Slope, wanted: int | NDArray[np.int64]) -> Field:
    """The field around these rows for the verdict that is wanted, of all or of each (n,)."""
    start = np.asarray(X, dtype=np.float64)
    sign = np.broadcast_to(np.where(np.equal(wanted, BENIGN), 1.0, -1.0), len(start))
    slack = 1e-7 * np.abs(slope.margin(start)) + 1e-12 if len(start) else np.zeros(0)
    return Field(start, reached, slope, sign, slack)
