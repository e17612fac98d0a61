"""Models with a slope, fitted to real rows, and malicious rows that they stop."""

from functools import cache

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from amlsec.oracle import Classifier
from amlsec.space.tabular import infer
from amlsec.threat import Access
from oracles.play import play

LEARNERS = {
    "net": lambda: MLPClassifier((24,), max_iter=150, tol=1e-3, random_state=0),
    "radial": lambda: SVC(C=2.0),
    "linear": lambda: LogisticRegression(max_iter=1000),
}


@cache
def fitted(name):
    """The model, its space, and 20 malicious rows that it stops."""
    X, y = load_breast_cancer(return_X_y=True)
    rows = np.random.default_rng(0).permutation(len(X))
    X, y = X[rows], 1 - y[rows]
    model = Classifier(make_pipeline(StandardScaler(), LEARNERS[name]()).fit(X[:300], y[:300]))
    stopped = X[300:][(y[300:] == 1) & (model.labels(X[300:]) == 1)]
    return model, infer(X, [f"c{j}" for j in range(30)]), stopped[:20]


@cache
def won(attack, name, cost, queries=0):
    """The share of rows that an attack along gradients wins within the cost, and what each row's change costs."""
    model, space, X = fitted(name)
    _, passed, paid, spent = play(attack, model, X, space, access=Access.PARAMETERS, cost=cost, queries=queries)
    assert (paid <= cost + 1e-6).all()
    assert (spent <= queries).all()
    return passed.mean(), paid
