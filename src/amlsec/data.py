"""Labelled rows, and where and when each came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.errors import InvalidInput

Rows = NDArray[Any]
"""Table rows, a float array (n, d), or texts, an object array (n,) of str."""

BENIGN, MALICIOUS = 0, 1
_ROWS = "must be a float array (n, d) or an object array (n,) of str"


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Rows offered for training.

    Attributes
    ----------
    X : rows: a finite float array (n, d) for tables, an object array (n,) of str for texts
    y : labels (n,): 0 is benign, 1 is malicious
    source : name (n,) of where each row came from; None where nobody noted it
    time : datetime64 (n,) of when each row came; None where nobody noted it

    Raises
    ------
    InvalidInput : rows are no such array, lengths differ, a label is not 0 or 1, a value is not finite

    >>> batch = Batch(np.array([[0.0], [1.0]]), np.array([0, 1]))
    >>> len(batch), batch.is_text
    (2, False)
    """

    X: Rows
    y: NDArray[np.int64]
    source: NDArray[Any] | None = None
    time: NDArray[Any] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.X, np.ndarray):
            raise InvalidInput("X", f"a {type(self.X).__name__}", _ROWS)
        for name, column in (("y", self.y), ("source", self.source), ("time", self.time)):
            if column is not None and len(column) != len(self.X):
                raise InvalidInput(name, f"of length {len(column)}", f"must have one value for each of {len(self.X)} rows")
        if not np.isin(self.y, (BENIGN, MALICIOUS)).all():
            raise InvalidInput("y", np.unique(self.y), "labels must be 0 (benign) or 1 (malicious)")
        if self.X.ndim != (1 if self.X.dtype == object else 2):
            raise InvalidInput("X", f"of shape {self.X.shape}", _ROWS)
        if not self.is_text and not np.isfinite(self.X).all():
            raise InvalidInput("X", "not finite", "NaN and infinity must be filled or dropped first")

    def __len__(self) -> int:
        return len(self.X)

    @property
    def is_text(self) -> bool:
        return self.X.dtype == object

    def rows(self, which: Any) -> Batch:
        """The rows at these positions, or where this mask is true."""
        return Batch(*(None if part is None else part[which] for part in self._parts))  # type: ignore[arg-type]

    def labelled(self, label: int) -> Batch:
        """The rows with this label."""
        return self.rows(self.y == label)

    def drop(self, which: NDArray[np.intp]) -> Batch:
        """All rows but those at these positions."""
        return self.rows(np.setdiff1d(np.arange(len(self)), which))

    def relabelled(self, y: NDArray[np.int64]) -> Batch:
        """The same rows under other labels."""
        return replace(self, y=y)

    def from_source(self, name: str) -> Batch:
        """The same rows, all said to come from one source."""
        return replace(self, source=np.full(len(self), name, dtype=object))

    def __add__(self, other: Batch) -> Batch:
        y = np.concatenate([self.y, other.y])
        X = np.concatenate([self.X, other.X])
        return Batch(X, y, _joined(self.source, other.source, self, other), _joined(self.time, other.time, self, other))

    def content(self) -> NDArray[np.bytes_]:
        """A hash (n,) of each row's features, not of its label: equal rows, equal hashes."""
        cells = self.X if self.is_text else np.ascontiguousarray(self.X, dtype=np.float64) + 0.0
        return np.array([blake2b(_as_bytes(row), digest_size=16).digest().hex() for row in cells], dtype="S32")

    @property
    def _parts(self) -> tuple[NDArray[Any] | None, ...]:
        return self.X, self.y, self.source, self.time


def _as_bytes(row: Any) -> bytes:
    return row.encode("utf-8", "surrogatepass") if isinstance(row, str) else row.tobytes()


def _joined(one: NDArray[Any] | None, two: NDArray[Any] | None, a: Batch, b: Batch) -> NDArray[Any] | None:
    """Two columns on end; where only one batch has the column, the other's rows are unknown."""
    if one is None and two is None:
        return None
    unknown = np.datetime64("NaT", "us") if "M" in {c.dtype.kind for c in (one, two) if c is not None} else ""
    filled = [np.full(len(batch), unknown) if c is None else c for c, batch in ((one, a), (two, b))]
    return np.concatenate([part if part.dtype.kind == "M" else part.astype(object) for part in filled])


def texts(values: Sequence[str]) -> Rows:
    """An object array (n,) of these texts."""
    out = np.empty(len(values), dtype=object)
    out[:] = list(values)
    return out


def split(batch: Batch, shares: Sequence[float], rng: np.random.Generator) -> tuple[Batch, ...]:
    """Disjoint parts of about these shares: stratified by label, equal rows never in two parts.

    Raises InvalidInput where shares are negative or exceed 1 in sum.

    >>> rng = np.random.default_rng(0)
    >>> batch = Batch(rng.integers(0, 5, (40, 1)).astype(float), rng.integers(0, 2, 40))
    >>> one, two = split(batch, (0.5, 0.5), rng)
    >>> bool(set(one.content()) & set(two.content())), len(one) + len(two)
    (False, 40)
    """
    if min(shares) < 0 or sum(shares) > 1 + 1e-9:
        raise InvalidInput("shares", tuple(shares), "must be at least 0 and at most 1 in sum")
    _, first, group = np.unique(batch.content(), return_index=True, return_inverse=True)
    part = np.empty(len(first), dtype=int)
    for label in (BENIGN, MALICIOUS):
        members = rng.permutation(np.flatnonzero(batch.y[first] == label))
        ends = np.round(np.cumsum(shares) * len(members))
        part[members] = np.searchsorted(ends, np.arange(len(members)), side="right")
    return tuple(batch.rows(part[group] == k) for k in range(len(shares)))
