"""A class as columns of normal laws with smoothed variances, and how units of rows move it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from amlsec.impact.contract import Floats
from amlsec.impact.moments import Sums
from amlsec.impact.rank_updates import LEAST

_FOLDS = 4  # times that ratios are multiplied in pairs before a logarithm is taken
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

    def features(self, X: Any) -> list[Floats]:
        """What changes of the precisions do to the evidence of rows (m, d); and changes of the mean times the precisions."""
        less = X - self.mean
        return [-0.5 * self.sign * less * less, self.sign * less]

    def log_likelihood(self, X: Any) -> Floats:
        """Of rows (m,), up to what all classes share, and without the prior."""
        return np.asarray(0.5 * (np.log(self.precision).sum() - ((X - self.mean) ** 2) @ self.precision))

    def sizes(self, X: Any, values: Floats) -> Floats:
        """The size (m,) of the terms of which rounding takes its share, in means of values of this size (d,) as well."""
        less = np.abs(X - self.mean)
        return np.asarray((less * (less + values)) @ self.precision + np.abs(np.log(self.precision)).sum())

    def smoothed(self, X: Any, epsilons: Floats) -> Floats:
        """What other smoothings (k,) do to the evidence of rows (m, k)."""
        variances = self.variance + epsilons[:, None]
        constant = -0.5 * log_product(variances * self.precision)
        return np.asarray(self.features(X)[0] @ (1 / variances - self.precision).T + self.sign * constant)

    def gaining(self, sums: Sums, epsilon: Floats, out: Floats) -> Floats:
        """With units, under new smoothings (k, 1): writes the changes (k, 2 d) of the precisions, and of the mean times the
        new precisions; returns those (k,) of the log-likelihood at the mean.

        NaN where digits are lost: a unit leaves too little of the class's weight or of a variance, or far outweighs it.
        """
        after = self.weight + sums.weight
        kept, (precision, moves) = self.weight / after, np.split(out, 2, axis=1)
        ratio = sums.variance(self.weight)
        ratio += self.variance
        ratio += epsilon / kept
        np.divide(1 / kept, ratio, out=precision)
        np.multiply(sums.first, precision, out=moves)
        moves *= 1 / after
        constant = np.einsum("kd,kd->k", sums.first, moves) / after[:, 0]
        precision -= self.precision
        ratio *= self.precision
        constant += log_product(ratio) + ratio.shape[1] * np.log(kept[:, 0])
        return np.where(_sound(kept, after, ratio), -0.5 * constant, np.nan)

    def moved(self, changes: Floats) -> Floats:
        """How far means and smoothed variances move (k,), by changes written above: the squared length."""
        change, moves = np.split(changes, 2, axis=1)
        precision = change + self.precision
        return np.asarray(np.sum((1 / precision - 1 / self.precision) ** 2 + (moves / precision) ** 2, axis=1))


def _sound(kept: Floats, after: Floats, ratio: Floats) -> Any:
    """Whether units (k,) leave enough of what was there; only those that take weight away can shrink a variance much."""
    enough = ((kept > LEAST) & (after > _LIGHT))[:, 0]
    if (kept > 1).any():
        enough &= ratio.min(axis=1) > LEAST
    return enough


def log_product(ratios: Floats) -> Floats:
    """The logarithm of the product of each row (k,), by few logarithms.

    >>> log_product(np.full((1, 40), np.e)).round(9).tolist()
    [40.0]
    """
    for _ in range(_FOLDS):
        half, odd = divmod(ratios.shape[1], 2)
        folded = ratios[:, :half] * ratios[:, half : 2 * half]
        ratios = np.column_stack([folded, ratios[:, -1]]) if odd else folded
    return np.asarray(np.log(ratios).sum(axis=1))
