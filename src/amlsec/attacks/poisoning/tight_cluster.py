"""A tight cluster: near copies of the target under the wrong label, each vouching for the others."""

from __future__ import annotations

import math

import numpy as np

from amlsec.budget import PoisonBudget
from amlsec.catalogue import poisoning
from amlsec.data import BENIGN, MALICIOUS, Batch
from amlsec.errors import InvalidInput
from amlsec.scene import Poison, Scene, additions, nothing
from amlsec.threat import Influence, Knowledge, Specificity, ThreatModel, Violation


@poisoning(
    code="AML-P19",
    threat=ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY, Specificity.TARGETED),
    knowledge=Knowledge.FEATURES,
    spaces=("tabular", "text", "image"),
    references=("barreno2010security", "koh2022stronger"),
)
def tight_cluster(scene: Scene, /, *, budget: PoisonBudget, rng: np.random.Generator, spread: float = 1.0) -> Poison:
    """Add rows that are nearly the malicious target, all labelled benign.

    Every row is a target changed at random by at most `spread`, in the unit of the space's cost: few are equal, all are each
    other's nearest neighbours. So whatever asks a row's neighbours, or a model trained on rows that hold the cluster,
    finds the labels consistent, as cleaners of label noise do. He knows the target and the space, nothing of others' rows.
    Several targets share the rows evenly; without a malicious one he does nothing.

    Raises InvalidInput where `spread` is negative or not finite.

    >>> from amlsec.space.tabular import infer
    >>> rows = Batch(np.arange(10.0)[:, None], np.repeat([0, 1], 5))
    >>> scene = Scene(rows.rows([0]), 100, infer(rows.X, ["links"]), target=rows.rows([7]))
    >>> poison = tight_cluster(scene, budget=PoisonBudget(0.03), rng=np.random.default_rng(0))
    >>> poison.added.X[:, 0], poison.added.y
    (array([6., 7., 7.]), array([0, 0, 0]))
    """
    if not 0 <= spread < math.inf:
        raise InvalidInput("spread", spread, "must be finite and at least 0")
    count = budget.rows(of=scene.total)
    targets = scene.own.X[:0] if scene.target is None else scene.target.labelled(MALICIOUS).X
    if not count or not len(targets):
        return nothing(scene.own)
    near = scene.space.sample(targets[np.arange(count) % len(targets)], spread, rng)
    return additions(Batch(near, np.full(count, BENIGN)))
