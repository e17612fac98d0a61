"""Two classes as columns of normal laws, smoothed by a share of the largest variance, and how units move them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from amlsec.impact.contract import Floats
from amlsec.impact.moments import Sums
from amlsec.impact.rank_updates import LEAST

_FACTORS = 16  # ratios multiplied before their logarithm is taken
_LIGHT = 1e-6  # a class of less weight has no variance to scikit-learn


class Normal(NamedTuple):
    """A class: its sign in the evidence, weight, means, variances, and the inverse of the smoothed ones (d,)."""

    sign: float
    weight: float
    mean: Floats
    variance: Floats
    precision: Floats

    @classmethod
    def of(cls, sign: float, X: Floats, weights: Floats, epsilon: float) -> Normal:
        """The class of these rows (n, d) with these weights (n,), and this much on top of each variance."""
        mean = weights @ X / weights.sum()
        variance = weights @ (X - mean) ** 2 / weights.sum()
        return cls(sign, float(weights.sum()), mean, variance, 1 / (variance + epsilon))

    def features(self, X: Any, gains: bool) -> list[Floats]:
        """What changes of the precisions do to the evidence of rows (m, d); and changes of the mean, where it gains rows."""
        less = X - self.mean
        return [-0.5 * self.sign * less * less, *([self.sign * less] if gains else [])]

    def log_likelihood(self, X: Any) -> Floats:
        """Of rows (m,), up to what all classes share, and without the prior."""
        return np.asarray(0.5 * (np.log(self.precision).sum() - ((X - self.mean) ** 2) @ self.precision))

    def sizes(self, X: Any, values: Floats) -> Floats:
        """The size (m,) of the terms of which rounding takes its share, in means of values of this size (d,) as well."""
        less = np.abs(X - self.mean)
        return np.asarray((less * (less + values)) @ self.precision + np.abs(np.log(self.precision)).sum())

    def smoothed(self, epsilon: Floats, out: Floats) -> Floats:
        """Under another smoothing (k, 1): writes the changes (k, d) of the precisions, returns those (k,) at the mean."""
        ratio = self.variance + epsilon
        np.divide(1.0, ratio, out=out)
        out -= self.precision
        ratio *= self.precision
        return -0.5 * log_product(ratio)

    def gaining(self, sums: Sums, epsilon: Floats, out: Floats) -> Floats:
        """The same with units; after the precisions' changes come the mean's, times the new precisions.

        NaN where digits are lost: a unit leaves too little of the class's weight or of a variance, or far outweighs it.
        """
        after = self.weight + sums.weight
        kept, (precision, moves) = self.weight / after, np.split(out, 2, axis=1)
        ratio = sums.variance(self.weight)
        ratio += self.variance
        ratio += epsilon / kept
        np.divide(1 / kept, ratio, out=precision)
        np.multiply(sums.first, precision, out=moves)
        moves /= after
        constant = np.einsum("kd,kd->k", sums.first, moves) / after[:, 0]
        precision -= self.precision
        ratio *= self.precision
        constant += log_product(ratio) + ratio.shape[1] * np.log(kept[:, 0])
        return np.where(_sound(kept, after, ratio), -0.5 * constant, np.nan)

    def moved(self, changes: Floats, gains: bool) -> Floats:
        """How far means and variances move (k,), squared, by changes written above."""
        precision = changes[:, : len(self.mean)] + self.precision
        spread = np.sum((1 / precision - 1 / self.precision) ** 2, axis=1)
        return np.asarray(spread + np.sum((changes[:, len(self.mean) :] / precision) ** 2, axis=1) if gains else spread)


def _sound(kept: Floats, after: Floats, ratio: Floats) -> Any:
    """Whether units (k,) leave enough of what was there; only those that take weight away can shrink a variance much."""
    enough = ((kept > LEAST) & (after > _LIGHT))[:, 0]
    if (kept > 1).any():
        enough &= ratio.min(axis=1) > LEAST
    return enough


class Spread:
    """The largest variance of any column of rows without weights (n, d), alone and with units."""

    def __init__(self, X: Floats, removing: bool) -> None:
        self.n, self.mean, self.removing = len(X), X.mean(axis=0), removing
        self.scatter = ((X - self.mean) ** 2).sum(axis=0)
        self.largest = float(self.scatter.max()) / self.n

    def largest_with(self, units: list[tuple[Floats, Sums]]) -> Floats:
        """The largest variance (k, 1) with units of sums around some centres (d,); NaN where little of it is left."""
        columns = self._columns(units)
        first, second, n = np.zeros(1), self.scatter[columns], np.full(1, float(self.n))
        for centre, sums in units:
            off, part = (centre - self.mean)[columns], sums.first[:, columns]
            moved = sums.weight * off
            first, second = first + part + moved, second + sums.second[:, columns] + (2 * part + moved) * off
            n = n + sums.weight
        found = (second - first * first / n).max(axis=1, keepdims=True) / n
        return np.where(found > LEAST * self.largest, found, np.nan)

    def _columns(self, units: list[tuple[Floats, Sums]]) -> Any:
        """The columns that can be the largest; all, where most can or rows are taken out."""
        if self.removing:
            return slice(None)
        most = self.scatter.copy()
        for centre, sums in units:
            most += 2 * (sums.second.max(axis=0, initial=0.0) + sums.weight.max(initial=0.0) * (centre - self.mean) ** 2)
        able = np.flatnonzero(most >= self.scatter.max() * (1 - 1e-9))
        return able if 2 * len(able) < len(most) else slice(None)


def log_product(ratios: Floats) -> Floats:
    """The logarithm of the product of each row (k,), by few logarithms.

    >>> log_product(np.full((1, 40), np.e)).round(9).tolist()
    [40.0]
    """
    k, d = ratios.shape
    whole = d - d % _FACTORS
    products = np.multiply.reduce(ratios[:, :whole].reshape(k, _FACTORS, whole // _FACTORS), axis=1)
    return np.asarray(np.log(products).sum(axis=1) + np.log(ratios[:, whole:]).sum(axis=1))
