"""Where poison may lie so that filters of usual rows let it pass: sphere, slab, box and half-spaces."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """Vectors z with |z - center| <= radius, low <= z <= high, and normals @ z <= ends.

    Attributes
    ----------
    center : (d,), itself inside
    radius : above 0
    low, high : bounds (d,) of every coordinate
    normals, ends : half-spaces (k, d) and (k,)
    """

    center: Floats
    radius: float
    low: Floats
    high: Floats
    normals: Floats
    ends: Floats

    def nearest(self, point: Floats) -> Floats:
        """The vector of the region nearest to a point (d,), by the dual problem in one multiplier a constraint.

        >>> unit = Region(np.zeros(2), 1.0, np.full(2, -9.0), np.full(2, 9.0), np.array([[0.0, 1.0]]), np.array([0.6]))
        >>> unit.nearest(np.array([3.0, 4.0])).round(3)
        array([0.8, 0.6])
        """
        found = minimize(
            self._dual,
            np.zeros(1 + len(self.ends)),
            args=(point,),
            jac=True,
            method="L-BFGS-B",
            bounds=[(0, None)] * (1 + len(self.ends)),
            options={"maxiter": 100, "ftol": 1e-14, "gtol": 1e-9},
        )
        return self._at(found.x, point)

    def beyond(self, Z: Floats) -> Floats:
        """By how much each vector (n,) breaks its most broken constraint; 0 inside."""
        spheres = np.linalg.norm(Z - self.center, axis=1) - self.radius
        boxes = np.maximum(Z - self.high, self.low - Z).max(axis=1)
        planes = (Z @ self.normals.T - self.ends).max(axis=1, initial=-np.inf)
        return np.asarray(np.maximum(np.maximum(spheres, boxes), np.maximum(planes, 0.0)))

    def within(self, normal: Floats, end: float) -> Region:
        """The part with `normal @ z <= end`, and as much wider as the center needs to lie inside."""
        end = max(end, float(normal @ self.center) + 1e-6)
        return replace(self, normals=np.vstack([self.normals, normal]), ends=np.append(self.ends, end))

    def _at(self, multipliers: Floats, point: Floats) -> Floats:
        sphere, planes = multipliers[0], multipliers[1:]
        pulled = (point + sphere * self.center - planes @ self.normals) / (1 + sphere)
        return np.asarray(np.clip(pulled, self.low, self.high))

    def _dual(self, multipliers: Floats, point: Floats) -> tuple[float, Floats]:
        z = self._at(multipliers, point)
        broken = np.append(((z - self.center) @ (z - self.center) - self.radius**2) / 2, self.normals @ z - self.ends)
        return -float((z - point) @ (z - point) / 2 + multipliers @ broken), -broken


def box(Z: Floats, y: NDArray[np.int64], label: int) -> Region:
    """Every coordinate within the values that rows of either label have; the center is the label's centroid."""
    low, high = Z.min(axis=0), Z.max(axis=0)
    across = float(np.linalg.norm(high - low)) + 1e-6
    return Region(Z[y == label].mean(axis=0), across, low, high, np.zeros((0, Z.shape[1])), np.zeros(0))


def usual_region(Z: Floats, y: NDArray[np.int64], label: int, quantile: float = 0.9) -> Region:
    """Where this share of the rows of a label lies: sphere and slab of Steinhardt, Koh and Liang (2017), and the box of all.

    The sphere is about the label's centroid; the slab bounds the distance from it along the line between both labels'
    centroids. Each holds the quantile of the label's rows by itself.
    """
    own, other = Z[y == label], Z[y != label]
    center = own.mean(axis=0)
    axis = other.mean(axis=0) - center
    axis /= np.linalg.norm(axis) or 1.0
    away = own - center
    width = float(np.quantile(np.abs(away @ axis), quantile))
    normals = np.stack([axis, -axis])
    ends = normals @ center + max(width, 1e-6)
    radius = max(float(np.quantile(np.linalg.norm(away, axis=1), quantile)), 1e-6)
    return Region(center, radius, Z.min(axis=0), Z.max(axis=0), normals, ends)
