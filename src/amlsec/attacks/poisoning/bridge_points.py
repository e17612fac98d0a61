"""Bridge points: rows half-way between clusters, so that those that should stay apart are taken for one."""

from __future__ import annotations

from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from amlsec.budget import PoisonBudget
from amlsec.catalogue import Victim, poisoning
from amlsec.clusters import Labels, apart, clusters
from amlsec.data import MALICIOUS, Batch, Rows
from amlsec.errors import InvalidInput
from amlsec.scene import Poison, Scene, additions, nothing
from amlsec.space.contract import Space
from amlsec.space.tabular import tabular
from amlsec.threat import Influence, Knowledge, Specificity, ThreatModel, Violation

_LARGEST = 9  # clusters, whose gaps are tried for each point
_SEEN = 2000  # rows at most that he clusters
_TRIED = 200  # points at most that he tries, one a bridge at least


@poisoning(
    code="AML-P17",
    threat=ThreatModel(Influence.CAUSATIVE, Violation.AVAILABILITY, Specificity.INDISCRIMINATE),
    knowledge=Knowledge.MODEL,
    spaces=("tabular",),
    references=("biggio2013data",),
    victim=Victim.CLUSTERER,
)
def bridge_points(scene: Scene, /, *, budget: PoisonBudget, rng: np.random.Generator, copies: int = 1) -> Poison:
    """Add rows half-way across the gaps between clusters whose joining changes the clustering most.

    The heuristic "bridge (best)" of Biggio et al. (2013) against single linkage: the gaps are the shortest ways between
    clusters, here between each two of the nine largest; a point in the middle of each is tried on the clusterer he knows,
    and the one after which the seen rows' clusters are furthest from what they were (`clusters.apart`) stays; of equals, the
    one between the larger clusters. Then the next point is sought. Where there are many to seek he tries fewer gaps for
    each, those between larger clusters, 200 in all and at least one each; last points that lessen the harm are left out. A
    point starts from the row at the gap's end and is moved as the space allows. He clusters 2,000 of the rows he has seen at
    most. Without a clusterer he supposes single linkage of two clusters. Against one that looks at density a bridge is made
    of `copies` equal points, at least 1. Raises InvalidInput where there are fewer, or where the space is not a table's.

    >>> from sklearn.cluster import AgglomerativeClustering
    >>> from amlsec.space.tabular import infer
    >>> rows = Batch(np.array([[0.0], [0.6], [1.2], [8.2], [8.8]]), np.zeros(5, dtype=np.int64))
    >>> linkage = AgglomerativeClustering(None, distance_threshold=4, linkage="single")
    >>> scene = Scene(rows.rows([]), 5, infer(rows.X, ["size"]), rows, linkage)
    >>> bridge_points(scene, budget=PoisonBudget(0.2), rng=np.random.default_rng(0)).added.X
    array([[4.7]])
    """
    if copies < 1:
        raise InvalidInput("copies", copies, "must be at least 1")
    seen, count = _seen(scene, rng), budget.rows(of=scene.total) // copies
    if not count or len(seen) < 2:
        return nothing(scene.own)
    added = _bridges(seen, _clusterer(scene), tabular(scene.space), count, copies)
    return additions(Batch(added, np.full(len(added), MALICIOUS)))


def _seen(scene: Scene, rng: np.random.Generator) -> Rows:
    rows: Rows = (scene.own if scene.known is None else scene.known).X
    return rows if len(rows) <= _SEEN else rows[np.sort(rng.choice(len(rows), _SEEN, replace=False))]


def _clusterer(scene: Scene) -> Any:
    from sklearn.cluster import AgglomerativeClustering

    return AgglomerativeClustering(linkage="single") if scene.learner is None else scene.learner


def _bridges(seen: Rows, clusterer: Any, space: Space, count: int, copies: int) -> Rows:
    """Up to so many bridges, one after another; fewer where no gap is left, or where the last ones do less harm."""
    rows, found = seen, clusters(clusterer, seen)
    before, tries, kept, most = found, max(1, _TRIED // count), seen, 0.0
    for _ in range(count):
        gaps = _gaps(rows, found)
        ends = rows[gaps.near]
        points = space.project(ends, (ends + rows[gaps.far]) / 2, np.inf)
        # the middle of a gap too wide for one point is there already
        new = np.flatnonzero((points[:, None] != rows).any(axis=2).all(axis=1))
        if not len(new):
            break
        new = new[np.argsort(-gaps.joined[new], kind="stable")[:tries]]
        longer = [np.concatenate([rows, np.repeat(point[None], copies, axis=0)]) for point in points[new]]
        after = [clusters(clusterer, tried) for tried in longer]
        harm = [(apart(before, now[: len(seen)]), size) for now, size in zip(after, gaps.joined[new], strict=True)]
        best = harm.index(max(harm))
        rows, found = longer[best], after[best]
        kept, most = (rows, harm[best][0]) if harm[best][0] >= most else (kept, most)
    return kept[len(seen) :]


class _Gaps(NamedTuple):
    """Positions of the rows at the ends of gaps, and the product of the sizes of the clusters that they would join."""

    near: NDArray[np.intp]
    far: NDArray[np.intp]
    joined: NDArray[np.int64]


def _gaps(rows: Rows, found: Labels) -> _Gaps:
    """The shortest ways between the largest clusters."""
    from scipy.spatial.distance import cdist

    sizes = np.bincount(found)
    members = [np.flatnonzero(found == cluster) for cluster in np.argsort(-sizes, kind="stable")[:_LARGEST]]
    gaps = []
    for one, two in combinations(members, 2):
        way = cdist(rows[one], rows[two])
        near, far = np.unravel_index(way.argmin(), way.shape)
        gaps.append((one[near], two[far], len(one) * len(two)))
    return _Gaps(*np.array(gaps, dtype=np.intp).reshape(-1, 3).T)
