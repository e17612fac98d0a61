"""The game of clusterers: how poison changes where the other rows lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.budget import PoisonBudget
from amlsec.catalogue import Card, Victim
from amlsec.clusters import Labels, apart, clusters
from amlsec.data import Batch
from amlsec.errors import InvalidInput
from amlsec.frame import poison
from amlsec.scene import Poison, Scene, contaminate
from amlsec.space.contract import Space


@dataclass(frozen=True, slots=True)
class Clustered:
    """What poison did to the clusters of the rows that are not poison.

    Attributes
    ----------
    rows : how many rows that is
    poison : rows added and edited
    apart : `||Y Y' - Z Z'||_F` of memberships without and with the poison
    lost : 1 - adjusted Rand index of the two: 0 where nothing changed, about 1 where nothing is left
    clusters : how many there were and are, of those rows
    hidden : edited rows that share a cluster with a target, before and after
    """

    rows: int
    poison: int
    apart: float
    lost: float
    clusters: tuple[int, int]
    hidden: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class ClusteringPlay:
    """An attack on the clustering of some rows, within its budget, from one seed.

    Attributes
    ----------
    rows : all rows, the attacker's own among them as they would be if he were honest
    clusterer : what he supposes clusters them, an unfitted scikit-learn clusterer
    deployed : what does; None is that same
    own : positions of the rows he controls; none where he can only add
    targets : positions of the rows a targeted attack is about
    """

    card: Card
    rows: Batch
    clusterer: Any
    space: Space
    budget: PoisonBudget
    deployed: Any = None
    own: tuple[int, ...] = ()
    targets: tuple[int, ...] = ()


def clustering_game(play: ClusteringPlay, rng: np.random.Generator) -> Clustered:
    """Cluster the rows without and with the attack's poison, and compare; raises InvalidInput where it has other victims.

    >>> from sklearn.cluster import AgglomerativeClustering
    >>> from amlsec.catalogue import named
    >>> from amlsec.space.tabular import infer
    >>> X = np.concatenate([np.arange(0, 3, 0.3), np.arange(8, 11, 0.3)])[:, None]
    >>> rows = Batch(X, np.zeros(20, dtype=np.int64))
    >>> linkage = AgglomerativeClustering(None, distance_threshold=4, linkage="single")
    >>> play = ClusteringPlay(named("bridge-points"), rows, linkage, infer(X, ["x"]), PoisonBudget(0.05))
    >>> clustering_game(play, np.random.default_rng(0))
    Clustered(rows=20, poison=1, apart=14.142135623730951, lost=1.0, clusters=(2, 1), hidden=(0, 0))
    """
    if play.card.victim != Victim.CLUSTERER:
        raise InvalidInput("card", play.card.name, "must be an attack on clusterers")
    own, n = np.array(play.own, dtype=np.intp), len(play.rows)
    dose = poison(play.card, _scene(play, own), budget=play.budget, rng=rng)
    deployed = play.clusterer if play.deployed is None else play.deployed
    before = clusters(deployed, play.rows.X)
    after = clusters(deployed, contaminate(play.rows, own, dose).X)
    return _compared(before, after[:n], _replaced(own, dose), own[dose.edited], np.array(play.targets, dtype=np.intp), dose)


def _scene(play: ClusteringPlay, own: NDArray[np.intp]) -> Scene:
    target = play.rows.rows(np.array(play.targets, dtype=np.intp)) if play.targets else None
    return Scene(play.rows.rows(own), len(play.rows), play.space, play.rows.drop(own), play.clusterer, target)


def _replaced(own: NDArray[np.intp], dose: Poison) -> NDArray[np.intp]:
    """Positions of his rows that poison stands in place of."""
    spare = np.delete(own, dose.edited)[: len(dose.added)]
    return np.concatenate([own[dose.edited], spare])


def _compared(
    before: Labels,
    after: Labels,
    gone: NDArray[np.intp],
    edited: NDArray[np.intp],
    targets: NDArray[np.intp],
    dose: Poison,
) -> Clustered:
    from sklearn.metrics import adjusted_rand_score

    one, two = np.delete(before, gone), np.delete(after, gone)
    return Clustered(
        len(one),
        len(dose),
        apart(one, two),
        float(1 - adjusted_rand_score(one, two)),
        (len(np.unique(one)), len(np.unique(two))),
        (_with(before, edited, targets), _with(after, edited, targets)),
    )


def _with(found: Labels, rows: NDArray[np.intp], targets: NDArray[np.intp]) -> int:
    return int(np.isin(found[rows], found[targets]).sum())
