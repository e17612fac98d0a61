"""Synthetic weeks of traffic after Rubinstein et al. (2009), fitted to a real one, for attacks that take months."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from _abilene import OC192, Floats

PERIODS_H = (7 * 24, 5 * 24, 3 * 24, 24, 12, 6, 3, 1.5)
_GAUSSIAN = 1.4826
_BURST = 4.0


@dataclass(frozen=True, eq=False)
class Recipe:
    """How each flow goes through a week.

    Attributes
    ----------
    course : the sum of a constant and of waves of 7, 5 and 3 days and 24, 12, 6, 3 and 1.5 hours (bins, flows)
    noise : standard deviation of the Gaussian noise (flows,)
    often : chance that a bin has a burst (flows,)
    size : mean of the exponential bursts (flows,)
    """

    course: Floats
    noise: Floats
    often: Floats
    size: Floats

    def week(self, rng: np.random.Generator) -> Floats:
        """What each flow carries (bins, flows): course, noise, and bursts at geometric intervals, in 0..OC-192."""
        noise = rng.normal(size=self.course.shape) * self.noise
        bursts = rng.exponential(size=self.course.shape) * self.size * (rng.random(self.course.shape) < self.often)
        return np.asarray(np.clip(self.course + noise + bursts, 0.0, OC192))


def fitted_to(week: Floats) -> Recipe:
    """Least squares for the course; noise by the median absolute deviation; what is 4 deviations above is a burst."""
    waves = _waves(len(week))
    course = waves @ np.linalg.lstsq(waves, week, rcond=None)[0]
    rest = week - course
    rest = rest - np.median(rest, axis=0)
    noise = _GAUSSIAN * np.median(np.abs(rest), axis=0)
    high = (rest > _BURST * noise) & (noise > 0)
    total = np.where(high, rest, 0.0).sum(axis=0)
    return Recipe(course, noise, high.mean(axis=0), total / np.maximum(high.sum(axis=0), 1))


def _waves(bins: int) -> Floats:
    hours = np.arange(bins)[:, None] / 12
    angles = 2 * np.pi * hours / np.array(PERIODS_H)
    return np.hstack([np.ones((bins, 1)), np.cos(angles), np.sin(angles)])
