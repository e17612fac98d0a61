"""Chaff: volume that an attacker of a traffic detector adds to his flows while it learns.

Chaff is written as amounts (n, flows): for each time bin and each of his flows the volume divided by the usual mean load of
the links that carry it, which is what it costs. He wants to hide on all his flows alike, so each gets an equal part.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from amlsec.budget import PoisonBudget
from amlsec.data import BENIGN
from amlsec.errors import InvalidInput
from amlsec.oracle import fitted
from amlsec.scene import Poison, Scene, edits, nothing
from amlsec.space.traffic import TrafficSpace, traffic

Floats = NDArray[np.float64]
Spread = Callable[[TrafficSpace, Floats, Floats, float], Floats]
"""(space, his rows (n, links), the most that each row and flow bears (n, flows), what each flow gets) -> amounts."""
_HALVINGS = 40


def chaffed(scene: Scene, budget: PoisonBudget, spread: Spread) -> Poison:
    """His rows with the chaff that `spread` puts on them, the budget's share of all of it; y stays.

    Raises InvalidInput where the space is not of traffic, or the rows do not have its links.
    """
    space, total = traffic(scene.space), budget.share * scene.total
    if not total or not len(scene.own):
        return nothing(scene.own)
    X = np.asarray(scene.own.X, dtype=np.float64)
    if X.shape[1] != len(space.routing):
        raise InvalidInput("own", f"of shape {X.shape}", f"must have the loads of the routing's {len(space.routing)} links")
    amounts = spread(space, X, room(space, X), total / len(space.flows))
    touched = np.flatnonzero(amounts.any(axis=1))
    rows = scene.own.rows(touched)
    return edits(touched, replace(rows, X=X[touched] + loads(space, amounts[touched])))


def loads(space: TrafficSpace, amounts: Floats) -> Floats:
    """What chaff of such amounts (n, flows) adds to each link (n, links)."""
    added: Floats = (amounts * space.typical) @ space.directions.T
    return added


def room(space: TrafficSpace, X: Floats) -> Floats:
    """The most that each row bears on each flow (n, flows) where flows share evenly what a link can still carry."""
    if np.isinf(space.capacity).all():
        return np.full((len(X), len(space.flows)), np.inf)
    left = np.maximum(space.capacity - X, 0.0)[:, :, None]
    per_unit = space.directions * space.typical * (space.directions > 0).sum(axis=1, keepdims=True)
    bounds = np.divide(left, per_unit, out=np.full((*X.shape, len(space.flows)), np.inf), where=per_unit > 0)
    most: Floats = bounds.min(axis=1)
    return most


def in_proportion(weights: Floats, most: Floats, total: float) -> Floats:
    """Amounts (n,) that are min(level x weight, most) and sum to the total, or to what there is room for.

    >>> in_proportion(np.array([1.0, 2, 1]), np.array([9.0, 1, 9]), 4.0)
    array([1.5, 1. , 1.5])
    """
    amounts, some = np.zeros(len(weights)), np.flatnonzero(weights > 0)
    some = some[np.argsort(most[some] / weights[some], kind="stable")]
    share, bound = weights[some], most[some]
    full = np.concatenate([[0.0], np.cumsum(bound)[:-1]])
    level = (total - full) / np.cumsum(share[::-1])[::-1]
    fits = np.flatnonzero(level * share <= bound)
    amounts[some] = bound if not len(fits) else np.minimum(level[fits[0]] * share, bound)
    return amounts


def in_turn(order: NDArray[np.intp], most: Floats, total: float) -> Floats:
    """Amounts (n,) that fill one row after another, in this order, up to the most each bears, until the total is spent.

    >>> in_turn(np.array([2, 0, 1]), np.array([1.0, 1, 1]), 1.5)
    array([0.5, 0. , 1. ])
    """
    amounts = np.zeros(len(most))
    spent = np.concatenate([[0.0], np.cumsum(most[order])[:-1]])
    amounts[order] = np.clip(total - spent, 0.0, most[order])
    return amounts


def more_if_bigger(space: TrafficSpace, X: Floats, exponent: float = 1.0) -> Floats:
    """Weights (n, flows): (max(0, y - mean of y)) ** exponent, y the load of a flow's ingress link; 1 where y is constant.

    "Add more if bigger" of Rubinstein et al. (IMC 2009).
    """
    seen = X[:, space.ingress]
    above = np.maximum(seen - seen.mean(axis=0), 0.0)
    peak = above.max(axis=0)
    weights = np.divide(above, peak, out=np.ones_like(above), where=peak > 0) ** exponent
    return np.asarray(weights)


def quiet(space: TrafficSpace, X: Floats, deployed: object, most: float) -> Floats:
    """The amount (n,), the same on each flow and at most `most`, up to which a row raises no alarm; 0 where it does anyway.

    Found by halving, so that a detector is taken to accept a row's chaff up to some amount and none above it.
    """
    model, step = fitted(deployed), loads(space, np.ones((1, len(space.flows))))

    def accepted(amount: Floats) -> NDArray[np.bool_]:
        passed: NDArray[np.bool_] = model.labels(X + amount[:, None] * step) == BENIGN
        return passed

    low, high = np.zeros(len(X)), np.full(len(X), most)
    low = np.where(accepted(high), high, low)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        passes = accepted(middle)
        low, high = np.where(passes, middle, low), np.where(passes, high, middle)
    return np.where(accepted(low), low, 0.0)
