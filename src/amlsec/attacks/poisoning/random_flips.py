"""Random label flips: the honest baseline of poisoning."""

from __future__ import annotations

import numpy as np

from amlsec.budget import PoisonBudget
from amlsec.catalogue import poisoning
from amlsec.scene import Poison, Scene, edits
from amlsec.threat import Influence, Knowledge, Specificity, ThreatModel, Violation


@poisoning(
    code="AML-P01",
    threat=ThreatModel(Influence.CAUSATIVE, Violation.AVAILABILITY, Specificity.INDISCRIMINATE),
    knowledge=Knowledge.NONE,
    references=("biggio2011label", "xiao2012adversarial"),
)
def random_flips(scene: Scene, /, *, budget: PoisonBudget, rng: np.random.Generator) -> Poison:
    """Flip the labels of rows he controls, drawn at random.

    The baseline that Biggio, Nelson and Laskov (2011) measure chosen flips against. He flips as many rows as he may,
    and never more than he controls. Raises nothing.

    >>> from amlsec.data import Batch
    >>> from amlsec.space.tabular import infer
    >>> own = Batch(np.arange(4.0)[:, None], np.array([0, 0, 1, 1]))
    >>> scene = Scene(own, total=10, space=infer(own.X, ["links"]))
    >>> flipped = random_flips(scene, budget=PoisonBudget(0.2), rng=np.random.default_rng(0))
    >>> flipped.edited, flipped.edits.y
    (array([2, 3]), array([0, 0]))
    """
    room = min(budget.rows(of=scene.total), len(scene.own))
    chosen = rng.choice(len(scene.own), room, replace=False)
    return edits(chosen, scene.own.rows(chosen).relabelled(1 - scene.own.y[chosen]))
