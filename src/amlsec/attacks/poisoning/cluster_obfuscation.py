"""Cluster obfuscation: an attacker's rows move up to a cluster of others, so that they are taken for its members."""

from __future__ import annotations

import numpy as np

from amlsec.budget import PoisonBudget
from amlsec.catalogue import Victim, poisoning
from amlsec.clusters import clusters
from amlsec.data import BENIGN, MALICIOUS, Batch, Rows
from amlsec.errors import InvalidInput
from amlsec.scene import Poison, Scene, edits, nothing
from amlsec.space.tabular import tabular
from amlsec.threat import Influence, Knowledge, Specificity, ThreatModel, Violation


@poisoning(
    code="AML-P18",
    threat=ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY, Specificity.TARGETED),
    knowledge=Knowledge.MODEL,
    spaces=("tabular",),
    references=("biggio2013data",),
    victim=Victim.CLUSTERER,
)
def cluster_obfuscation(
    scene: Scene,
    /,
    *,
    budget: PoisonBudget,
    rng: np.random.Generator,
    part: float = 0.9,
    reach: float = np.inf,
) -> Poison:
    """Move malicious rows of his towards the nearest row of the cluster he wants to hide in.

    The obfuscation attack of Biggio et al. (2013): each row goes a `part` of the way, in (0, 1], to the nearest row of the
    cluster, and no further than `reach`, a Euclidean distance, before whole numbers are rounded, as the space allows; those
    with the shortest way first. The cluster to hide in is that of most rows he has seen nearest to the targets', by the
    clusterer he knows; without targets that of most benign rows, and without a clusterer all benign rows he has seen. Where
    there are none he does nothing.

    Raises InvalidInput where the part or the reach is out of range, or the space is not a table's.

    >>> from sklearn.cluster import AgglomerativeClustering
    >>> from amlsec.space.tabular import infer
    >>> seen = Batch(np.array([[0.0], [0.5], [1.1]]), np.zeros(3, dtype=np.int64))
    >>> own = Batch(np.array([[9.1]]), np.ones(1, dtype=np.int64))
    >>> linkage = AgglomerativeClustering(None, distance_threshold=4, linkage="single")
    >>> scene = Scene(own, 4, infer(np.concatenate([seen.X, own.X]), ["size"]), seen, linkage)
    >>> cluster_obfuscation(scene, budget=PoisonBudget(0.25), rng=np.random.default_rng(0)).edits.X
    array([[1.9]])
    """
    if not 0 < part <= 1:
        raise InvalidInput("part", part, "must lie in (0, 1]")
    if not reach > 0:
        raise InvalidInput("reach", reach, "must be above 0")
    space = tabular(scene.space)
    mine = np.flatnonzero(scene.own.y == MALICIOUS)
    goal = _goal(scene)
    if not len(goal) or not len(mine):
        return nothing(scene.own)
    nearest, way = _nearest(scene.own.X[mine], goal)
    chosen = np.argsort(way, kind="stable")[: budget.rows(of=scene.total)]
    rows = scene.own.rows(mine[chosen])
    share = np.minimum(part, reach / np.maximum(way[chosen], np.finfo(float).tiny))[:, None]
    moved = space.project(rows.X, rows.X + share * (goal[nearest[chosen]] - rows.X), np.inf)
    return edits(mine[chosen], Batch(moved, rows.y, rows.source, rows.time))


def _goal(scene: Scene) -> Rows:
    """The rows (m, d) of the cluster to hide in, of those he has seen."""
    seen = scene.own.labelled(BENIGN) if scene.known is None else scene.known
    benign = np.flatnonzero(seen.y == BENIGN)
    if scene.learner is None or len(seen) < 2:
        return seen.X[benign]
    found = clusters(scene.learner, seen.X)
    like = benign if scene.target is None or not len(scene.target) else _nearest(scene.target.X, seen.X)[0]
    most: Rows = seen.X[found == np.bincount(found[like]).argmax()] if len(like) else seen.X[:0]
    return most


def _nearest(rows: Rows, others: Rows) -> tuple[Rows, Rows]:
    """For each row the position of the nearest of the others, and how far it is."""
    from scipy.spatial.distance import cdist

    distance = cdist(rows, others)
    return distance.argmin(axis=1), distance.min(axis=1)
