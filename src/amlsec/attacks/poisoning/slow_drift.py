"""Slow drift: round after round, rows a little further towards malice, each as far as what is deployed still accepts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks.part_way import part_way
from amlsec.budget import PoisonBudget
from amlsec.catalogue import poisoning
from amlsec.data import BENIGN, MALICIOUS, Batch, Rows
from amlsec.errors import InvalidInput
from amlsec.oracle import Model, fitted
from amlsec.scene import Poison, Scene, additions, nothing
from amlsec.threat import Influence, Knowledge, Specificity, ThreatModel, Violation


@poisoning(
    code="AML-P20",
    threat=ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY, Specificity.INDISCRIMINATE),
    knowledge=Knowledge.MODEL,
    spaces=("tabular", "text", "image"),
    references=("barreno2006can", "kloft2010online"),
)
def slow_drift(scene: Scene, /, *, budget: PoisonBudget, rng: np.random.Generator, steps: int = 20) -> Poison:
    """Add rows labelled benign on the way from benign rows to malicious ones, as far as the deployed model lets them go.

    In each round of a game over rounds he pairs benign rows he has seen with malicious ones at random, and of each way,
    divided into `steps` parts of equal cost, takes the point furthest on that the model in use still judges benign: a
    cleaner that asks this model agrees with every label. The next model has learned from these points and lets the next
    ones go further (Barreno et al. 2006; Kloft and Laskov 2010 of centroids). Where nothing is deployed yet, he trains the
    learner on what he has seen; who cannot takes one part of the way.

    Raises InvalidInput where `steps` is below 1.

    >>> from sklearn.linear_model import LogisticRegression
    >>> from amlsec.space.tabular import infer
    >>> y = np.repeat([0, 1], 20)
    >>> rows = Batch(np.linspace(0, 1, 40)[:, None] + y[:, None], y)
    >>> scene = Scene(rows.rows([0]), 40, infer(rows.X, ["rate"]), rows, LogisticRegression(C=1000))
    >>> poison = slow_drift(scene, budget=PoisonBudget(0.1), rng=np.random.default_rng(0))
    >>> poison.added.X[:, 0].round(1), poison.added.y
    (array([1., 1., 1., 1.]), array([0, 0, 0, 0]))
    """
    if steps < 1:
        raise InvalidInput("steps", steps, "must be at least 1")
    seen = scene.own if scene.known is None else scene.known + scene.own
    benign, malicious = (seen.labelled(label).X for label in (BENIGN, MALICIOUS))
    count = budget.rows(of=scene.total)
    if not count or not len(benign) or not len(malicious):
        return nothing(scene.own)
    starts, goals = rng.choice(benign, count), rng.choice(malicious, count)
    shares = np.arange(1, steps + 1) / steps
    model = _in_use(scene, seen)
    share = np.full(count, shares[0]) if model is None else _furthest(scene, model, starts, goals, shares)
    return additions(Batch(part_way(scene.space, starts, goals, share), np.full(count, BENIGN)))


def _in_use(scene: Scene, seen: Batch) -> Model | None:
    """What is deployed, else what he makes of the rows he has seen; None where the learner refuses them or is not known."""
    from sklearn.base import clone

    if scene.deployed is not None:
        return fitted(scene.deployed)
    try:
        return None if scene.learner is None else fitted(clone(scene.learner).fit(seen.X, seen.y))
    except ValueError:
        return None


def _furthest(scene: Scene, model: Model, starts: Rows, goals: Rows, shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """The greatest share (n,) of each way before the first point that is stopped; 0 where the first one is."""
    free, reached = np.arange(len(starts)), np.zeros(len(starts))
    for share in shares:
        rows = part_way(scene.space, starts[free], goals[free], share)
        free = free[model.labels(rows) == BENIGN]
        reached[free] = share
    return reached
