"""Losses of a row's margin, its label's sign times the evidence: convex, falling, with a curvature that is bounded."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np

from amlsec.impact.contract import Floats

_PROX_STEPS = 60
_FAR = 300.0  # a change of margins whose exponential is still a number, also times one as large


class Derivatives(NamedTuple):
    """The first and second derivative of a loss by the margin, of any shape."""

    slope: Floats
    curvature: Floats


class Reach(NamedTuple):
    """How far margins (k, n) can move: no more than the ball (k,) of each unit times the radius (n,) of each row."""

    ball: Floats
    radius: Floats


class Loss(Protocol):
    """A loss of margins of any shape."""

    def value(self, margin: Floats) -> Floats:
        """The loss itself."""

    def derivatives(self, margin: Floats) -> Derivatives:
        """Its slope and curvature."""

    def range(self, margin: Floats, curvature: Floats, radius: Floats) -> tuple[Floats, Floats]:
        """The least and the most that the curvature can be within a radius of the margin."""

    def extremes(self, start: Floats, margin: Floats, relative: Floats, reach: Reach) -> tuple[Floats, Floats]:
        """A quick bound (k,), low and high, on curvatures near margins (k, n) against those at the start (n,).

        `relative` is what they are at the margins themselves.
        """

    def pull(self, margin: Floats, step: Floats, weight: Floats) -> Floats:
        """The g (k,) with g = -weight slope(margin + step g): how hard a row pulls once the model has given way."""


class Logistic:
    """log(1 + exp(-margin)); its curvature changes by no more than its own size."""

    def value(self, margin: Floats) -> Floats:
        return np.logaddexp(0.0, -margin)

    def derivatives(self, margin: Floats) -> Derivatives:
        with np.errstate(over="ignore"):
            tail = np.exp(margin)
        tail += 1.0
        np.reciprocal(tail, out=tail)
        return Derivatives(-tail, tail * (1.0 - tail))

    def range(self, margin: Floats, curvature: Floats, radius: Floats) -> tuple[Floats, Floats]:
        factor = np.exp(np.minimum(radius, _FAR))
        return curvature / factor, np.minimum(curvature * factor, 0.25)

    def extremes(self, start: Floats, margin: Floats, relative: Floats, reach: Reach) -> tuple[Floats, Floats]:
        factor = np.exp(np.minimum(reach.ball * reach.radius.max(), _FAR))
        return relative.min(axis=1) / factor, relative.max(axis=1) * factor

    def pull(self, margin: Floats, step: Floats, weight: Floats) -> Floats:
        """Newton's steps on the margin, kept by bisection between margin and margin + step weight."""
        low, high = margin.copy(), margin + step * weight
        at = high.copy()
        for _ in range(_PROX_STEPS):
            slope, curvature = self.derivatives(at)
            excess = at - margin + step * weight * slope
            if (np.abs(excess) <= 4e-16 * (1.0 + np.abs(at))).all():
                break
            high, low = np.where(excess > 0, at, high), np.where(excess > 0, low, at)
            newton = at - excess / (1.0 + step * weight * curvature)
            at = np.where((newton >= low) & (newton <= high), newton, (low + high) / 2)
        return -weight * self.derivatives(at).slope


class SquaredHinge:
    """max(0, 1 - margin) squared; its curvature is 2 below a margin of 1, and 0 from there on."""

    def value(self, margin: Floats) -> Floats:
        return np.maximum(0.0, 1.0 - margin) ** 2

    def derivatives(self, margin: Floats) -> Derivatives:
        short = np.maximum(0.0, 1.0 - margin)
        return Derivatives(-2.0 * short, 2.0 * (short > 0))

    def range(self, margin: Floats, curvature: Floats, radius: Floats) -> tuple[Floats, Floats]:
        return 2.0 * (margin + radius < 1.0), 2.0 * (margin - radius < 1.0)

    def extremes(self, start: Floats, margin: Floats, relative: Floats, reach: Reach) -> tuple[Floats, Floats]:
        """Whether any row can change sides."""
        inside = np.abs(1.0 - margin) > reach.ball[:, None] * reach.radius
        steady = (inside & ((margin < 1.0) == (start < 1.0))).all(axis=1)
        return np.where(steady, 1.0, 0.0), np.where(steady, 1.0, np.inf)

    def pull(self, margin: Floats, step: Floats, weight: Floats) -> Floats:
        return 2.0 * weight * np.maximum(0.0, 1.0 - margin) / (1.0 + 2.0 * weight * step)
