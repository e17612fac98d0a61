"""A linear model over a box: the cheapest evasion fills columns in order of weight per cost, as a fractional knapsack."""

from itertools import product

import numpy as np
from sklearn.linear_model import LogisticRegression

from amlsec.oracle import Classifier
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


def fitted(model: Linear) -> Classifier:
    """The same model as a fitted classifier of scikit-learn, which can be looked into."""
    estimator = LogisticRegression()
    estimator.classes_, estimator.coef_ = np.array([0, 1]), model.weights[None]
    estimator.intercept_, estimator.n_features_in_ = np.array([-float(model.threshold)]), len(model.weights)
    return Classifier(estimator)


def cheapest_whole(model: Linear, space: TabularSpace, x: np.ndarray) -> float:
    """The least cost of a row that passes, where all columns hold whole numbers or codes: by trying every row there is."""
    levels = [np.arange(column.low, column.high + 1) for column in space.columns]
    rows = np.array(list(product(*levels)))
    passed = rows[model.labels(rows) == 0]
    return float(space.cost(np.broadcast_to(x, passed.shape), passed).min(initial=np.inf))
