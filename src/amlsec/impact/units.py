"""Units: which rows are added (or left out) together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, issparse

from amlsec.errors import InvalidInput

Positions = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """k sets of row positions, one after another; each set is asked about alone.

    Attributes
    ----------
    rows : the positions of all units
    starts : where each unit begins in `rows` (k + 1,), the last entry where the last one ends

    >>> units = Units.of([np.array([4]), np.array([0, 2])])
    >>> len(units), [unit.tolist() for unit in units]
    (2, [[4], [0, 2]])
    """

    rows: Positions
    starts: Positions

    @classmethod
    def single(cls, n: int) -> Units:
        """Each of n rows for itself."""
        return cls(np.arange(n), np.arange(n + 1))

    @classmethod
    def of(cls, sets: Sequence[Any]) -> Units:
        """These sets of positions; raises InvalidInput where they are masks, or not whole."""
        sets = [np.asarray(one) for one in sets]
        for one in sets:
            if len(one) and one.dtype.kind not in "iu":
                raise InvalidInput("sets", one, "must hold positions, whole numbers; of a mask, `np.flatnonzero(mask)`")
        starts = np.concatenate([[0], np.cumsum([len(one) for one in sets], dtype=np.intp)]).astype(np.intp)
        return cls(np.concatenate([*sets, np.zeros(0, np.intp)]).astype(np.intp), starts)

    @classmethod
    def grouped(cls, group: NDArray[Any]) -> Units:
        """One unit a group, from the group (n,) of each row, in the order of the groups' names."""
        _, code, sizes = np.unique(group, return_inverse=True, return_counts=True)
        return cls(np.argsort(code, kind="stable"), np.concatenate([[0], np.cumsum(sizes)]).astype(np.intp))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __iter__(self) -> Iterator[Positions]:
        return (self.rows[a:b] for a, b in zip(self.starts[:-1], self.starts[1:], strict=True))

    def __getitem__(self, block: slice) -> Units:
        """A run of units."""
        start, stop, _ = block.indices(len(self))
        starts = self.starts[start : stop + 1]
        return Units(self.rows[starts[0] : starts[-1]], starts - starts[0])

    def blocks(self, size: int) -> Iterator[Units]:
        """The units in runs of at most `size`."""
        return (self[slice(start, start + size)] for start in range(0, len(self), size))

    def take(self, which: Positions) -> Units:
        """The units at these places."""
        sizes = self.sizes[which]
        starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.intp)
        places = np.repeat(self.starts[which] - starts[:-1], sizes) + np.arange(starts[-1])
        return Units(self.rows[places], starts)

    @property
    def sizes(self) -> Positions:
        """How many rows each unit has (k,)."""
        return np.diff(self.starts)

    @property
    def alone(self) -> bool:
        """Whether every unit is one row."""
        return len(self.rows) == len(self) and bool((self.sizes == 1).all())

    def matrix(self, n: int, weight: NDArray[np.float64] | None = None) -> Any:
        """CSR (k, n): how much of each of n rows each unit takes."""
        data = np.ones(len(self.rows)) if weight is None else weight[self.rows]
        return csr_matrix((data, self.rows, self.starts), shape=(len(self), n))

    def sums(self, X: Any, weight: NDArray[np.float64] | None = None) -> Any:
        """Each unit's rows of X, weighted and added up: (k, d), CSR where X is."""
        if self.alone and weight is None:
            return X[self.rows]
        return self.matrix(X.shape[0], weight) @ X

    def counts(self, labels: NDArray[Any], weight: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """The weight (k, 2) of each unit's rows labelled 0 and 1."""
        one_hot = (labels[:, None] == np.arange(2)).astype(float)
        return np.asarray(self.sums(one_hot, weight))

    def check(self, n: int) -> None:
        """Raises InvalidInput where a position is not one of n rows, or stands twice in one unit, or starts do not rise."""
        ends = len(self.starts) and self.starts[0] == 0 and self.starts[-1] == len(self.rows)
        if not (ends and (np.diff(self.starts) >= 0).all()):
            raise InvalidInput("units.starts", self.starts, f"must rise from 0 to the number of rows, {len(self.rows)}")
        if len(self.rows) and not (self.rows.min() >= 0 and self.rows.max() < n):
            raise InvalidInput("units", f"positions {self.rows.min()} to {self.rows.max()}", f"must lie in 0..{n - 1}")
        if not self.alone and self._has_twice(n):
            raise InvalidInput("units", "a unit with a position twice", "must take a row once at most")

    def _has_twice(self, n: int) -> bool:
        taken = self.matrix(n)
        taken.sum_duplicates()
        return bool(taken.nnz < len(self.rows))


def stacked(one: Any, two: Any) -> Any:
    """Rows on end: dense, sparse or texts."""
    from scipy.sparse import vstack

    return vstack([one, two], format="csr") if issparse(one) or issparse(two) else np.concatenate([one, two])
