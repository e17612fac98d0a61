"""Centroid drift: rows on the edge of what is accepted drag a detector's centre to a target."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks.approach import (
    believed,
    centre_of,
    furthest_accepted,
    is_sphere,
    replaced,
    seen,
    shaper,
    victim,
    within_reach,
)
from amlsec.attacks.greedy_rows import best_row
from amlsec.budget import PoisonBudget
from amlsec.catalogue import Victim, poisoning
from amlsec.data import BENIGN, Batch
from amlsec.oracle import fitted
from amlsec.scene import Poison, Scene, nothing
from amlsec.threat import Influence, Knowledge, Specificity, ThreatModel, Violation

Floats = NDArray[np.float64]
_REACHES = (1.0, 0.95, 0.85, 0.7)


@poisoning(
    code="AML-P15",
    threat=ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY, Specificity.TARGETED),
    knowledge=Knowledge.MODEL,
    spaces=("tabular", "image"),
    references=("kloft2010online", "kloft2012security"),
    victim=Victim.DETECTOR,
)
def centroid_drift(scene: Scene, /, *, budget: PoisonBudget, rng: np.random.Generator) -> Poison:
    """Put rows on the edge of what is accepted, towards the target, so that the edge moves there.

    The greedy attack of Kloft and Laskov (2010, 2012), optimal for each single row: on a centre that averages, the point of
    its sphere in the target's direction; where the nearest remembered row is dropped, the best point of the best Voronoi
    cell. Once the target is accepted, his rows are the target itself.

    What is deployed and learns row after row is rehearsed on copies, with rows drawn from those he has seen in the others'
    place. He does not know when his rows will be learned, and one put too far out is rejected. So of several plans, rows
    made for the centre as it stands or as it follows, up to the edge or some way before it, he takes the one that leaves
    the target least suspicious when his rows come at random times. A model that is trained anew gets as many rows at the
    furthest point it accepts on the way from the usual rows to the target.

    Below knowledge `model` he takes it for a sphere about the rows he has seen. Rows lie within the bounds of the
    scene's space. His rows come in the order of their times, or of his rows. Without a target he does nothing. Raises
    nothing.

    >>> from amlsec.data import Batch
    >>> from amlsec.defenses.detectors.online_centroid import OnlineCentroid
    >>> from amlsec.space.tabular import infer
    >>> X = np.random.default_rng(0).normal(size=(100, 2))
    >>> rows, target = Batch(X, np.zeros(100, dtype=np.int64)), Batch(np.array([[9.0, 0.0]]), np.array([1]))
    >>> model = OnlineCentroid(radius=3.0, most_false_alarms=1).fit(X)
    >>> space = infer(np.array([[-20.5, -20.5], [20.5, 20.5]]), ["a", "b"])
    >>> scene = Scene(rows.rows(slice(50)), 50, space, rows, model, target, deployed=model)
    >>> poison = centroid_drift(scene, budget=PoisonBudget(0.98), rng=np.random.default_rng(0))
    >>> before = model.memory_.centre
    >>> moved = model.partial_fit(poison.edits.X).memory_.centre - before
    >>> round(float(np.linalg.norm(moved)) / 3.0, 2)  # radii, by 49 rows of a horizon of 100
    0.46
    """
    room = min(budget.rows(of=scene.total), len(scene.own))
    if not room or scene.target is None or not len(scene.target):
        return nothing(scene.own)
    estimator = victim(scene)
    if scene.deployed is None or not hasattr(estimator, "partial_fit"):
        return replaced(scene, _standing(scene, estimator, room, 1.0))
    crowd = seen(scene)
    one, two = (crowd.rows(rng.integers(len(crowd), size=scene.total - room)) for _ in range(2))
    plans = [_standing(scene, estimator, room, reach) for reach in _REACHES]
    plans += [_following(scene, deepcopy(estimator), np.array_split(one.X, room), reach) for reach in _REACHES]
    turns = rng.permutation(np.arange(scene.total) < room)
    return replaced(scene, min(plans, key=lambda plan: _left(scene, deepcopy(estimator), plan, two, turns)))


def _standing(scene: Scene, estimator: Any, room: int, reach: float) -> list[Floats]:
    """All rows at the point that drags the model, as it stands, furthest."""
    return [_row(scene, estimator, reach)] * room


def _following(scene: Scene, estimator: Any, between: list[Floats], reach: float) -> list[Floats]:
    """Each row made for what the model has become of those before it, and of the others' rows in between."""
    crafted: list[Floats] = []
    for others in between:
        _taught(estimator, others)
        crafted.append(_row(scene, estimator, reach))
        _taught(estimator, crafted[-1][None])
    return crafted


def _left(scene: Scene, estimator: Any, plan: list[Floats], others: Batch, turns: NDArray[np.bool_]) -> float:
    """How malicious the target still looks after a round in which these rows of his come at his turns."""
    stream = np.empty((len(turns), len(plan[0])))
    stream[turns], stream[~turns] = plan, others.X
    return float(fitted(_taught(estimator, stream)).scores(_target(scene)[None])[0])


def _taught(estimator: Any, X: Floats) -> Any:
    return estimator.partial_fit(X, np.full(len(X), BENIGN)) if len(X) else estimator


def _target(scene: Scene) -> Floats:
    assert scene.target is not None
    return np.asarray(scene.target.X.mean(axis=0))


def _row(scene: Scene, estimator: Any, reach: float) -> Floats:
    """The row that drags this model furthest, or that much of the way to it; the target itself where it is accepted."""
    shaped, model, start = shaper(scene), believed(estimator, scene), centre_of(estimator, scene)
    target = shaped(_target(scene)[None])
    if model.labels(target)[0] == BENIGN:
        return np.asarray(target[0])
    row = furthest_accepted(model, start, _goal(estimator, start, target[0]), shaped)
    return np.asarray(shaped((start + reach * (row - start))[None])[0])


def _goal(estimator: Any, start: Floats, target: Floats) -> Floats:
    """Of a sphere that learns by a known rule the best row; of another model the target."""
    edge = within_reach(estimator, start, target)
    if (edge == target).all() or not is_sphere(estimator):
        return edge
    radius = np.linalg.norm(edge - start)
    return best_row(estimator.rule, estimator.memory_, float(radius), (edge - start) / radius)
