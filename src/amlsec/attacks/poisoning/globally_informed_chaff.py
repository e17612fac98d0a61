"""Globally informed chaff: volume where all links together make it turn the components most."""

from __future__ import annotations

import numpy as np

from amlsec.attacks.chaff import Floats, chaffed, in_turn
from amlsec.budget import PoisonBudget
from amlsec.catalogue import Victim, poisoning
from amlsec.errors import InvalidInput
from amlsec.scene import Poison, Scene
from amlsec.space.traffic import TrafficSpace
from amlsec.threat import Influence, Knowledge, Specificity, ThreatModel, Violation


@poisoning(
    code="AML-P13",
    threat=ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY, Specificity.TARGETED),
    knowledge=Knowledge.DATA,
    spaces=("traffic",),
    references=("rubinstein2009antidote",),
    victim=Victim.DETECTOR,
)
def globally_informed_chaff(
    scene: Scene,
    /,
    *,
    budget: PoisonBudget,
    rng: np.random.Generator,
    cap: float = 1.0,
) -> Poison:
    """Add volume to his flows in the time bins in which all their links together are busiest.

    He sees the loads Y of all links, future ones included, and maximises the norm of (Y + C A') a for each of his flows,
    A the routing, a its column of the flow, C >= 0 what he adds on it, within the budget (Rubinstein et al. 2009). That norm
    is convex in C, so all of it would go into one time bin; here none takes more than `cap` times the usual mean load of the
    flow's links, or than even chaff would, or than its links can still carry. He fills the bins in which a unit of
    volume gains most, a full bin's gain taken: exact where all bins bear the same, else but for the bin filled last. The
    budget is spent exactly unless the links cannot carry it.

    Raises InvalidInput where `cap` is not above 0, or the space is not of traffic or has other links than the rows.

    >>> from amlsec.data import Batch
    >>> space = TrafficSpace(np.array([[1.0, 0.0], [1.0, 1.0]]), [0], np.array([10.0, 30.0]))
    >>> scene = Scene(Batch(np.array([[6.0, 9], [8, 19], [12, 9], [8, 18]]), np.zeros(4, dtype=np.int64)), 4, space)
    >>> poison = globally_informed_chaff(scene, budget=PoisonBudget(0.3), rng=np.random.default_rng(0))
    >>> poison.edited, space.volumes(scene.own.rows(poison.edited).X, poison.edits.X)[:, 0].round(6)
    (array([1, 3]), array([20.,  4.]))
    """
    if not cap > 0:
        raise InvalidInput("cap", cap, "must be above 0")

    def spread(space: TrafficSpace, X: Floats, most: Floats, total: float) -> Floats:
        bound = np.minimum(most, min(max(cap, total / len(X)), total))
        gain = X @ space.directions + (space.directions**2).sum(axis=0) * space.typical * bound / 2
        order = np.argsort(-gain, axis=0, kind="stable")
        return np.column_stack([in_turn(*each, total) for each in zip(order.T, bound.T, strict=True)])

    return chaffed(scene, budget, spread)
