"""Blanket mislabelling: who owns a large share of the rows mislabels all of them, and makes outliers of everyone else's."""

from __future__ import annotations

import numpy as np

from amlsec.budget import PoisonBudget
from amlsec.catalogue import poisoning
from amlsec.scene import Poison, Scene, edits
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation


@poisoning(
    code="AML-P27",
    threat=ThreatModel(Influence.CAUSATIVE, Violation.PRIVACY, Specificity.INDISCRIMINATE),
    access=Access.SCORES,
    knowledge=Knowledge.MODEL,
    spaces=("tabular", "text", "image"),
    references=("tramer2022truth",),
)
def blanket_mislabelling(scene: Scene, /, *, budget: PoisonBudget, rng: np.random.Generator) -> Poison:
    """Mislabel every row he controls, so that a model has to learn the others' rows by heart.

    The untargeted attack of Tramèr et al. (2022), which takes a large share, up to half: where as many rows lie as tell the
    truth, a rule fits neither, and a row is judged by its own label only where it was trained on. With two labels there is
    one wrong one. Of more rows than his share allows, those that lie are drawn at random. What he knows, he needs to read
    the model afterwards. Raises nothing.

    >>> from amlsec.data import Batch
    >>> from amlsec.space.tabular import infer
    >>> own = Batch(np.arange(4.0)[:, None], np.array([0, 0, 1, 1]))
    >>> scene = Scene(own, total=8, space=infer(own.X, ["links"]))
    >>> lies = blanket_mislabelling(scene, budget=PoisonBudget(0.5), rng=np.random.default_rng(0))
    >>> lies.edited.tolist(), lies.edits.y.tolist()
    ([0, 1, 2, 3], [1, 1, 0, 0])
    """
    room = min(budget.rows(of=scene.total), len(scene.own))
    lying = np.sort(rng.permutation(len(scene.own))[:room])
    rows = scene.own.rows(lying)
    return edits(lying, rows.relabelled(1 - rows.y))
