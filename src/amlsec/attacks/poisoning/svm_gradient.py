"""Gradient poisoning of support vector machines: rows that climb the loss of the model on other rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from amlsec.attacks.svm_ascent import Stage, best_points
from amlsec.attacks.svm_influence import KERNELS
from amlsec.budget import PoisonBudget
from amlsec.catalogue import poisoning
from amlsec.data import BENIGN, MALICIOUS, Batch, Rows, split
from amlsec.scene import Poison, Scene, additions, nothing
from amlsec.threat import Influence, Knowledge, Specificity, ThreatModel, Violation

_SEEN = 400
_POINTS = 10
_RUNS = 3
_ROUNDS = 0
_JITTER = 1.0
"""How far a varied copy strays from its point, in the unit of the space's cost."""


@poisoning(
    code="AML-P09",
    threat=ThreatModel(Influence.CAUSATIVE, Violation.AVAILABILITY, Specificity.INDISCRIMINATE),
    knowledge=Knowledge.MODEL,
    spaces=("tabular", "image"),
    references=("biggio2012poisoning",),
)
def svm_gradient(scene: Scene, /, *, budget: PoisonBudget, rng: np.random.Generator) -> Poison:
    """Add rows labelled malicious that were moved along the gradient of a support vector machine's loss.

    Biggio, Nelson and Laskov (2012): benign rows under the other label, each moved within the space to where the
    machine, trained with it, has the greatest hinge loss on other rows; here on benign ones alone, as he is after false
    alarms. He rehearses on up to 400 of the rows he knows, half to train on and half to climb on, with as great a share
    of poison as he may add: up to 10 points, each for several rows where the share is more. Of 3 runs he keeps the worst
    for the machine. What rows are left are copies of the points, varied by at most 1 unit of cost.

    The machine is the learner where that is an SVC (linear, rbf or poly), or a pipeline that ends in one and whose other
    steps can be inverted; else a linear SVC on standardised columns, in the hope that its points hurt the learner too.
    Where he has seen too little to train it, the rows stay where they started. Raises nothing.

    >>> from sklearn.svm import SVC
    >>> from amlsec.space.tabular import infer
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat([0, 1], 40)
    >>> rows = Batch(rng.normal(size=(80, 2)) + 2 * y[:, None], y)
    >>> scene = Scene(rows.rows([0, 1]), 82, infer(rows.X, ["a", "b"]), rows, SVC(kernel="linear"))
    >>> poison = svm_gradient(scene, budget=PoisonBudget(0.025), rng=rng)
    >>> poison.added.X.round(1).tolist(), poison.added.y
    ([[0.8, 0.2], [0.9, 0.1]], array([1, 1]))
    """
    seen = scene.own if scene.known is None else scene.known
    room, starts = budget.rows(of=scene.total), (seen + scene.own).labelled(BENIGN)
    if not room or not len(starts):
        return nothing(scene.own)
    liars = starts.relabelled(np.full(len(starts), MALICIOUS))
    points = _points(scene, seen, liars, room, rng)
    copies = points.rows(np.resize(np.arange(len(points)), room - len(points)))
    varied = scene.space.sample(copies.X, _JITTER, rng)
    return additions(Batch(np.concatenate([points.X, varied]), np.full(room, MALICIOUS)))


def _points(scene: Scene, seen: Batch, starts: Batch, room: int, rng: np.random.Generator) -> Batch:
    """The points, climbed as far as he can rehearse."""
    train, validation = split(seen.rows(rng.permutation(len(seen))[:_SEEN]), (0.5, 0.5), rng)
    share = room / (scene.total - room) * len(train)
    many = min(_POINTS, room, max(1, round(share)))
    harmed = validation.labelled(BENIGN)
    if len(np.unique(train.y)) < 2 or not len(harmed):
        return starts.rows(np.resize(rng.permutation(len(starts)), many))
    stage = _stage(scene, train, harmed, share / many)
    return best_points(stage, starts, many, runs=_RUNS, rounds=_ROUNDS, rng=rng)


def _stage(scene: Scene, train: Batch, validation: Batch, weight: float) -> Stage:
    """The rehearsal, its preprocessing fitted to the training rows."""
    steps, svm = _machine(scene.learner)
    steps.fit(train.X)
    seen, judged = (Batch(steps.transform(rows.X), rows.y) for rows in (train, validation))
    return Stage(_frozen(svm, seen.X), seen, judged, scene.space, steps.transform, steps.inverse_transform, weight)


def _machine(learner: Any) -> tuple[Any, Any]:
    """Preprocessing that can be inverted, and an SVC: the learner's where it has them, else a stand-in's."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, StandardScaler
    from sklearn.svm import SVC

    *steps, last = [step for _, step in learner.steps] if hasattr(learner, "steps") else [learner]
    known = isinstance(last, SVC) and last.kernel in KERNELS and all(hasattr(step, "inverse_transform") for step in steps)
    if not known:
        return StandardScaler(), SVC(kernel="linear")
    return make_pipeline(*steps) if steps else FunctionTransformer(), last


def _frozen(svm: Any, X: Rows) -> Any:
    """The same machine, unfitted, with gamma as a number, which does not change with the rows."""
    from sklearn.svm import SVC

    spread = {"scale": X.shape[1] * float(X.var()), "auto": float(X.shape[1])}
    gamma = svm.gamma if not isinstance(svm.gamma, str) else 1 / (spread[svm.gamma] or 1.0)
    kept = {name: getattr(svm, name) for name in ("C", "kernel", "degree", "coef0", "class_weight")}
    return SVC(gamma=gamma, random_state=0, **kept)
