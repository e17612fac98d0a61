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
_CLOSE = 1e-12  # a gradient's length that is as good as none
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
        return _State(*(column[which] for column in self))


def optimum(metric: Metric, units: Cases, start: Rowwise) -> Step:
    """The optimum of each unit, from where these pulls lead."""
    at = units.coordinates.back(start)
    state = _state(metric, units, at, units.coordinates.image(at))
    busy = np.flatnonzero(state.length > _CLOSE)
    for _ in range(_STEPS):
        if not len(busy):
            break
        some, here = units.take(busy), state.take(busy)
        new = _moved(metric, some, here, _direction(metric, some, here))
        shorter = new.length < here.length
        for old, column in zip(state, new, strict=True):
            old[busy[shorter]] = column[shorter]
        busy = busy[shorter & (new.length > _CLOSE)]
    return _proved(metric, units, state)


def _state(metric: Metric, units: Cases, at: Floats, image: Rowwise) -> _State:
    """The pulls are those that would answer the slopes: the gradient is the place less where they lead."""
    base = units.base_weight * metric.loss.derivatives(metric.margin + image.base).slope
    own = units.weight * metric.loss.derivatives(units.margin + image.own).slope
    pulls = Rowwise(metric.slope + metric.curvature * image.base - base, -own)
    gradient = at - units.coordinates.back(pulls)
    length = units.coordinates.length(gradient, units.coordinates.image(gradient))
    return _State(at, *image, *pulls, gradient, length)


def _direction(metric: Metric, units: Cases, here: _State) -> tuple[Floats, Rowwise]:
    """Newton's step and its image, by conjugate gradients; more exactly the nearer the optimum is."""
    space, bend = units.coordinates, _bend(metric, units, here)
    left = -here.gradient
    left_image = space.image(left)
    found, found_image = np.zeros_like(left), Rowwise(*map(np.zeros_like, left_image))
    way, way_image = left, left_image
    size = start = space.dot(left, left, left_image)
    goal = start * np.minimum(0.01, np.maximum(start, 1e-24))
    for _ in range(_PRODUCTS):
        bent = way + space.back(Rowwise(bend.base * way_image.base, bend.own * way_image.own))
        steep = space.dot(bent, way, way_image)
        step = np.divide(size, steep, out=np.zeros(len(size)), where=(size > goal) & (steep > 0))
        if not step.any():
            break
        found, found_image = _plus(found, step, way), _both_plus(found_image, step, way_image)
        left = _plus(left, -step, bent)
        left_image = space.image(left)
        before, size = size, np.where(step > 0, np.maximum(space.dot(left, left, left_image), 0.0), size)
        turn = np.divide(size, before, out=np.zeros(len(size)), where=before > 0)
        way, way_image = _plus(left, turn, way), _both_plus(left_image, turn, way_image)
    return found, found_image


def _bend(metric: Metric, units: Cases, here: _State) -> Rowwise:
    """By how much the curvatures are more than those of the base at its optimum."""
    base = metric.loss.derivatives(metric.margin + here.image_of_base).curvature
    own = metric.loss.derivatives(units.margin + here.image_of_own).curvature
    return Rowwise(units.base_weight * base - metric.curvature, units.weight * own)


def _plus(one: Floats, factor: Floats, other: Floats) -> Floats:
    return one + factor[:, None] * other


def _both_plus(one: Rowwise, factor: Floats, other: Rowwise) -> Rowwise:
    return Rowwise(_plus(one.base, factor, other.base), _plus(one.own, factor, other.own))


def _moved(metric: Metric, units: Cases, here: _State, step: tuple[Floats, Rowwise]) -> _State:
    """As much of the step as shortens the gradient: all, or half as often as needed."""
    change, image = step
    share = np.ones(len(change))
    for _ in range(_HALVINGS):
        moved = _both_plus(Rowwise(here.image_of_base, here.image_of_own), share, image)
        new = _state(metric, units, _plus(here.at, share, change), moved)
        long = (new.length >= here.length) & (here.length > 1e3 * _CLOSE)
        if not long.any():
            break
        share = np.where(long, share / 2, share)
    return new


def _proved(metric: Metric, units: Cases, state: _State) -> Step:
    """Where the pulls lead, which is a gradient's length from the point itself."""
    margin = metric.margin + state.image_of_base
    left = state.length + metric.residue
    ball = 4 * left + _LEAST_BALL
    now = metric.loss.derivatives(margin).curvature
    error = distance(left, least_curvature(metric, margin, now, units.base_weight, ball), ball) + state.length
    reach = units.coordinates.length(state.at, Rowwise(state.image_of_base, state.image_of_own)) + error
    return Step(state.pull_of_base, state.pull_of_own, error, reach)
