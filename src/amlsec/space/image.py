"""Images: pixels within a range, changed by so much in sum or each."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Rows
from amlsec.errors import InvalidInput
from amlsec.space.contract import Space


class ImageSpace:
    """Images as rows of pixels, row after row of the picture; see `space.contract.Space`.

    The cost of a change is the norm of the pixels' differences, in units of the range from `low` to `high`.

    Parameters
    ----------
    shape : height and width, and channels where there are several
    low, high : the darkest and the brightest value
    norm : 2 for the Euclidean norm, infinity for the largest difference

    Raises InvalidInput where a size is not positive, the range is empty or not finite, or the norm is another one.

    >>> space = ImageSpace((1, 2), norm=math.inf)
    >>> space.project(np.array([[0.0, 0.9]]), np.array([[1.0, 2.0]]), 0.25)
    array([[0.25, 1.  ]])
    """

    kind = "image"

    def __init__(self, shape: tuple[int, ...], *, low: float = 0.0, high: float = 1.0, norm: float = 2) -> None:
        if len(shape) not in (2, 3) or min(shape) < 1:
            raise InvalidInput("shape", shape, "must be height and width, and channels where there are several, at least 1")
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise InvalidInput("low, high", (low, high), "must be finite, low below high")
        if norm not in (2, math.inf):
            raise InvalidInput("norm", norm, "must be 2 or infinity")
        self.shape, self.low, self.high, self.norm = tuple(shape), low, high, norm
        self.unit = "pixel ranges" if norm == math.inf else "pixel ranges (Euclidean)"

    def __repr__(self) -> str:
        return f"ImageSpace({self.shape}, low={self.low:g}, high={self.high:g}, norm={self.norm:g})"

    def cost(self, X: Rows, changed: Rows, /) -> NDArray[np.float64]:
        inside = (changed >= np.minimum(X, self.low)) & (changed <= np.maximum(X, self.high))
        size: NDArray[np.float64] = np.linalg.norm((changed - X) / (self.high - self.low), ord=self.norm, axis=1)
        return np.where(inside.all(axis=1), size, np.inf)

    def project(self, X: Rows, changed: Rows, cost: float, /) -> Rows:
        clipped = np.clip(changed, np.minimum(X, self.low), np.maximum(X, self.high))
        over = self.cost(X, clipped) > cost
        clipped[over] = self._nearer(X[over], clipped[over], cost)
        return clipped

    def sample(self, X: Rows, cost: float, rng: np.random.Generator, /) -> Rows:
        part = min(cost, math.sqrt(X.shape[1])) * (1 - rng.random((len(X), 1)))
        direction = rng.normal(size=X.shape)
        direction /= np.linalg.norm(direction, ord=self.norm, axis=1, keepdims=True)
        return self.project(X, X + direction * part * (self.high - self.low), cost)

    def differences(self, X: Rows, changed: Rows, /) -> list[list[str]]:
        return [
            [f"pixel {self._place(int(k))}: {old[k]:.4g} → {new[k]:.4g}" for k in np.flatnonzero(old != new)]
            for old, new in zip(X, changed, strict=True)
        ]

    def _nearer(self, X: Rows, changed: Rows, cost: float) -> Rows:
        """The same change, each pixel cut off or all scaled down to the cost."""
        step, most = changed - X, cost * (self.high - self.low) * (1 - 1e-12)
        if self.norm == math.inf:
            near = X + np.clip(step, -most, most)
        else:
            near = X + step * (most / np.linalg.norm(step, axis=1, keepdims=True))
        return np.asarray(np.clip(near, np.minimum(X, changed), np.maximum(X, changed)))

    def _place(self, pixel: int) -> str:
        return ", ".join(str(index) for index in np.unravel_index(pixel, self.shape))


def image(space: Space) -> ImageSpace:
    """The space as one of images; raises InvalidInput where it is none."""
    if not isinstance(space, ImageSpace):
        raise InvalidInput("space", space.kind, "must be an ImageSpace")
    return space
