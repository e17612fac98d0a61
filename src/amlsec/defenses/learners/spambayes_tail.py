"""Fisher's test by table and by series: the score of a message from its sums, several times as fast as the gamma function.

Sums are complex numbers here: sum ln f + i sum ln (1 - f), each at most 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincc, gammainccinv, gammaincinv, gammaln

from amlsec.impact.contract import Floats

Complex = NDArray[np.complex128]
ERROR = 1e-11
"""How far a score can be off."""
_BEYOND = 1e-14  # what a tail outside the table is from 0 or 1
_CELL = 0.125  # width of a cell, in deviations sqrt(k); narrower for few clues, whose tails bend more
_CELL_DEGREE, _ROW_DEGREE = 6, 8
_CIRCLES = 2.0 ** np.arange(-2.0, 9.0, 0.5)  # radii in which a series is bounded
_REACH = 2.0 ** -np.arange(0.5, 8.5, 0.5)  # shares of such a radius that a series may be asked about


class Tail:
    """Q(k, x), the chance that a gamma variable of whole shape k is above x, by Taylor's series about middles of cells.

    >>> Tail(3).at(np.array([1, 3]), np.array([1.0, 2.0])).round(6)
    array([0.367879, 0.676676])
    """

    def __init__(self, most: int) -> None:
        k = np.arange(1.0, most + 1)
        self.low, self.high = gammaincinv(k, _BEYOND), gammainccinv(k, _BEYOND)
        width = _CELL * np.minimum(np.sqrt(k), np.maximum(k / 8, 1))
        cells = ((self.high - self.low) / width).astype(np.intp) + 1
        self.first = np.cumsum(cells) - cells
        self.per_width, of = 1 / width, np.repeat(np.arange(most), cells)
        middle = self.low[of] + (np.arange(len(of)) - self.first[of] + 0.5) * width[of]
        self.series = taylor(k[of], middle, width[of], _CELL_DEGREE)

    def at(self, k: NDArray[np.intp], x: Floats) -> Floats:
        """Q of each k from 1 to `most` and x >= 0."""
        place = k - 1
        low = self.low[place]
        step = (np.clip(x, low, self.high[place]) - low) * self.per_width[place]
        cell = step.astype(np.intp)
        step -= cell + 0.5
        cell += self.first[place]
        total: Floats = self.series[-1][cell]
        for coefficient in self.series[-2::-1]:
            total *= step
            total += coefficient[cell]
        return total

    def scores(self, k: NDArray[np.intp], sums: Complex) -> Floats:
        """(S - H + 1) / 2 of messages with these sums of k clues; 1/2 without clues."""
        shape = np.maximum(k, 1)
        scores = (self.at(shape, np.maximum(-sums.real, 0)) - self.at(shape, np.maximum(-sums.imag, 0)) + 1) / 2
        scores[k == 0] = 0.5
        return scores


class Near:
    """The scores of messages as their sums move while the number of clues stays, by Taylor's series about each.

    Attributes
    ----------
    radius : how far ln f and ln (1 - f) may move (2, m), for an error of at most `ERROR`
    """

    def __init__(self, k: NDArray[np.intp], sums: Complex) -> None:
        shape, blank = np.maximum(k, 1).astype(float), k == 0
        at = [np.maximum(-part, 0.0) for part in (sums.real, sums.imag)]
        signs = (-1.0) ** np.arange(_ROW_DEGREE + 1)[:, None] / 2 * ~blank
        above, below = (taylor(shape, x, np.ones(len(x)), _ROW_DEGREE) * signs for x in at)
        self.parts = above, -below
        above[0] += 0.5
        self.radius = np.array([np.where(blank, np.inf, radius(shape, x)) for x in at])

    def at(self, moved: Complex) -> tuple[Floats, NDArray[np.bool_]]:
        """The scores (k, m), and where they are not to be trusted."""
        total, beyond = np.zeros(moved.shape), np.zeros(moved.shape, dtype=bool)
        for part, series, most in zip((moved.real, moved.imag), self.parts, self.radius, strict=True):
            delta = np.ascontiguousarray(part)
            total += _horner(series, delta)
            beyond |= np.abs(delta) > most
        return total, beyond


def taylor(k: Floats, x: Floats, width: Floats, degree: int) -> Floats:
    """Coefficients (degree + 1, n) of Q(k, x + width t) in t, as p'(k) = p(k - 1) - p(k) for the densities."""
    lower = k - np.arange(degree)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.where(lower == 1, 0.0, (lower - 1) * np.log(x)) - x - gammaln(np.maximum(lower, 0))
    density = np.where(lower > 0, np.exp(np.where(lower > 0, log, 0.0)), 0.0)
    found, scale = [gammaincc(k, x)], np.ones(len(k))
    for n in range(degree):
        scale = scale * width / (n + 1)
        found.append(-density[0] * scale)
        density = np.diff(density, axis=0)
    return np.array(found)


def radius(k: Floats, x: Floats) -> Floats:
    """How far (n,) from x the series of Q to `_ROW_DEGREE` is right to `ERROR`, by Cauchy's bounds of its coefficients.

    On a circle of radius R about x the density |z|^(k - 1) e^(-Re z) / (k - 1)! has a largest value M, and the series' rest
    at distance r is at most M r (r / R)^N / ((N + 1) (1 - r / R)).
    """
    best = np.zeros(len(k))
    for circle in _CIRCLES:
        most, near = _largest(k, x, circle), circle * _REACH[:, None]
        rest = most + np.log(near) + _ROW_DEGREE * np.log(_REACH[:, None]) - np.log1p(-_REACH[:, None])
        allowed = rest <= np.log(ERROR * (_ROW_DEGREE + 1))
        best = np.maximum(best, np.where(allowed, near, 0.0).max(axis=0))
    return best


def _largest(k: Floats, x: Floats, circle: float) -> Floats:
    """The logarithm of the largest |density| at distance `circle` from x; z there is x + circle e^(i angle)."""
    turn = 2 * circle * np.maximum(x, 1e-300)
    cosine = np.clip(((k - 1) * x - x**2 - circle**2) / turn, -1, 1)
    size = np.maximum(x**2 + circle**2 + turn * cosine, 1e-300)
    return np.asarray((k - 1) / 2 * np.log(size) - x - circle * cosine - gammaln(k))


def _horner(series: Floats, delta: Floats) -> Any:
    total = delta * series[-1]
    for coefficient in series[-2:0:-1]:
        total += coefficient
        total *= delta
    total += series[0]
    return total
