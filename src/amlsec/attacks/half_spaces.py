"""The cheapest change of a row into the intersection of half-spaces, whole numbers and categories included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from amlsec.data import Rows
from amlsec.space.tabular import Kind, TabularSpace

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Moves:
    """How far each column (d,) of a row can go, down and up, in units; what a unit is; and what it costs.

    Where `jumps`, any change of the column costs its price once. Where `whole`, only whole units can be moved: of a row
    that stands on its grid.
    """

    x: Floats
    down: Floats
    up: Floats
    unit: Floats
    price: Floats
    whole: NDArray[np.bool_]
    jumps: NDArray[np.bool_]

    @property
    def reach(self) -> Floats:
        """The farthest that each column (d,) goes for a cost of 1; more, where it jumps and 1 does not pay for it."""
        far = np.where(self.jumps, np.maximum(self.down, self.up), np.sign(self.down + self.up))
        return far * self.unit / self.price


def moves(space: TabularSpace, x: Floats) -> Moves:
    """What the space lets be done to a row."""
    low, high = (space.project(x[None], np.full((1, len(x)), end), np.inf)[0] for end in (-np.inf, np.inf))
    unit = np.where(space.grid > 0, space.grid, 1.0)
    jumps = np.array([column.kind == Kind.CATEGORY for column in space.columns], dtype=bool)
    price = space.rate * np.where(jumps, 1.0, unit)
    return Moves(x, (x - low) / unit, (high - x) / unit, unit, price, space.grid > 0, jumps)


def cheapest_inside(can: Moves, normals: Rows, offsets: Floats) -> tuple[Floats, float] | None:
    """The cheapest changed row with `normals @ row <= offsets` (k, d), and its cost; None where there is none.

    A linear programme; a mixed-integer one where a column is whole or jumps.

    >>> from amlsec.space.tabular import Column
    >>> space = TabularSpace([Column("a", Kind.NUMERIC, 0, 9), Column("b", Kind.NUMERIC, 0, 9, price=3.0)])
    >>> cheapest_inside(moves(space, np.array([4.0, 4.0])), np.array([[1.0, 1.0], [-1.0, 0.0]]), np.array([6.5, -3.0]))
    (array([3. , 3.5]), 2.5)
    """
    d = len(can.x)
    steps = normals * can.unit / np.abs(normals * can.unit).max(axis=1, keepdims=True).clip(min=1e-300)
    room = (offsets - normals @ can.x) / np.abs(normals * can.unit).max(axis=1).clip(min=1e-300)
    jumping = np.eye(d)[can.jumps]
    far = np.diag(-np.maximum(can.down, can.up))[can.jumps]
    rules = [
        LinearConstraint(np.hstack([steps, -steps, np.zeros_like(steps)]), -np.inf, room),
        LinearConstraint(np.hstack([jumping, jumping, far]), -np.inf, 0.0),
    ]
    paid = np.where(can.jumps, 0.0, can.price)
    solved = milp(
        np.concatenate([paid, paid, np.where(can.jumps, can.price, 0.0)]),
        integrality=np.concatenate([can.whole, can.whole, can.jumps]),
        bounds=Bounds(0, np.concatenate([can.up, can.down, can.jumps])),
        constraints=rules if can.jumps.any() else rules[:1],
        options={"mip_rel_gap": 1e-7},
    )
    if solved.x is None:
        return None
    up, down, _ = np.split(solved.x, 3)
    moved = np.where(can.whole, np.round(up - down), up - down)
    return can.x + moved * can.unit, float(solved.fun)
