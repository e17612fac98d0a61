"""What a gate answers: plain values, the same in Python, over HTTP and at the command line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Stands(StrEnum):
    """What holds of a submission now."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    QUARANTINED = "quarantined"
    REJECTED = "rejected"
    ROLLED_BACK = "rolled back"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a submitter is told: his rows are kept, and will be judged.

    Attributes
    ----------
    submission : its number
    rows : how many rows are kept
    digest : SHA-256 over the content of the rows, the same in every format
    new : False where the same rows, or the same key, came from this source before; then nothing was written
    notes : columns that were left out
    """

    submission: int
    rows: int
    digest: str
    new: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Submission:
    """Rows of one source handed in at once, and what holds of them now; counts are None until it is judged.

    Attributes
    ----------
    stands : waiting; rolled back; quarantined where a row waits for a person; else rejected where no row is accepted; else
        accepted
    harm : by which the queue is ordered, larger is worse
    error : why the last attempt to judge it failed, else ""
    """

    id: int
    source: str
    key: str | None
    digest: str
    received: str
    rows: int
    stands: Stands
    accepted: int | None
    quarantined: int | None
    rejected: int | None
    harm: float | None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """What a person decided.

    Attributes
    ----------
    entry : its position in the ledger, by which it can be undone
    effective : False where a second person must say the same first
    """

    entry: int
    submission: int
    effective: bool
    accepted: int
    quarantined: int
    rejected: int


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """What is known of a source.

    Attributes
    ----------
    learned : rows of it that the next snapshot holds
    share : of all learned rows and the root
    likelihood : (value, low, high) of its being compromised, by the register and its track record
    standing : where its caps and its sentinel stand (JSON)
    held : whether the sentinel holds all it sends until a person clears it
    """

    name: str
    submissions: int
    rows: int
    accepted: int
    quarantined: int
    rejected: int
    learned: int
    share: float
    likelihood: tuple[float, float, float]
    register: dict[str, Any]
    standing: dict[str, Any]
    held: bool
    last_received: str | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Training data at a position of the ledger.

    Attributes
    ----------
    data : the object (SHA-256) of its rows, as Parquet
    manifest : the object of its manifest
    tainted : rows of it that were rolled back since
    """

    id: int
    position: int
    time: str
    who: str
    rows: int
    data: str
    manifest: str
    tainted: int = 0
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rollback:
    """What one rollback took back.

    Attributes
    ----------
    entry : its position in the ledger
    submissions, rows : how many it takes out, and how many of these rows had been learned
    snapshot : the new one, without them
    tainted : earlier snapshots, and the models registered from them, that hold some of these rows
    """

    entry: int
    source: str
    since: str
    submissions: tuple[int, ...]
    rows: int
    snapshot: Snapshot
    tainted: tuple[Snapshot, ...]


@dataclass(frozen=True, slots=True)
class Verified:
    """What `verify` found.

    Attributes
    ----------
    entries, objects, checkpoints : how many were looked at
    head : the hash of the last entry
    faults : everything that is not as it was written, in words
    """

    entries: int
    objects: int
    checkpoints: int
    head: str
    faults: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults
