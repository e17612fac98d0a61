"""Losses of a row's margin, its label's sign times the evidence: convex, falling, with a curvature that is bounded."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from amlsec.impact.contract import Floats

_PROX_STEPS = 60
_EXCESS = 1e-14
_FAR = 300.0  # a change of margins whose exponential is still a number, also times one as large


class Derivatives(NamedTuple):
    """The first and second derivative of a loss by the margin, of any shape."""

    slope: Floats
    curvature: Floats


class Optimal(NamedTuple):
    """The base's rows (n,) at its optimum.

    Attributes
    ----------
    margin, weight, radius : with `radius` their length in the metric
    relative : what turns a row's curvature elsewhere into its share of the one here
    """

    margin: Floats
    weight: Floats
    radius: Floats
    relative: Floats


class Drift(NamedTuple):
    """What Hessians can be anywhere in a ball (k,), against the metric H, the one at the base's optimum.

    Attributes
    ----------
    most : the difference from H is no more than H times this (k,), either way
    least : H times this (k,) is no more than any Hessian in the ball
    """

    most: Floats
    least: Floats


class Loss(Protocol):
    """A loss of margins of any shape."""

    def value(self, margin: Floats) -> Floats:
        """The loss itself."""

    def derivatives(self, margin: Floats) -> Derivatives:
        """Its slope and curvature."""

    def range(self, margin: Floats, curvature: Floats, radius: Floats) -> tuple[Floats, Floats]:
        """The least and the most that the curvature can be within a radius of the margin."""

    def drift(self, base: Optimal, margin: Floats, curvature: Floats, ball: Floats) -> Drift:
        """A quick bound on the drift in balls (k,) around points with these margins and curvatures (k, n)."""

    def pull(self, margin: Floats, step: Floats, weight: Floats) -> Floats:
        """The g (k,) with g = -weight slope(margin + step g): how hard a row pulls once the model has given way."""


class Logistic:
    """log(1 + exp(-margin)); its curvature changes by no more than its own size."""

    def value(self, margin: Floats) -> Floats:
        return np.logaddexp(0.0, -margin)

    def derivatives(self, margin: Floats) -> Derivatives:
        curvature = np.minimum(margin, _FAR)
        np.exp(curvature, out=curvature)
        tail = curvature + 1.0
        np.reciprocal(tail, out=tail)
        curvature *= tail
        curvature *= tail
        return Derivatives(np.negative(tail, out=tail), curvature)

    def range(self, margin: Floats, curvature: Floats, radius: Floats) -> tuple[Floats, Floats]:
        factor = np.exp(np.minimum(radius, _FAR))
        return curvature / factor, np.minimum(curvature * factor, 0.25)

    def drift(self, base: Optimal, margin: Floats, curvature: Floats, ball: Floats) -> Drift:
        """By the row whose curvature changes by the largest factor."""
        relative = curvature * base.relative
        factor = np.exp(np.minimum(ball * base.radius.max(), _FAR))
        low, high = relative.min(axis=1) / factor, relative.max(axis=1) * factor
        return Drift(np.maximum(high - 1.0, 1.0 - low), np.minimum(low, 1.0))

    def pull(self, margin: Floats, step: Floats, weight: Floats) -> Floats:
        """Newton's steps on the margin, kept by bisection between margin and margin + step weight."""
        low, high = margin, margin + step * weight
        enough = _EXCESS * (1.0 + np.abs(margin) + step * weight)
        at = high
        for _ in range(_PROX_STEPS):
            slope, curvature = self.derivatives(at)
            excess = at - margin + step * weight * slope
            if (np.abs(excess) <= enough).all():
                break
            high, low = np.where(excess > 0, at, high), np.where(excess > 0, low, at)
            newton = at - excess / (1.0 + step * weight * curvature)
            at = np.where((newton >= low) & (newton <= high), newton, (low + high) / 2)
        return -weight * self.derivatives(at).slope


class SquaredHinge:
    """max(0, 1 - margin) squared; its curvature is 2 below a margin of 1, and 0 from there on."""

    def value(self, margin: Floats) -> Floats:
        short = np.maximum(0.0, 1.0 - margin)
        return np.asarray(short * short)

    def derivatives(self, margin: Floats) -> Derivatives:
        short = np.maximum(0.0, 1.0 - margin)
        return Derivatives(-2.0 * short, np.where(short > 0, 2.0, 0.0))

    def range(self, margin: Floats, curvature: Floats, radius: Floats) -> tuple[Floats, Floats]:
        return _bent(margin + radius < 1.0), _bent(margin - radius < 1.0)

    def drift(self, base: Optimal, margin: Floats, curvature: Floats, ball: Floats) -> Drift:
        """By the lengths of all rows that can change sides."""
        was_bent, counted = base.margin < 1.0, 2.0 * base.weight * base.radius**2
        changed = np.abs(margin - 1.0) <= ball[:, None] * base.radius
        changed |= (curvature > 0) != was_bent
        sums = changed.astype(np.float64) @ np.column_stack([counted, counted * was_bent])
        return Drift(sums[:, 0], 1.0 - sums[:, 1])

    def pull(self, margin: Floats, step: Floats, weight: Floats) -> Floats:
        return 2.0 * weight * np.maximum(0.0, 1.0 - margin) / (1.0 + 2.0 * weight * step)


def _bent(inside: NDArray[np.bool_]) -> Floats:
    return np.where(inside, 2.0, 0.0)
