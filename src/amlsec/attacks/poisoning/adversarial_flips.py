"""Adversarial label flips: malicious rows relabelled as benign where it hurts most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.budget import PoisonBudget
from amlsec.catalogue import poisoning
from amlsec.data import BENIGN, MALICIOUS, Batch
from amlsec.errors import ModelFailed
from amlsec.oracle import Classifier, Model
from amlsec.scene import Poison, Scene, contaminate, edits, nothing
from amlsec.threat import Influence, Knowledge, Specificity, ThreatModel, Violation


@poisoning(
    code="AML-P02",
    threat=ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY, Specificity.INDISCRIMINATE),
    knowledge=Knowledge.MODEL,
    references=("biggio2011label", "xiao2012adversarial"),
)
def adversarial_flips(scene: Scene, /, *, budget: PoisonBudget, rng: np.random.Generator) -> Poison:
    """Relabel as benign those of his malicious rows that blind the model most.

    He trains the learner on all he has seen and ranks his malicious rows by its score. Of two orders, furthest from
    the boundary first and nearest first (Biggio, Nelson and Laskov 2011), he keeps the one after which the
    retrained learner lets more of the malicious rows he knows through (the flips of greatest loss of Xiao, Xiao and
    Eckert 2012, among these two). Where he may change more rows than he has malicious ones, his benign
    rows become copies of malicious rows he knows, in the same order. A learner that cannot be trained on what he has
    seen, as on one class, leaves him a random order. Raises nothing.

    >>> from sklearn.linear_model import LogisticRegression
    >>> from amlsec.space.tabular import infer
    >>> rows = Batch(np.arange(8.0)[:, None], np.repeat([0, 1], 4))
    >>> scene = Scene(rows.rows([1, 6, 7]), 10, infer(rows.X, ["links"]), rows, LogisticRegression())
    >>> poison = adversarial_flips(scene, budget=PoisonBudget(0.1), rng=np.random.default_rng(0))
    >>> poison.edited, poison.edits.y
    (array([2]), array([0]))
    """
    room = min(budget.rows(of=scene.total), len(scene.own))
    if not room:
        return nothing(scene.own)
    seen = scene.own if scene.known is None else scene.known + scene.own
    model = trained(scene.learner, seen)
    if model is None:
        return _lies(scene.own, seen, rng.permutation(len(scene.own)), rng.permutation(len(seen)), room)
    mine, all_ = np.argsort(model.scores(scene.own.X), kind="stable"), np.argsort(model.scores(seen.X), kind="stable")
    orders = ((mine[::-1], all_[::-1]), (mine, all_))
    return _worst(scene, seen, [_lies(scene.own, seen, *order, room) for order in orders])


def _lies(own: Batch, seen: Batch, mine: NDArray[np.intp], all_: NDArray[np.intp], room: int) -> Poison:
    """His malicious rows relabelled, in the order `mine`; then copies, in the order `all_`, in his benign rows' place."""
    flipped = mine[own.y[mine] == MALICIOUS][:room]
    models = all_[seen.y[all_] == MALICIOUS]
    spare = mine[own.y[mine] == BENIGN][: room - len(flipped) if len(models) else 0]
    rows = own.rows(flipped) + seen.rows(np.resize(models, len(spare)))
    return edits(np.concatenate([flipped, spare]), rows.relabelled(np.full(len(rows), BENIGN)))


def _worst(scene: Scene, seen: Batch, plans: Sequence[Poison]) -> Poison:
    """The plan after which the retrained learner lets most malicious rows through; the first of equals."""
    own = np.arange(len(seen) - len(scene.own), len(seen))
    malicious = seen.labelled(MALICIOUS).X
    models = [trained(scene.learner, contaminate(seen, own, plan)) for plan in plans]
    passed = [1.0 if model is None else float((model.labels(malicious) == BENIGN).mean()) for model in models]
    return plans[int(np.argmax(passed))]


def trained(learner: Any, rows: Batch) -> Model | None:
    """The learner fitted to these rows; None where it cannot learn or judge them, as where all are of one class."""
    from sklearn.base import clone

    if learner is None or len(np.unique(rows.y)) < 2:
        return None
    try:
        model = Classifier(clone(learner).fit(rows.X, rows.y))
        model.scores(rows.X)
    except (ValueError, ModelFailed):
        return None
    return model
