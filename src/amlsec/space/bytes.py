"""Payloads as counts of byte values: bytes replaced one for one, and bytes added."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Rows
from amlsec.errors import InvalidInput
from amlsec.space.contract import Space

Floats = NDArray[np.float64]
VALUES = 256


class ByteSpace:
    """Counts of the 256 byte values of payloads, whose attacker encodes and pads them; see `space.contract.Space`.

    He may replace every byte value by another, no two by the same, as a decoder can undo, and add bytes that it skips. So a
    row of counts becomes another where, both sorted, none is smaller than before. The cost is how many bytes the payload
    grows: those added, and where values were replaced one entry of the decoder's table for each value that occurs.

    Parameters
    ----------
    profile : how frequent each value is in normal payloads (256,), as far as the attacker knows; at least 0, sum above 0
    longest : the most bytes that a payload may hold; one that is longer already cannot grow
    may_replace : whether the attack bears a decoder, or can only be padded

    Raises InvalidInput where the profile or the length breaks these rules.

    >>> space, X = ByteSpace(np.eye(256)[101]), np.eye(256)[[144]] * 3
    >>> space.cost(X, X + np.eye(256)[101]), space.cost(X, np.eye(256)[[101]] * 5)
    (array([1.]), array([3.]))
    """

    kind = "bytes"
    unit = "bytes"

    def __init__(self, profile: Floats, *, longest: float = 1460, may_replace: bool = True) -> None:
        known = np.asarray(profile, dtype=np.float64)
        if known.shape != (VALUES,) or not np.isfinite(known).all() or (known < 0).any() or not known.sum():
            raise InvalidInput(
                "profile", f"of shape {known.shape}", "must be 256 finite frequencies of at least 0, not all 0"
            )
        if not 1 <= longest < math.inf:
            raise InvalidInput("longest", longest, "must be a finite number of bytes, at least 1")
        self.profile, self.longest, self.may_replace = known / known.sum(), longest, may_replace

    def cost(self, X: Rows, changed: Rows, /) -> Floats:
        whole = ((changed >= 0) & (changed % 1 == 0) | (changed == X)).all(axis=1)
        added = changed.sum(axis=1) - X.sum(axis=1)
        padded = (changed >= X).all(axis=1)
        replaced = (np.sort(changed, axis=1) >= np.sort(X, axis=1)).all(axis=1) & self.may_replace
        short = (changed.sum(axis=1) <= np.maximum(self.longest, X.sum(axis=1))) & whole
        paid = np.where(padded, added, np.where(replaced, added + self.table(X), np.inf))
        return np.where(short, paid, np.inf)

    def project(self, X: Rows, changed: Rows, cost: float, /) -> Rows:
        """Values are replaced by rank, the largest by the largest, where that is paid for; then bytes are added."""
        most = max(self.longest, X.max(initial=0.0)) + 1
        near = np.where(np.isnan(changed), X, np.clip(changed, -1, most)).astype(np.float64)
        paid = self.cost(X, near)
        rest = np.flatnonzero(~(np.isfinite(paid) & (paid <= cost + 1e-9)))
        near[rest] = self._nearest(X[rest], np.clip(near[rest], 0, self.longest).round(), cost)
        return near.astype(X.dtype)

    def sample(self, X: Rows, cost: float, rng: np.random.Generator, /) -> Rows:
        """Normal bytes added, few or many, to the payload or to one whose values are replaced by others at random."""
        shuffled = rng.permuted(X, axis=1) if self.may_replace else X
        base = np.where(rng.random((len(X), 1)) < 0.5, X, shuffled)
        room = np.minimum(cost, np.maximum(self.longest - X.sum(axis=1), 0)) * (1 - rng.random(len(X)))
        return self.project(X, base + rng.multinomial(room.astype(int), self.profile), cost)

    def differences(self, X: Rows, changed: Rows, /) -> list[list[str]]:
        return [
            [f"0x{value:02x}: {old[value]:.0f} → {new[value]:.0f}" for value in np.flatnonzero(old != new)]
            for old, new in zip(X, changed, strict=True)
        ]

    def table(self, X: Rows) -> Floats:
        """How many entries a decoder's table has for each payload (n,)."""
        entries: Floats = (X > 0).sum(axis=1).astype(np.float64)
        return entries

    def room(self, X: Rows, cost: float, table: Floats) -> Floats:
        """How many bytes may be added to each payload (n,) beside a table of so many entries (n,); none below 0."""
        left: Floats = np.floor(np.minimum(cost - table, self.longest - X.sum(axis=1)))
        return np.maximum(left, 0.0)

    def _nearest(self, X: Rows, target: Rows, cost: float) -> Rows:
        entries = self.table(X)
        replace = ~(target >= X).all(axis=1) & (entries <= cost) & self.may_replace
        base = np.where(replace[:, None], by_rank(X, target), X)
        missing = np.maximum(target - base, 0)
        room = self.room(X, cost, np.where(replace, entries, 0.0))[:, None]
        most = missing.sum(axis=1, keepdims=True)
        share = np.divide(room, most, out=np.ones_like(most), where=most > room)
        return np.asarray(base + np.floor(missing * share))


def by_rank(X: Rows, target: Rows) -> Rows:
    """The counts of each row (n, 256) moved to other values: the largest to where the target's largest stands, and so on.

    >>> by_rank(np.array([[5, 0, 1]]), np.array([[0, 1, 7]]))
    array([[0, 1, 5]])
    """
    moved = np.empty_like(X)
    np.put_along_axis(moved, np.argsort(target, axis=1, kind="stable"), np.sort(X, axis=1), axis=1)
    return moved


def byte_counts(space: Space) -> ByteSpace:
    """The space as one of payloads; raises InvalidInput where it is none."""
    if not isinstance(space, ByteSpace):
        raise InvalidInput("space", space.kind, "must be a ByteSpace")
    return space
