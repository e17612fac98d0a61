"""The optimum with (or without) units of rows, to rounding: Newton's steps for many units at once.

Each step is solved by conjugate gradients in the metric of the base's optimum. A unit changes the Hessian in few
directions, so that few products with the base's rows suffice.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from amlsec.impact.certified.bounds import distance, least_curvature
from amlsec.impact.certified.metric import Metric
from amlsec.impact.certified.steps import Step
from amlsec.impact.contract import Floats
from amlsec.impact.units import Positions

_STEPS = 100
_PRODUCTS = 60
_HALVINGS = 30
_CLOSE = 1e-13
_LEAST_BALL = 1e-6


class Cases(NamedTuple):
    """k units of r rows each.

    Attributes
    ----------
    products : with the base's rows (k, r, n0), in the metric
    inner : with each other (k, r, r)
    margin, weight : of the rows (k, r), at the base's optimum
    base_weight : of the base's rows (k, n0) or (1, n0) where no unit takes any out
    """

    products: Floats
    inner: Floats
    margin: Floats
    weight: Floats
    base_weight: Floats

    def take(self, which: Positions) -> Cases:
        """The units at these places."""
        base = self.base_weight if len(self.base_weight) == 1 else self.base_weight[which]
        return Cases(self.products[which], self.inner[which], self.margin[which], self.weight[which], base)


class Dual(NamedTuple):
    """A gradient or a change S'base + the unit's rows times own: (k, n0) and (k, r)."""

    base: Floats
    own: Floats

    def plus(self, factor: Floats, other: Dual) -> Dual:
        """This and the other times a factor (k,)."""
        return Dual(self.base + factor[:, None] * other.base, self.own + factor[:, None] * other.own)

    def dot(self, other: Dual) -> Floats:
        """The products (k,) with the images of another."""
        return np.einsum("ij,ij->i", self.base, other.base) + np.einsum("ij,ij->i", self.own, other.own)

    def take(self, which: Positions) -> Dual:
        """Those of these units."""
        return Dual(self.base[which], self.own[which])


def optimum(metric: Metric, units: Cases, start: Step) -> Step:
    """The optimum of each unit, from a first step."""
    at = Dual(start.beta.copy(), start.gamma.copy())
    image = _image(metric, units, at)
    gradient, curvature = _derivatives(metric, units, at, image)
    length = _length(metric, units, gradient)
    busy = np.flatnonzero(length > 0)
    for _ in range(_STEPS):
        if not len(busy):
            break
        some = units.take(busy)
        change, change_image = _direction(metric, some, gradient.take(busy), curvature.take(busy))
        state = _moved(metric, some, (at.take(busy), image.take(busy)), (change, change_image), length[busy])
        shorter = state.length < length[busy]
        for old, new in zip((*at, *image, *gradient, *curvature, length), state.columns(), strict=True):
            old[busy[shorter]] = new[shorter]
        busy = busy[shorter & (state.length > _CLOSE)]
    return _proved(metric, units, at, image, curvature, length)


class _State(NamedTuple):
    at: Dual
    image: Dual
    gradient: Dual
    curvature: Dual
    length: Floats

    def columns(self) -> tuple[Floats, ...]:
        return (*self.at, *self.image, *self.gradient, *self.curvature, self.length)


def _image(metric: Metric, units: Cases, dual: Dual) -> Dual:
    """What a change does to the margins of the base's rows and of the unit's own."""
    base = metric.spread(dual.base) + np.matmul(dual.own[:, None], units.products)[:, 0]
    own = np.matmul(units.products, dual.base[:, :, None])[:, :, 0] + np.matmul(dual.own[:, None], units.inner)[:, 0]
    return Dual(base, own)


def _derivatives(metric: Metric, units: Cases, at: Dual, image: Dual) -> tuple[Dual, Dual]:
    """The gradient, and by how much the curvatures are more than the base's at its optimum."""
    base = metric.loss.derivatives(metric.margin + image.base)
    own = metric.loss.derivatives(units.margin + image.own)
    residual = units.base_weight * base.slope - metric.slope - metric.curvature * image.base
    gradient = Dual(at.base + residual, at.own + units.weight * own.slope)
    return gradient, Dual(units.base_weight * base.curvature - metric.curvature, units.weight * own.curvature)


def _length(metric: Metric, units: Cases, gradient: Dual) -> Floats:
    return np.sqrt(np.maximum(gradient.dot(_image(metric, units, gradient)), 0.0))


def _direction(metric: Metric, units: Cases, gradient: Dual, curvature: Dual) -> tuple[Dual, Dual]:
    """Newton's step and its image, by conjugate gradients; more exactly the nearer the optimum is."""
    zeros = np.zeros(len(gradient.base))
    found = found_image = Dual(np.zeros_like(gradient.base), np.zeros_like(gradient.own))
    left = Dual(-gradient.base, -gradient.own)
    left_image = _image(metric, units, left)
    way, way_image = left, left_image
    size = start = left.dot(left_image)
    goal = start * np.minimum(0.01, np.maximum(start, 1e-24))
    for _ in range(_PRODUCTS):
        bent = Dual(way.base + curvature.base * way_image.base, way.own + curvature.own * way_image.own)
        steep = bent.dot(way_image)
        step = np.divide(size, steep, out=zeros.copy(), where=(size > goal) & (steep > 0))
        if not step.any():
            break
        found, found_image = found.plus(step, way), found_image.plus(step, way_image)
        left = left.plus(-step, bent)
        left_image = _image(metric, units, left)
        before, size = size, np.where(step > 0, np.maximum(left.dot(left_image), 0.0), size)
        turn = np.divide(size, before, out=zeros.copy(), where=before > 0)
        way, way_image = left.plus(turn, way), left_image.plus(turn, way_image)
    return found, found_image


def _moved(metric: Metric, units: Cases, here: tuple[Dual, Dual], step: tuple[Dual, Dual], length: Floats) -> _State:
    """As much of the step as shortens the gradient: all, or half as often as needed."""
    share = np.ones(len(length))
    for _ in range(_HALVINGS):
        at, image = (one.plus(share, two) for one, two in zip(here, step, strict=True))
        gradient, curvature = _derivatives(metric, units, at, image)
        new = _length(metric, units, gradient)
        long = (new >= length) & (length > 1e3 * _CLOSE)
        if not long.any():
            break
        share = np.where(long, share / 2, share)
    return _State(at, image, gradient, curvature, new)


def _proved(metric: Metric, units: Cases, at: Dual, image: Dual, curvature: Dual, length: Floats) -> Step:
    left = length + metric.residue
    ball = 4 * left + _LEAST_BALL
    margin, now = metric.margin + image.base, metric.loss.derivatives(metric.margin + image.base).curvature
    least = least_curvature(metric, margin, now, units.base_weight, ball)
    reach = np.sqrt(np.maximum(at.dot(image), 0.0))
    error = distance(left, least, ball)
    return Step(at.base, at.own, error, reach + error)
