"""ALFA: flips of the labels that the true labels contradict most in a model trained on the false ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks.loss_gap import alfa_flips, losses, with_flips
from amlsec.budget import PoisonBudget
from amlsec.catalogue import poisoning
from amlsec.data import BENIGN, Batch
from amlsec.scene import Poison, Scene, edits
from amlsec.threat import Influence, Knowledge, Specificity, ThreatModel, Violation


@poisoning(
    code="AML-P10",
    threat=ThreatModel(Influence.CAUSATIVE, Violation.AVAILABILITY, Specificity.INDISCRIMINATE),
    knowledge=Knowledge.MODEL,
    spaces=("tabular", "text", "image"),
    references=("xiao2012adversarial",),
)
def alfa(scene: Scene, /, *, budget: PoisonBudget, rng: np.random.Generator) -> Poison:
    """Flip the labels that fit a model trained on the flips best, and the true model worst.

    ALFA (Xiao, Xiao and Eckert 2012) on all he has seen, with flips of his own rows only, and the learner itself in place
    of the support vector machine of the paper, judged by the hinge loss of its evidence. He runs it over all his
    rows, and over his benign rows alone, and keeps the flips after which the learner has the greater loss on the benign rows
    he has seen, as he is after false alarms. A learner that is unknown or cannot be trained on what he has seen, as on one
    class, leaves him a random order. Raises nothing.

    >>> from sklearn.svm import SVC
    >>> from amlsec.space.tabular import infer
    >>> rows = Batch(np.arange(8.0)[:, None], np.repeat([0, 1], 4))
    >>> scene = Scene(rows.rows([1, 3, 5]), 10, infer(rows.X, ["links"]), rows, SVC(kernel="linear"))
    >>> poison = alfa(scene, budget=PoisonBudget(0.1), rng=np.random.default_rng(0))
    >>> poison.edited, poison.edits.y
    (array([0]), array([1]))
    """
    room = min(budget.rows(of=scene.total), len(scene.own))
    flipped = _chosen(scene, room)
    if flipped is None:
        flipped = rng.permutation(len(scene.own))[:room]
    return edits(flipped, scene.own.rows(flipped).relabelled(1 - scene.own.y[flipped]))


def _chosen(scene: Scene, room: int) -> NDArray[np.intp] | None:
    """Positions of his rows to flip; None where the learner cannot be trained."""
    seen = scene.own if scene.known is None else scene.known + scene.own
    if scene.learner is None or len(np.unique(seen.y)) < 2:
        return None
    others = len(seen) - len(scene.own)
    mine = np.arange(others, len(seen))
    try:
        plans = [alfa_flips(scene.learner, seen, those, room) for those in (mine, mine[scene.own.y == BENIGN])]
        return _worst(scene, seen, plans) - others
    except ValueError:
        return None


def _worst(scene: Scene, seen: Batch, plans: Sequence[NDArray[np.intp]]) -> NDArray[np.intp]:
    """The flips after which the benign rows have the greatest loss; the first of equals."""
    benign = seen.y == BENIGN

    def harm(flipped: NDArray[np.intp]) -> float:
        y = with_flips(seen.y, flipped)
        return float(losses(scene.learner, seen, y)[0, benign].sum()) if len(np.unique(y)) == 2 else np.inf

    return max(plans, key=harm)
