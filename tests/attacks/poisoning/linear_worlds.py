"""Scenes for attacks on linear surrogates, and what their poison does to a freshly trained model."""

from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from amlsec.data import BENIGN, MALICIOUS, Batch
from amlsec.oracle import fitted
from amlsec.scene import Poison, Scene, additions, contaminate
from amlsec.space.tabular import infer


def blobs(n: int, gap: float, seed: int, width: int = 2) -> Batch:
    y = np.arange(n) % 2
    return Batch(np.random.default_rng(seed).normal(size=(n, width)) + gap * y[:, None], y)


def scene(rows: Batch, *, learner: Any = None, system: Any = None, share: float = 0.1) -> Scene:
    """He owns the first rows, a share of all."""
    own = np.arange(int(share * len(rows)))
    names = [f"c{k}" for k in range(rows.X.shape[1])]
    chosen = learner or make_pipeline(StandardScaler(), LogisticRegression())
    return Scene(rows.rows(own), len(rows), infer(rows.X, names), rows.drop(own), chosen, system=system)


def cancer(seed: int) -> tuple[Batch, Batch]:
    """Two thirds of the breast cancer table to train on, a third to test; malignant is malicious."""
    X, y = load_breast_cancer(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(X))
    rows = Batch(X, 1 - y).rows(order)
    return rows.rows(slice(190, None)), rows.rows(slice(0, 190))


def harm(on: Scene, poison: Poison, test: Batch, label: int = BENIGN) -> float:
    """The share of the test rows of a label that the poisoned model misjudges."""
    train = on.own + on.known
    after = contaminate(train, np.arange(len(on.own)), poison)
    model = fitted(on.learner.fit(after.X, after.y))
    victims = test.labelled(label)
    return float((model.labels(victims.X) != label).mean())


def benign_flips(on: Scene, count: int, rng: np.random.Generator) -> Poison:
    """As many random benign rows labelled malicious."""
    benign = on.known.labelled(BENIGN)
    rows = benign.rows(rng.choice(len(benign), count, replace=False))
    return additions(replace(rows, y=1 - rows.y))


class Sphere:
    """A system that accepts rows no further from the trusted centroid of their label than the trusted rows' quantile."""

    def __init__(self, learner: Any, quantile: float = 0.9) -> None:
        self.learner, self.quantile = learner, quantile

    def train(self, offered: Batch, trusted: Batch) -> Any:
        accepted = np.zeros(len(offered), dtype=bool)
        scale = trusted.X.std(axis=0)
        for label in (BENIGN, MALICIOUS):
            near = self._near(offered.X / scale, trusted.labelled(label).X / scale)
            accepted |= (offered.y == label) & near
        rows = offered.rows(accepted) + trusted
        model = fitted(self.learner.fit(rows.X, rows.y))
        model.accepted = accepted
        return model

    def _near(self, X: np.ndarray, own: np.ndarray) -> np.ndarray:
        away = np.linalg.norm(own - own.mean(axis=0), axis=1)
        return np.linalg.norm(X - own.mean(axis=0), axis=1) <= np.quantile(away, self.quantile)
