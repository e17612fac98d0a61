"""A classifier whose log-odds, and what its training adds to those of its own rows, are known in closed form."""

from typing import ClassVar

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from amlsec.budget import QueryBudget
from amlsec.data import Batch
from amlsec.oracle import Classifier, Oracle
from amlsec.shadow import Shadow
from amlsec.space.tabular import infer
from amlsec.threat import Access

GAIN, SPREAD = 2.0, 1.0
SPACE = infer(np.random.default_rng(0).normal(size=(50, 2)), ["a", "b"])


class Remembers(ClassifierMixin, BaseEstimator):
    """Log-odds: `hardness` x of a row, noise of its training, and GAIN more for the labels it was trained on."""

    trained_on: ClassVar[list[np.ndarray]] = []

    def __init__(self, hardness=8.0, random_state=None):
        self.hardness, self.random_state = hardness, random_state

    def fit(self, X, y):
        self.classes_ = np.array([0, 1])
        self.seen_ = {row.tobytes(): GAIN * (1 if label else -1) for row, label in zip(X, y, strict=True)}
        Remembers.trained_on.append(np.column_stack([X, y]))
        return self

    def decision_function(self, X):
        noise = np.random.default_rng(self.random_state).normal(0, SPREAD, len(X))
        return self.hardness * X[:, 0] + noise + np.array([self.seen_.get(row.tobytes(), 0.0) for row in X])

    def predict(self, X):
        return (self.decision_function(X) > 0).astype(int)


def noise(seed, n):
    """Rows and labels that have nothing to do with each other."""
    rng = np.random.default_rng(seed)
    return Batch(rng.normal(size=(n, 2)), rng.integers(0, 2, n))


def asked(attack, model, rows, own, learner=None, seed=0, access=Access.SCORES, queries=1, planted=None, **how):
    """What an attack guesses of rows, and its oracle."""
    oracle = Oracle(Classifier(model), access=access, rows=len(rows), queries=queries)
    shadow, rng = Shadow(own, SPACE, learner, planted), np.random.default_rng(seed)
    return attack(oracle, rows, shadow=shadow, budget=QueryBudget(queries), rng=rng, **how), oracle
