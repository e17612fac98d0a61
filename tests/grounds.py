"""Small grounds and classifiers whose games have known outcomes."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from amlsec.catalogue import Card, Kind
from amlsec.data import Batch, texts
from amlsec.evaluation.ground import Ground
from amlsec.space.tabular import infer
from amlsec.space.text import TextSpace
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation


class Stump(ClassifierMixin, BaseEstimator):
    """Stops a row where its first column exceeds 0; training changes nothing."""

    def fit(self, X, y):
        self.classes_ = np.array([0, 1])
        return self

    def decision_function(self, X):
        return X[:, 0]

    def predict(self, X):
        return (X[:, 0] > 0).astype(int)


class Majority(ClassifierMixin, BaseEstimator):
    """Stops every row, or none: what most training rows are."""

    def fit(self, X, y):
        self.classes_ = np.array([0, 1])
        self.verdict_ = int(np.mean(y) > 0.5)
        return self

    def predict(self, X):
        return np.full(len(X), self.verdict_)


def line(low, high, label):
    """Rows low, low + 1, ..., high - 1 in one column, all with one label."""
    X = np.arange(low, high, dtype=float)[:, None]
    return Batch(X, np.full(len(X), label))


def on_a_line(estimator):
    """Benign rows at and below 0, malicious ones above, in disjoint parts; the test rows are -49..0 and 1..20."""
    test = line(-49, 1, 0) + line(1, 21, 1)
    train = line(-160, -100, 0) + line(100, 140, 1)
    parts = {"trusted": line(-210, -200, 0) + line(200, 210, 1), "shadow": line(-310, -300, 0) + line(300, 310, 1)}
    space = infer(np.array([[-1000.5], [1000.5]]), ["x"])
    offers = {"estimator": estimator, "register": None, "space": space, "random_state": 0}
    return Ground(train=train, outsiders=test, test=test, space=space, offers=offers, **parts)


def mails(n=400, seed=0):
    """Texts of ten words; ham and spam share half of their words."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    common = [f"the{i}" for i in range(40)]
    own = [[f"ham{i}" for i in range(40)], [f"spam{i}" for i in range(40)]]
    X = [" ".join([*rng.choice(common, 5), *rng.choice(own[label], 5)]) for label in y]
    source = rng.choice(["web", "desk", "partner"], n, p=[0.5, 0.3, 0.2]).astype(object)
    return Batch(texts(X), y, source)


def text_space():
    return TextSpace([f"ham{i}" for i in range(40)])


def card(kind, run, violation="integrity", specificity="indiscriminate", access="none", knowledge="none"):
    """A card for an attack made in a test."""
    influence = Influence.CAUSATIVE if kind == "poisoning" else Influence.EXPLORATORY
    threat = ThreatModel(influence, Violation(violation), Specificity(specificity))
    given = {"access": Access(access), "knowledge": Knowledge(knowledge)}
    return Card("made-in-a-test", Kind(kind), run, (threat,), ("x",), "AML-X99", **given)
