"""The nearest neighbor: the cheapest evasion, one whole linear programme for each benign row, or row by row."""

from itertools import product

import numpy as np
from scipy.optimize import linprog


class Nearest:
    """Malicious where the nearest known row is; straight lines, ties are malicious."""

    def __init__(self, known, labels):
        self.known, self.y = np.asarray(known, dtype=float), np.asarray(labels)

    def squares(self, X):
        return ((X[:, None] - self.known[None]) ** 2).sum(axis=2)

    def labels(self, X):
        return (self.scores(X) >= 0).astype(np.int64)

    def scores(self, X):
        squares = self.squares(X)
        return squares[:, self.y == 0].min(axis=1) - squares[:, self.y == 1].min(axis=1)


def cheapest(model, space, x):
    """The least cost of coming at least as near to a benign row as to any malicious one; infinity where nothing does.

    For columns that flow: minimise the priced lengths t under t >= |row - x| and every face of a benign row's region.
    """
    d, best = len(x), np.inf
    low, high = (space.project(x[None], np.full((1, d), end), np.inf)[0] for end in (-np.inf, np.inf))
    malicious = model.known[model.y == 1]
    length = np.block([[np.eye(d), -np.eye(d)], [-np.eye(d), -np.eye(d)]])
    for point in model.known[model.y == 0]:
        faces = np.hstack([2 * (malicious - point), np.zeros_like(malicious)])
        solved = linprog(
            np.concatenate([np.zeros(d), space.rate]),
            np.vstack([faces, length]),
            np.concatenate([(malicious**2).sum(axis=1) - (point**2).sum(), x, -x]),
            bounds=[*zip(low, high, strict=True), *[(0, None)] * d],
        )
        best = min(best, solved.fun if solved.success else np.inf)
    return best


def cheapest_whole(model, space, x):
    """The least cost of a row that passes, where all columns hold whole numbers or codes: by trying every row there is."""
    rows = np.array(list(product(*(np.arange(column.low, column.high + 1) for column in space.columns))))
    passed = rows[model.labels(rows) == 0]
    return float(space.cost(np.broadcast_to(x, passed.shape), passed).min(initial=np.inf))
