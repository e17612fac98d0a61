"""The cheapest change of a row into the intersection of half-spaces, whole numbers and categories included."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint

from amlsec.attacks import programme
from amlsec.data import Rows
from amlsec.space.relation import compiled
from amlsec.space.tabular import Kind, TabularSpace

Floats = NDArray[np.float64]
_NEXT_TO_NOTHING = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Moves:
    """How far each column (d,) of a row can go, down and up, in units; what a unit is; and what it costs.

    Where `jumps`, any change of the column costs its price once. Where `whole`, only whole units can be moved: of a row
    that stands on its grid. `ties @ changed` (k,) must lie from `least` to `most`.
    """

    x: Floats
    down: Floats
    up: Floats
    unit: Floats
    price: Floats
    whole: NDArray[np.bool_]
    jumps: NDArray[np.bool_]
    ties: Floats
    least: Floats
    most: Floats

    @property
    def relaxed(self) -> Moves:
        """The same where whatever is whole flows, and of a jump a part can be paid for."""
        return replace(self, whole=np.zeros_like(self.whole))

    def worth_counting(self, cost: float) -> Moves:
        """The same where units that cost next to nothing beside this cost flow."""
        return replace(self, whole=self.whole & (self.jumps | (self.price > _NEXT_TO_NOTHING * cost)))

    @property
    def reach(self) -> Floats:
        """The farthest that each column (d,) goes for a cost of 1; more, where it jumps and 1 does not pay for it."""
        far = np.where(self.jumps, np.maximum(self.down, self.up), np.sign(self.down + self.up))
        return far * self.unit / self.price


def moves(space: TabularSpace, x: Floats) -> Moves:
    """What the space lets be done to a row, its relations and one-hot groups included; a group that is not one-hot stays."""
    ends = (np.full((1, len(x)), end) for end in (-np.inf, np.inf))
    low, high = (TabularSpace.project(space, x[None], end, np.inf)[0] for end in ends)
    unit = np.where(space.grid > 0, space.grid, 1.0)
    jumps = np.array([column.kind == Kind.CATEGORY for column in space.columns], dtype=bool)
    price = space.rate * np.where(jumps, 1.0, unit)
    stuck, one_hot = _groups(space, x)
    related = compiled(space.columns, space.relations)
    least, most = (bound[0] for bound in related.bounds(x[None]))
    ones = np.ones(len(one_hot))
    return Moves(
        x,
        np.where(stuck, 0.0, (x - low) / unit),
        np.where(stuck, 0.0, (high - x) / unit),
        unit,
        price,
        space.grid > 0,
        jumps,
        np.vstack([related.weights, one_hot]),
        np.concatenate([least, ones]),
        np.concatenate([most, ones]),
    )


def are_tied(space: TabularSpace) -> bool:
    """Whether columns hang together."""
    return bool(space.groups or space.relations)


def _groups(space: TabularSpace, x: Floats) -> tuple[NDArray[np.bool_], Floats]:
    """The columns (d,) of groups that are not one-hot, and the members (k, d) of each that is."""
    names = [column.name for column in space.columns]
    members = np.array([np.isin(names, group.columns) for group in space.groups]).reshape(-1, len(x))
    one_hot = np.array([sorted(x[at])[-2:] == [0.0, 1.0] and x[at].sum() == 1 for at in members], dtype=bool)
    return members[~one_hot].any(axis=0), members[one_hot].astype(np.float64)


def cheapest_inside(can: Moves, normals: Rows, offsets: Floats) -> tuple[Floats, float] | None:
    """The cheapest changed row with `normals @ row <= offsets` (k, d), and its cost; None where there is none.

    A linear programme; a mixed-integer one where a column is whole or jumps.

    >>> from amlsec.space.tabular import Column
    >>> space = TabularSpace([Column("a", Kind.NUMERIC, 0, 9), Column("b", Kind.NUMERIC, 0, 9, price=3.0)])
    >>> cheapest_inside(moves(space, np.array([4.0, 4.0])), np.array([[1.0, 1.0], [-1.0, 0.0]]), np.array([6.5, -3.0]))
    (array([3. , 3.5]), 2.5)
    """
    flows = 1 / np.where(can.whole, 1.0, can.price)
    per = can.unit * flows
    jumping, far = np.diag(flows)[can.jumps], np.diag(-np.maximum(can.down, can.up))[can.jumps]
    size = np.abs(normals * per).max(axis=1).clip(min=1e-300)
    steps, ties = normals * per / size[:, None], can.ties * per
    rules = [
        (np.hstack([steps, -steps, np.zeros_like(steps)]), -np.inf, (offsets - normals @ can.x) / size),
        (np.hstack([ties, -ties, np.zeros_like(ties)]), can.least - can.ties @ can.x, can.most - can.ties @ can.x),
        (np.hstack([jumping, jumping, far]), -np.inf, np.zeros(len(far))),
    ]
    paid = np.where(can.jumps, 0.0, can.price * flows)
    solved = programme.solved(
        np.concatenate([paid, paid, np.where(can.jumps, can.price, 0.0)]),
        integrality=np.concatenate([can.whole, can.whole, can.jumps & can.whole]),
        bounds=Bounds(0, np.concatenate([can.up / flows, can.down / flows, can.jumps])),
        constraints=[LinearConstraint(rows, low, high) for rows, low, high in rules if len(rows)],
        options={"mip_rel_gap": 1e-7},
    )
    if solved.x is None:
        return None
    up, down, _ = np.split(solved.x, 3)
    moved = np.where(can.whole, np.round(up - down), up - down) * flows
    return can.x + moved * can.unit, float(solved.fun)
