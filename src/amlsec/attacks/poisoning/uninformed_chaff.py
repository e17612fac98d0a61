"""Uninformed chaff: the same volume added at moments that a coin picks."""

from __future__ import annotations

import numpy as np

from amlsec.attacks.chaff import Floats, chaffed, in_proportion
from amlsec.budget import PoisonBudget
from amlsec.catalogue import Victim, poisoning
from amlsec.errors import InvalidInput
from amlsec.scene import Poison, Scene
from amlsec.space.traffic import TrafficSpace
from amlsec.threat import Influence, Knowledge, Specificity, ThreatModel, Violation


@poisoning(
    code="AML-P11",
    threat=ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY, Specificity.TARGETED),
    knowledge=Knowledge.NONE,
    spaces=("traffic",),
    references=("rubinstein2009antidote",),
    victim=Victim.DETECTOR,
)
def uninformed_chaff(scene: Scene, /, *, budget: PoisonBudget, rng: np.random.Generator, often: float = 0.5) -> Poison:
    """Add the same volume to his flows in time bins picked at random, so that later floods there look usual.

    Rubinstein et al. (2009): chaff of size theta with probability `often`, in (0, 1], else none. Theta follows from the
    budget, which is spent exactly unless the links cannot carry it. He needs to see nothing of the traffic.

    Raises InvalidInput where `often` is out of range, or the space is not of traffic or has other links than the rows.

    >>> from amlsec.data import Batch
    >>> space = TrafficSpace(np.array([[1.0, 0.0], [1.0, 1.0]]), [0], np.array([10.0, 30.0]))
    >>> scene = Scene(Batch(np.full((4, 2), 10.0), np.zeros(4, dtype=np.int64)), 4, space)
    >>> poison = uninformed_chaff(scene, budget=PoisonBudget(0.1), rng=np.random.default_rng(0))
    >>> poison.edited, space.cost(scene.own.rows(poison.edited).X, poison.edits.X).round(6)
    (array([1, 2, 3]), array([0.133333, 0.133333, 0.133333]))
    """
    if not 0 < often <= 1:
        raise InvalidInput("often", often, "must lie in (0, 1]")

    def spread(space: TrafficSpace, X: Floats, most: Floats, total: float) -> Floats:
        coins = rng.random((len(X), len(space.flows)))
        picked = (coins < np.maximum(often, coins.min(axis=0) * (1 + 1e-9))).astype(np.float64)
        return np.column_stack([in_proportion(*each, total) for each in zip(picked.T, most.T, strict=True)])

    return chaffed(scene, budget, spread)
