"""Models that stop a convex set of rows: the cheapest way out of it, priced by column, is along one column."""

import numpy as np


class Polytope:
    """Malicious where `X @ normals.T < offsets` for every face."""

    def __init__(self, normals, offsets):
        self.normals, self.offsets = np.asarray(normals, dtype=float), np.asarray(offsets, dtype=float)

    def labels(self, X):
        return (self.offsets > X @ self.normals.T).all(axis=1).astype(np.int64)

    def scores(self, X):
        return (self.offsets - X @ self.normals.T).min(axis=1)

    def way_out(self, x, column, way):
        """How far `x` must go along a column, up or down, to reach a face; infinity where it never does."""
        towards = self.normals[:, column] * way
        room = self.offsets - self.normals @ x
        return np.min(room[towards > 0] / towards[towards > 0], initial=np.inf)


class Ellipsoid:
    """Malicious where the columns over their half-axes lie inside the unit ball."""

    def __init__(self, axes):
        self.axes = np.asarray(axes, dtype=float)

    def labels(self, X):
        return (self.scores(X) > 0).astype(np.int64)

    def scores(self, X):
        return 1 - ((X / self.axes) ** 2).sum(axis=1)

    def way_out(self, x, column, way):
        """The root of the quadratic along the column."""
        others = ((x / self.axes) ** 2).sum() - (x[column] / self.axes[column]) ** 2
        return self.axes[column] * np.sqrt(1 - others) - way * x[column]


def cheapest(model, space, x):
    """The least cost of a way out: a convex function's largest value on a cost's ball is at one of its 2 d corners."""
    return min(model.way_out(x, j, way) * space.rate[j] for j in range(len(x)) for way in (-1, 1))
