"""What the sentence needs to know of all rows of a submission: little, however many they are."""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from amlsec.evidence import Decision
from amlsec.gate.judging.judged import Floats, Judged, Known

AT_ONCE = 2**18
"""Rows held against each other at once, to find those whose content comes twice."""
_ODD = np.array([secrets.randbits(64) | 1 for _ in range(4)], dtype=np.uint64)
"""Say which rows these are: nobody can write many that come at once, and what is found hangs not on it."""


class Counts(NamedTuple):
    """Different values (m,), ascending, and how many rows have each."""

    values: Floats
    times: NDArray[np.int64]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return int(self.times.sum())

    def upto(self, most: float) -> int:
        """How many rows have at most this value."""
        return int(self.times[self.values <= most].sum())


class Sum(NamedTuple):
    """How many values, and their sum, exact before it is rounded: it hangs neither on their order nor on pieces."""

    of: int
    total: float

    @property
    def mean(self) -> float:
        """NaN where there are none."""
        return self.total / self.of if self.of else math.nan


@dataclass(frozen=True, slots=True)
class OfLabel:
    """New rows of one label.

    Attributes
    ----------
    p : their p-values; few differ, as each is a count of calibration rows
    harm : of all of them
    distinct : harm of those that differ in content, the first of each
    calibration : how many calibration rows there are of this label
    """

    p: Counts
    harm: Sum
    distinct: Sum
    calibration: int


@dataclass(frozen=True, slots=True)
class Tally:
    """All rows of a submission; new are those that the trusted rows do not hold.

    Attributes
    ----------
    rows : how many there are
    otherwise : those that the trusted rows hold under the other label
    held : new ones that the screens hold back
    p : p-values of new ones
    labels : benign new ones, and malicious ones
    """

    rows: int
    otherwise: int
    held: int
    p: Counts
    labels: tuple[OfLabel, OfLabel]


def tally(pieces: Iterable[Judged]) -> Tally:
    """Of a submission's pieces, at least one; it goes through them several times."""
    rows, otherwise, held = np.sum([_counts(piece) for piece in pieces], axis=0).tolist()
    benign, malicious = (_of_label(pieces, label, -(-rows // AT_ONCE)) for label in (0, 1))
    return Tally(rows, otherwise, held, _merged(benign.p, malicious.p), (benign, malicious))


def _counts(piece: Judged) -> tuple[int, int, int]:
    held = piece.new & (piece.decision != Decision.ACCEPT)
    return len(piece), int((piece.known == Known.OTHERWISE).sum()), int(held.sum())


def _of_label(pieces: Iterable[Judged], label: int, parts: int) -> OfLabel:
    p = reduce(_merged, (Counts(*np.unique(piece.p[_own(piece, label)], return_counts=True)) for piece in pieces))
    harm = _summed(piece.harm[_own(piece, label)] for piece in pieces)
    calibration = next(iter(pieces)).calibration[label]
    return OfLabel(p, harm, _summed(_firsts(pieces, label, parts)), calibration)


def _own(piece: Judged, label: int) -> NDArray[np.bool_]:
    return np.asarray(piece.new & (piece.y == label))


def _merged(one: Counts, two: Counts) -> Counts:
    if not (len(one.values) and len(two.values)):
        return one if len(one.values) else two
    values, place = np.unique(np.concatenate([one.values, two.values]), return_inverse=True)
    times = np.zeros(len(values), dtype=np.int64)
    np.add.at(times, place, np.concatenate([one.times, two.times]))
    return Counts(values, times)


def _summed(parts: Iterable[Floats]) -> Sum:
    count = 0

    def values() -> Iterator[float]:
        nonlocal count
        for part in parts:
            count += len(part)
            yield from part.tolist()

    total = math.fsum(values())
    return Sum(count, total)


def _firsts(pieces: Iterable[Judged], label: int, parts: int) -> Iterator[Floats]:
    """The harms of the first rows of each content, in so many parts of all contents."""
    for part in range(parts):
        found = [_distinct(*_of_part(piece, label, part, parts)) for piece in pieces]
        content, harm = (np.concatenate(columns) for columns in zip(*found, strict=True))
        yield _distinct(content, harm)[1]


def _of_part(piece: Judged, label: int, part: int, parts: int) -> tuple[NDArray[np.bytes_], Floats]:
    own = _own(piece, label)
    if parts > 1:
        mixed = (piece.content.view(np.uint64).reshape(-1, len(_ODD)) * _ODD).sum(axis=1) >> np.uint64(32)
        own &= mixed % parts == part
    return piece.content[own], piece.harm[own]


def _distinct(content: NDArray[np.bytes_], harm: Floats) -> tuple[NDArray[np.bytes_], Floats]:
    if len(content) < 2:
        return content, harm
    _, first = np.unique(content, return_index=True)
    return content[first], harm[first]
