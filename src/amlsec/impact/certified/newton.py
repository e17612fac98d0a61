"""The optimum with (or without) units of rows, to rounding: Newton's steps for many units at once.

Each step is solved by conjugate gradients in the metric of the base's optimum. A unit changes the Hessian in few
directions, so that few products with the base's rows suffice.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from amlsec.impact.certified.bounds import distance, least_curvature
from amlsec.impact.certified.coordinates import Coordinates, Rowwise
from amlsec.impact.certified.metric import Metric
from amlsec.impact.certified.steps import Step
from amlsec.impact.contract import Floats
from amlsec.impact.units import Positions

_STEPS = 100
_PRODUCTS = 60
_HALVINGS = 30
ROUNDING = 1e-10
"""A gradient's length that is as good as none."""
_ROUGH = 1e-9
_LEAST_BALL = 1e-6


class Cases(NamedTuple):
    """k units of r rows each.

    Attributes
    ----------
    coordinates : of the weights, in which the rows are known
    margin, weight : of the rows (k, r), at the base's optimum
    base_weight : of the base's rows (k, n0), or (1, n0) where no unit takes any out
    """

    coordinates: Coordinates
    margin: Floats
    weight: Floats
    base_weight: Floats

    def take(self, which: Positions) -> Cases:
        """The units at these places."""
        base = self.base_weight if len(self.base_weight) == 1 else self.base_weight[which]
        return Cases(self.coordinates.take(which), self.margin[which], self.weight[which], base)


class _State(NamedTuple):
    """Where units stand (k, .), how that moves the margins, what pulls the slopes there make, and what gradient is left."""

    at: Floats
    image_of_base: Floats
    image_of_own: Floats
    pull_of_base: Floats
    pull_of_own: Floats
    gradient: Floats
    length: Floats

    def take(self, which: Positions) -> _State:
        """Those of these units."""
        return _State(*(column[which] for column in self))


def optimum(metric: Metric, units: Cases, start: Rowwise, close: float = ROUNDING) -> Step:
    """The optimum of each unit, from where these pulls lead, to a gradient of at most this length where that can be."""
    state = _state(metric, units, units.coordinates.back(start))
    busy = np.flatnonzero(state.length > close)
    for _ in range(_STEPS):
        if not len(busy):
            break
        some, here = units.take(busy), state.take(busy)
        new = _moved(metric, some, here, _direction(metric, some, here, close))
        better = (new.length < here.length) | (here.length > _ROUGH)
        for old, column in zip(state, new, strict=True):
            old[busy[better]] = column[better]
        busy = busy[better & (new.length > close)]
    return _proved(metric, units, state)


def _state(metric: Metric, units: Cases, at: Floats) -> _State:
    """The pulls are those that would answer the slopes: the gradient is the place less where they lead."""
    image = units.coordinates.image(at)
    base = units.base_weight * metric.loss.derivatives(metric.margin + image.base).slope
    own = units.weight * metric.loss.derivatives(units.margin + image.own).slope
    pulls = Rowwise(metric.slope + metric.curvature * image.base - base, -own)
    gradient = at - units.coordinates.back(pulls)
    length = units.coordinates.length(gradient, units.coordinates.image(gradient))
    return _State(at, *image, *pulls, gradient, length)


def _direction(metric: Metric, units: Cases, here: _State, close: float) -> Floats:
    """Newton's step, by conjugate gradients; more exactly the nearer the optimum is."""
    space, bend = units.coordinates, _bend(metric, units, here)
    left = -here.gradient
    left_image = space.image(left)
    found, way, way_image = np.zeros_like(left), left, left_image
    size = start = space.dot(left, left, left_image)
    goal = np.maximum(start * np.minimum(0.01, start), close**2 / 4)
    for _ in range(_PRODUCTS):
        bent = way + space.back(Rowwise(bend.base * way_image.base, bend.own * way_image.own))
        steep = space.dot(bent, way, way_image)
        step = np.divide(size, steep, out=np.zeros(len(size)), where=(size > goal) & (steep > 0))
        if not step.any():
            break
        found, left = _plus(found, step, way), _plus(left, -step, bent)
        left_image = space.image(left)
        before, size = size, np.where(step > 0, np.maximum(space.dot(left, left, left_image), 0.0), size)
        turn = np.divide(size, before, out=np.zeros(len(size)), where=before > 0)
        way, way_image = _plus(left, turn, way), Rowwise(*map(_plus, left_image, (turn, turn), way_image))
    return found


def _bend(metric: Metric, units: Cases, here: _State) -> Rowwise:
    """By how much the curvatures are more than those of the base at its optimum."""
    base = metric.loss.derivatives(metric.margin + here.image_of_base).curvature
    own = metric.loss.derivatives(units.margin + here.image_of_own).curvature
    return Rowwise(units.base_weight * base - metric.curvature, units.weight * own)


def _plus(one: Floats, factor: Floats, other: Floats) -> Floats:
    return one + factor[:, None] * other


def _moved(metric: Metric, units: Cases, here: _State, change: Floats) -> _State:
    """After all of the change, or half as often as needed not to go far beyond the least objective on the way."""
    share, fall = np.ones(len(change)), _along(units, here, change)
    for _ in range(_HALVINGS):
        new = _state(metric, units, _plus(here.at, share, change))
        long = (_along(units, new, change) > -fall / 2) & (here.length > _ROUGH)
        if not long.any():
            break
        share = np.where(long, share / 2, share)
    return new


def _along(units: Cases, state: _State, change: Floats) -> Floats:
    """The slope (k,) of the objective on the way of a change."""
    return units.coordinates.dot(change, state.gradient, units.coordinates.image(state.gradient))


def _proved(metric: Metric, units: Cases, state: _State) -> Step:
    """Where the pulls lead, which is a gradient's length from the point itself."""
    margin = metric.margin + state.image_of_base
    left = state.length + metric.residue
    ball = 4 * left + _LEAST_BALL
    now = metric.loss.derivatives(margin).curvature
    found = distance(left, least_curvature(metric, margin, now, units.base_weight, ball), ball)
    error = np.minimum(found, distance(left, np.full(len(left), metric.floor), np.inf)) + state.length
    reach = units.coordinates.length(state.at, Rowwise(state.image_of_base, state.image_of_own)) + error
    return Step(state.pull_of_base, state.pull_of_own, error, reach)
