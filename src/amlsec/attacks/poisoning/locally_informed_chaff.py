"""Locally informed chaff: the more volume, the busier the link by which his flow enters."""

from __future__ import annotations

import numpy as np

from amlsec.attacks.chaff import Floats, chaffed, in_proportion, more_if_bigger
from amlsec.budget import PoisonBudget
from amlsec.catalogue import Victim, poisoning
from amlsec.errors import InvalidInput
from amlsec.scene import Poison, Scene
from amlsec.space.traffic import TrafficSpace
from amlsec.threat import Influence, Knowledge, Specificity, ThreatModel, Violation


@poisoning(
    code="AML-P12",
    threat=ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY, Specificity.TARGETED),
    knowledge=Knowledge.FEATURES,
    spaces=("traffic",),
    references=("rubinstein2009antidote",),
    victim=Victim.DETECTOR,
)
def locally_informed_chaff(
    scene: Scene,
    /,
    *,
    budget: PoisonBudget,
    rng: np.random.Generator,
    exponent: float = 1.0,
) -> Poison:
    """Add volume to his flows while the link they enter by is busier than on average, the more the busier it is.

    "Add more if bigger" of Rubinstein et al. (2009): (max(0, y - mean of y)) ** `exponent`, above 0, y the load of the
    ingress link, which is all he sees of the traffic; scaled so that the budget is spent exactly unless the links cannot
    carry it. A link of constant load gets even chaff.

    Raises InvalidInput where `exponent` is not above 0, or the space is not of traffic or has other links than the rows.

    >>> from amlsec.data import Batch
    >>> space = TrafficSpace(np.array([[1.0, 0.0], [1.0, 1.0]]), [0], np.array([10.0, 30.0]), ingress=[0])
    >>> scene = Scene(Batch(np.array([[6.0, 9], [8, 9], [12, 9], [14, 9]]), np.zeros(4, dtype=np.int64)), 4, space)
    >>> poison = locally_informed_chaff(scene, budget=PoisonBudget(0.1), rng=np.random.default_rng(0))
    >>> poison.edited, space.volumes(scene.own.rows(poison.edited).X, poison.edits.X)[:, 0].round(6)
    (array([2, 3]), array([2.666667, 5.333333]))
    """
    if not exponent > 0:
        raise InvalidInput("exponent", exponent, "must be above 0")

    def spread(space: TrafficSpace, X: Floats, most: Floats, total: float) -> Floats:
        weights = more_if_bigger(space, X, exponent)
        return np.column_stack([in_proportion(*each, total) for each in zip(weights.T, most.T, strict=True)])

    return chaffed(scene, budget, spread)
