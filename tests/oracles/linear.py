"""A linear model over a box: the cheapest evasion fills columns in order of weight per cost, as a fractional knapsack."""

import numpy as np

from amlsec.space.tabular import TabularSpace


class Linear:
    """Malicious where w x > t; its score is squashed, so that only its order tells anything."""

    def __init__(self, weights, threshold=0.0):
        self.weights, self.threshold = np.asarray(weights, dtype=float), threshold

    def labels(self, X):
        return (X @ self.weights > self.threshold).astype(np.int64)

    def scores(self, X):
        return np.arctan((X @ self.weights - self.threshold) / 10)


def cheapest(model: Linear, space: TabularSpace, x: np.ndarray) -> float:
    """The least cost of a row that passes, for numeric columns; infinity where there is none."""
    excess = float(x @ model.weights - model.threshold)
    towards = np.where(model.weights > 0, -np.inf, np.inf)
    ends = space.project(np.repeat(x[None], len(x), axis=0), np.where(np.eye(len(x), dtype=bool), towards, x), np.inf)
    gain = (x - ends.diagonal()) * model.weights
    price = space.by_column(x[None], ends.diagonal()[None])[0]
    cost = 0.0
    for j in np.argsort(-gain / np.maximum(price, 1e-300), kind="stable"):
        if gain[j] >= excess > 0:
            return cost + price[j] * excess / gain[j]
        cost, excess = cost + price[j], excess - gain[j]
    return cost if excess <= 0 else np.inf
