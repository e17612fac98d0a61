"""Toy learners and every training set near a given one, to try certificates by brute force."""

from itertools import combinations, combinations_with_replacement

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from amlsec.defenses.learners.voters import Voters


class Nearest(ClassifierMixin, BaseEstimator):
    """The label of the nearest training row, the first of equally near ones: depends on every row and on their order."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.X_, self.y_ = X, y
        return self

    def predict(self, X):
        return self.y_[np.abs(X - self.X_.T).argmin(axis=1)]

    def predict_proba(self, X):
        """Nearness to the nearest row of each class."""
        near = np.column_stack([1 / (1 + np.abs(X - self.X_[self.y_ == c].T).min(axis=1)) for c in self.classes_])
        return near / near.sum(axis=1, keepdims=True)


def neighbours(rows, changes, universe):
    """Every training set that adds or removes exactly so many rows, in sum."""
    for removed in range(changes + 1):
        for gone in combinations(range(len(rows)), removed):
            kept = [row for i, row in enumerate(rows) if i not in gone]
            for added in combinations_with_replacement(universe, changes - removed):
                yield kept + list(added)


class Says(ClassifierMixin, BaseEstimator):
    """Prefers the classes in one order, whatever the row."""

    def __init__(self, order):
        self.order = order
        self.classes_ = np.arange(len(order))

    def predict(self, X):
        return np.full(len(X), self.order[0])

    def predict_proba(self, X):
        return np.tile(-np.argsort(self.order).astype(float), (len(X), 1))


def told(ensemble, orders):
    """The ensemble as if its models preferred the classes in these orders; None has no rows."""
    models = {number: Says(order) for number, order in enumerate(orders) if order is not None}
    classes = np.arange(max(len(order) for order in orders if order is not None))
    ensemble._keep(Voters(models, None, classes))
    return ensemble
