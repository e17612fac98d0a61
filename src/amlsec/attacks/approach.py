"""On the way to a target, as far as a model lets a row pass."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.data import BENIGN, MALICIOUS, Batch, Rows
from amlsec.oracle import Model, fitted
from amlsec.scene import Poison, Scene, edits

Floats = NDArray[np.float64]
_POINTS, _ROUNDS = 64, 6
_INSIDE = 1 - 1e-9
_USUAL = 0.95
"""Share of the rows he knows that his guess of a model accepts."""


@dataclass(frozen=True, slots=True, eq=False)
class Ball:
    """What an attacker takes for the model where he knows none: a sphere about the usual rows."""

    centre: Floats
    radius: float

    def labels(self, X: Rows, /) -> NDArray[np.int64]:
        return (self.scores(X) > 0).astype(np.int64)

    def scores(self, X: Rows, /) -> Floats:
        return np.asarray(np.linalg.norm(X - self.centre, axis=1) - self.radius)


def seen(scene: Scene) -> Batch:
    """All rows he has seen: others' and his own as they would honestly be."""
    return scene.own if scene.known is None else scene.known + scene.own


def usual(scene: Scene) -> Batch:
    """The benign ones among them, or all where there are none."""
    rows = seen(scene)
    benign = rows.labelled(BENIGN)
    return benign if len(benign) else rows


def victim(scene: Scene) -> Any:
    """A copy of what is deployed, else what the learner makes of all he has seen; None where there is neither."""
    from sklearn.base import clone

    if scene.deployed is not None or scene.learner is None:
        return deepcopy(scene.deployed)
    rows = seen(scene)
    try:
        return clone(scene.learner).fit(rows.X, rows.y)
    except ValueError:
        return None


def believed(estimator: Any, scene: Scene) -> Model:
    """The victim as a model; without one, a sphere that accepts 95 % of the usual rows he has seen."""
    if estimator is not None:
        return fitted(estimator)
    X = usual(scene).X
    centre = X.mean(axis=0)
    return Ball(centre, float(np.quantile(np.linalg.norm(X - centre, axis=1), _USUAL)))


def is_sphere(estimator: Any) -> bool:
    """Whether the victim is a sphere about a centre that follows its rows by a known rule."""
    return all(hasattr(estimator, name) for name in ("memory_", "radius_", "rule"))


def centre_of(estimator: Any, scene: Scene) -> Floats:
    """Where the victim's sphere lies, if it is one; else the mean of the usual rows he has seen (d,)."""
    centre: Floats = estimator.memory_.centre if is_sphere(estimator) else usual(scene).X.mean(axis=0)
    return centre


def within_reach(estimator: Any, start: Floats, goal: Floats) -> Floats:
    """The goal (d,), or the end of the victim's sphere on the way to it, if it is one: a search may start there.

    It is short of the edge by 10^-9, on which rounding would decide.
    """
    distance = float(np.linalg.norm(goal - start))
    radius = _INSIDE * estimator.radius_ if is_sphere(estimator) else np.inf
    return goal if distance <= radius else np.asarray(start + radius / distance * (goal - start))


def furthest_accepted(model: Model, start: Floats, goal: Floats, shaped: Callable[[Floats], Floats]) -> Floats:
    """The point between start and goal (d,) nearest to the goal that passes: of 64, and then ever finer.

    It is found to 10^-10 of the way. `shaped` puts points (m, d) into the form that rows have, as whole numbers and within
    bounds. Where none passes, it is the start.

    >>> model = Ball(np.zeros(1), 1.0)
    >>> furthest_accepted(model, np.zeros(1), np.array([4.0]), lambda x: x).round(9)
    array([1.])
    """
    low, way = 0.0, 1.0
    for _ in range(_ROUNDS):
        shares = low + way * np.linspace(0, 1, _POINTS + 1)
        passing = np.flatnonzero(model.labels(shaped(start + shares[:, None] * (goal - start))) != MALICIOUS)
        low = float(shares[passing[-1]]) if len(passing) else low
        if low == 1:
            break
        way = min(way / _POINTS, 1.0 - low)
    return np.asarray(shaped((start + low * (goal - start))[None])[0])


def shaper(scene: Scene) -> Callable[[Floats], Floats]:
    """Points (m, d) as rows of the scene's space may look, changed from one of his own."""
    model = scene.own.X[:1]

    def shaped(points: Floats) -> Floats:
        rows: Floats = scene.space.project(np.repeat(model, len(points), axis=0), points, np.inf)
        return rows

    return shaped


def replaced(scene: Scene, crafted: list[Floats]) -> Poison:
    """His first rows, in time where they have one, become these in turn, said to be benign."""
    order = np.arange(len(scene.own)) if scene.own.time is None else np.argsort(scene.own.time, kind="stable")
    positions = order[: len(crafted)]
    rows = scene.own.rows(positions).relabelled(np.full(len(positions), BENIGN))
    return edits(positions, replace(rows, X=np.array(crafted)))
