"""What the screens say of offered rows, in columns."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Batch

Floats = NDArray[np.float64]


class Known(IntEnum):
    """Whether the trusted rows hold a row's content already."""

    NEW = 0
    SAME = 1
    OTHERWISE = 2
    """They do, under the other label."""


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What the screens say of n offered rows; it needs nothing that changes between two submissions.

    Attributes
    ----------
    content : hash (n,) of each row's features
    y : labels (n,)
    known : `Known` (n,), whether the trusted rows hold them already; those that are not NEW go past the screens
    decision : of the screens, joined by the policy's rule (n,)
    p : conformal p-value (n,) of the hypothesis that the row is as good as the trusted ones
    harm : share (n,) of the calibration rows of its label that are less harmful, ties half, mean over the screens that
        convict; of rows like the trusted ones it is 1/2 on average
    calibration : calibration rows of each label (2,)
    turned : positions of protected rows that a model trained with these rows judges wrongly, and not without
    told : what each screen says of the most harmful rows, by position
    """

    content: NDArray[np.bytes_]
    y: NDArray[np.int64]
    known: NDArray[np.int8]
    decision: NDArray[np.int8]
    p: Floats
    harm: Floats
    calibration: tuple[int, int]
    turned: tuple[int, ...] = ()
    told: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.p)

    @property
    def new(self) -> NDArray[np.bool_]:
        """Which rows (n,) the trusted ones do not hold."""
        return np.asarray(self.known == Known.NEW.value)

    def rows(self, at: NDArray[np.intp]) -> Self:
        """What is said of the rows at these positions (k,), in this order."""
        columns = {name: getattr(self, name)[at] for name in _KINDS}
        told = {k: self.told[row] for k, row in enumerate(at.tolist()) if row in self.told}
        return replace(self, **columns, told=told)

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON, columns as base64: it is read as often as a submission is gone through."""
        return {
            **{name: b64encode(getattr(self, name).astype(kind).tobytes()).decode() for name, kind in _KINDS.items()},
            "calibration": list(self.calibration),
            "turned": list(self.turned),
            "told": [[row, list(said)] for row, said in self.told.items()],
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        """What `as_json` gave."""
        return cls(
            **{name: np.frombuffer(b64decode(said[name]), dtype=kind) for name, kind in _KINDS.items()},
            calibration=(said["calibration"][0], said["calibration"][1]),
            turned=tuple(said["turned"]),
            told={row: tuple(sentences) for row, sentences in said["told"]},
        )


_KINDS = {"content": "S32", "y": "<i8", "known": "i1", "decision": "i1", "p": "<f8", "harm": "<f8"}


def joined(pieces: Sequence[Judged]) -> Judged:
    """The pieces of one submission, at least one, in their order."""
    starts = np.cumsum([0, *(len(piece) for piece in pieces)]).tolist()
    return Judged(
        **{name: np.concatenate([getattr(piece, name) for piece in pieces]) for name in _KINDS},
        calibration=pieces[0].calibration,
        turned=tuple(sorted({row for piece in pieces for row in piece.turned})),
        told={start + k: said for start, piece in zip(starts, pieces, strict=False) for k, said in piece.told.items()},
    )


def known(rows: Batch, trusted: Mapping[bytes, frozenset[int]]) -> NDArray[np.int8]:
    """`Known` (n,) of rows, given the labels that the trusted ones bear under each content."""
    labels = [trusted.get(content) for content in rows.content()]
    found = [_known(of, y) for of, y in zip(labels, rows.y.tolist(), strict=True)]
    return np.array(found, dtype=np.int8)


def _known(labels: frozenset[int] | None, y: int) -> Known:
    if labels is None:
        return Known.NEW
    return Known.SAME if y in labels else Known.OTHERWISE


def contents(rows: Batch) -> dict[bytes, frozenset[int]]:
    """The labels under each content."""
    found: dict[bytes, frozenset[int]] = {}
    for content, label in zip(rows.content().tolist(), rows.y.tolist(), strict=True):
        found[content] = found.get(content, frozenset()) | {label}
    return found
