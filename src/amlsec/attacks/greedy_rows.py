"""The one accepted row that moves a centre furthest along a direction, for each rule by which it learns."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, nnls

from amlsec.centroid.memory import Memory, Rule, nearest_out

Floats = NDArray[np.float64]
_REACH = 1e4
"""Radii: from so far away, the nearest point of a cell is the one that lies furthest in that direction."""
_INSIDE = 1e-9
"""Radii between a row and its cell's walls: on a wall, rounding would say which remembered row it replaces."""


def best_row(rule: Rule, memory: Memory, radius: float, direction: Floats) -> Floats:
    """The row (d,) within the radius whose learning moves the centre furthest along a unit direction (d,).

    Rules whose step grows with the row's way alone, as averaging and dropping the oldest, take the point of the edge in that
    direction (Kloft and Laskov 2012); `nearest_out` takes the best point of the best Voronoi cell.
    """
    return _BEST.get(rule, edge)(memory, radius, direction)


def edge(memory: Memory, radius: float, direction: Floats) -> Floats:
    """The point of the sphere in that direction."""
    return np.asarray(memory.centre + radius * direction)


def best_of_cells(memory: Memory, radius: float, direction: Floats) -> Floats:
    """The row that gains most over the remembered row it replaces, the nearest.

    For each Voronoi cell: maximise direction x (row - the cell's row) over the part of the cell in the sphere, a linear
    objective under linear and one quadratic constraint (Kloft and Laskov 2012). Cells are tried in the order of what they
    could give at most, until that is less than what is found. Exact but for 10^-9 radii, which keep the row off
    the cell's walls.

    >>> from amlsec.centroid.memory import remembered
    >>> best_of_cells(remembered(np.array([[-1.0], [0.0], [1.0]])), 2.0, np.array([1.0])).round(6)
    array([2.])
    """
    values = memory.rows @ direction
    most = memory.centre @ direction + radius - values
    best, gain = memory.centre, -np.inf
    for cell in np.argsort(-most, kind="stable"):
        if most[cell] <= gain:
            break
        point = furthest_in_cell(memory, int(cell), radius, direction)
        if point is not None and point @ direction - values[cell] > gain:
            best, gain = point, point @ direction - values[cell]
    return best


def furthest_in_cell(memory: Memory, cell: int, radius: float, direction: Floats) -> Floats | None:
    """The point of one Voronoi cell within the sphere that lies furthest in that direction; None where they do not meet.

    The point of a convex set nearest to centre + t direction lies the further out, the larger t; where it crosses the sphere
    it is the maximum over both, for there the objective's gradient is a sum of the active constraints'.
    """
    rest = memory.rows[(memory.rows != memory.rows[cell]).any(axis=1)]
    normals = 2 * (rest - memory.rows[cell])
    inside = _INSIDE * radius * np.linalg.norm(normals, axis=1)
    offsets = (rest**2).sum(axis=1) - (memory.rows[cell] ** 2).sum() - normals @ memory.centre - inside

    def reached(t: float) -> Floats:
        return nearest_of_polyhedron(normals, offsets, t * direction)

    def beyond(t: float) -> float:
        return float(np.linalg.norm(reached(t)) - radius)

    if beyond(0.0) > 0:
        return None
    far = _REACH * radius
    t = far if beyond(far) <= 0 else brentq(beyond, 0.0, far, xtol=1e-12 * radius)
    return np.asarray(memory.centre + reached(t))


def nearest_of_polyhedron(normals: Floats, offsets: Floats, point: Floats) -> Floats:
    """The point x (d,) with `normals @ x <= offsets` nearest to a given one: Lawson and Hanson's least distance programming.

    >>> nearest_of_polyhedron(np.array([[1.0, 0.0]]), np.array([2.0]), np.array([5.0, 1.0]))
    array([2., 1.])
    """
    excess = normals @ point - offsets
    if not (excess > 0).any():
        return point
    scale = np.linalg.norm(normals, axis=1)
    way = excess / scale
    columns = np.vstack([-(normals / scale[:, None]).T, way / way.max()])
    goal = np.append(np.zeros(len(point)), 1.0)
    left = columns @ nnls(columns, goal)[0] - goal
    return np.asarray(point - way.max() * left[:-1] / left[-1])


_BEST: dict[Rule, Callable[[Memory, float, Floats], Floats]] = {nearest_out: best_of_cells}
