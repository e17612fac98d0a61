"""The boiling frog: a little more chaff each round than the detector has got used to."""

from __future__ import annotations

import numpy as np

from amlsec.attacks.chaff import Floats, chaffed, in_proportion, more_if_bigger, quiet
from amlsec.budget import PoisonBudget
from amlsec.catalogue import Victim, poisoning
from amlsec.errors import InvalidInput
from amlsec.scene import Poison, Scene
from amlsec.space.traffic import TrafficSpace
from amlsec.threat import Influence, Knowledge, Specificity, ThreatModel, Violation


@poisoning(
    code="AML-P14",
    threat=ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY, Specificity.TARGETED),
    knowledge=Knowledge.MODEL,
    spaces=("traffic",),
    references=("rubinstein2009antidote",),
    victim=Victim.DETECTOR,
)
def boiling_frog(
    scene: Scene,
    /,
    *,
    budget: PoisonBudget,
    rng: np.random.Generator,
    growth: float = 1.05,
) -> Poison:
    """Add chaff that lets the load of his flows' links grow by a factor each round, and that raises no alarm.

    After Rubinstein et al. (2009), over rounds of training, of which the first is round 0: in round r he adds
    growth ** (r + 1) - 1 of the usual mean load of his flows' links, but never more than the budget's share, which so is the
    most of any single round. It is locally informed chaff ("add more if bigger"), on all his flows at once. Where he knows
    the deployed detector, no time bin gets more than that accepts, as rejected chaff is not learnt from, and the rest goes
    to the other bins; where none can take more it is left. In a single period, the first step is all he adds.

    Raises InvalidInput where `growth` is not above 1, or the space is not of traffic or has other links than the rows.

    >>> from amlsec.data import Batch
    >>> space = TrafficSpace(np.array([[1.0, 0.0], [1.0, 1.0]]), [0], np.array([10.0, 30.0]), ingress=[0])
    >>> rows = Batch(np.array([[6.0, 9], [8, 9], [12, 9], [14, 9]]), np.zeros(4, dtype=np.int64))
    >>> for week in range(4):
    ...     poison = boiling_frog(Scene(rows, 4, space, round=week), budget=PoisonBudget(0.15), rng=np.random.default_rng(0))
    ...     print(poison.edited, (space.cost(rows.rows(poison.edited).X, poison.edits.X).sum() / 4).round(6))
    [2 3] 0.05
    [2 3] 0.1025
    [2 3] 0.15
    [2 3] 0.15
    """
    if not growth > 1:
        raise InvalidInput("growth", growth, "must be above 1")

    def spread(space: TrafficSpace, X: Floats, most: Floats, total: float) -> Floats:
        bound = most.min(axis=1)
        if scene.deployed is not None:
            bound = np.minimum(bound, quiet(space, X, scene.deployed, total))
        amounts = in_proportion(more_if_bigger(space, X).mean(axis=1), bound, total)
        return np.repeat(amounts[:, None], len(space.flows), axis=1)

    step = min(float(np.expm1(np.log(growth) * (scene.round + 1))), budget.share)
    return chaffed(scene, PoisonBudget(step), spread)
