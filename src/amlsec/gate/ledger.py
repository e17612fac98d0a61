"""The append-only ledger: every entry holds the hash of the one before, so no edit goes unseen."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any, Self

from sqlalchemy import Connection, Row, insert, select

from amlsec.errors import NotFound
from amlsec.gate.act import Act
from amlsec.gate.schema import ledger

FIRST = "0" * 64
"""What the first entry holds as the hash of the one before."""


class Wrote(StrEnum):
    """What an entry says."""

    OPENED = "opened"
    ROOT = "root"
    POLICY = "policy"
    PROTECTED = "protected"
    REGISTER = "register"
    SUBMITTED = "submitted"
    JUDGED = "judged"
    REVIEWED = "reviewed"
    UNDONE = "undone"
    CLEARED = "cleared"
    ROLLED_BACK = "rolled back"
    SNAPSHOT = "snapshot"
    MODEL = "model"
    ACCOUNT = "account"
    CHECKPOINT = "checkpoint"


@dataclass(frozen=True, slots=True)
class Entry:
    """One act.

    Attributes
    ----------
    seq : its position, from 1 without gaps
    time : UTC, ISO 8601 with microseconds, never before that of the entry before
    submission, source : what it is about; None where it is about neither
    body : what was done, as JSON
    previous, hash : of the entry before, and of this one
    """

    seq: int
    time: str
    kind: Wrote
    who: str
    why: str
    submission: int | None
    source: str | None
    body: dict[str, Any]
    previous: str
    hash: str

    @classmethod
    def read(cls, row: Row[Any]) -> Self:
        """From a row of the table."""
        told = row._asdict()
        return cls(**{**told, "kind": Wrote(told["kind"]), "body": json.loads(told["body"])})

    def hashed(self) -> str:
        """The hash that this entry must have."""
        about = (self.seq, self.time, self.kind, self.who, self.why, self.submission, self.source)
        return sha256(canonical([*about, self.body, self.previous]).encode()).hexdigest()


def canonical(value: Any) -> str:
    """JSON with sorted keys, without spaces: equal values, equal text.

    >>> canonical({"b": [1, 2.5], "a": "é"})
    '{"a":"é","b":[1,2.5]}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def append(
    connection: Connection,
    kind: Wrote,
    act: Act,
    body: dict[str, Any],
    *,
    submission: int | None = None,
    source: str | None = None,
) -> Entry:
    """Write an entry, within a writing transaction; a submission's own entry names itself."""
    last = head(connection)
    seq, previous = (last.seq + 1, last.hash) if last else (1, FIRST)
    time = max(act.time, last.time) if last else act.time
    about = seq if kind == Wrote.SUBMITTED else submission
    unsigned = Entry(seq, time, kind, act.who, act.why, about, source, json.loads(canonical(body)), previous, "")
    told = {name: getattr(unsigned, name) for name in ("seq", "time", "who", "why", "submission", "source", "previous")}
    hashed = unsigned.hashed()
    connection.execute(insert(ledger).values(**told, kind=str(kind), body=canonical(unsigned.body), hash=hashed))
    return Entry(**told, kind=kind, body=unsigned.body, hash=hashed)


def head(connection: Connection) -> Entry | None:
    """The last entry; None of an empty ledger."""
    row = connection.execute(select(ledger).order_by(ledger.c.seq.desc()).limit(1)).first()
    return Entry.read(row) if row else None


def entry(connection: Connection, seq: int) -> Entry:
    """The entry at a position; raises NotFound where there is none."""
    row = connection.execute(select(ledger).where(ledger.c.seq == seq)).first()
    if row is None:
        raise NotFound(f"entry {seq} is not in the ledger")
    return Entry.read(row)


def entries(
    connection: Connection,
    *,
    after: int = 0,
    upto: int | None = None,
    kinds: Iterable[Wrote] = (),
    submission: int | None = None,
    source: str | None = None,
) -> Iterator[Entry]:
    """Entries in order, those asked for, read as they are asked for."""
    query = select(ledger).where(ledger.c.seq > after).order_by(ledger.c.seq)
    if upto is not None:
        query = query.where(ledger.c.seq <= upto)
    if wanted := [str(kind) for kind in kinds]:
        query = query.where(ledger.c.kind.in_(wanted))
    if submission is not None:
        query = query.where(ledger.c.submission == submission)
    if source is not None:
        query = query.where(ledger.c.source == source)
    with connection.execute(query, execution_options={"yield_per": 1000}) as rows:
        yield from map(Entry.read, rows)


def last(connection: Connection, kind: Wrote, *, upto: int | None = None) -> Entry | None:
    """The latest entry of a kind, up to a position."""
    query = select(ledger).where(ledger.c.kind == str(kind)).order_by(ledger.c.seq.desc()).limit(1)
    row = connection.execute(query if upto is None else query.where(ledger.c.seq <= upto)).first()
    return Entry.read(row) if row else None


def chain_faults(connection: Connection) -> Iterator[str]:
    """Everything that is wrong with the chain, in words."""
    previous, seq = FIRST, 0
    with connection.execute(select(ledger).order_by(ledger.c.seq), execution_options={"yield_per": 1000}) as rows:
        for row in rows:
            seq += 1
            if row.seq != seq:
                yield f"entry {seq} is missing: the next is {row.seq}"
                seq = row.seq
            if row.previous != previous:
                yield f"entry {row.seq} does not follow the one before: its hash was {str(row.previous)[:12]}…"
            if not _intact(row):
                yield f"entry {row.seq} ({row.kind}) was changed"
            previous = row.hash


def _intact(row: Row[Any]) -> bool:
    """Whether a row is as it was written; whoever changed it may have written anything."""
    try:
        found = Entry.read(row)
        return found.hash == found.hashed() and row.body == canonical(found.body)
    except (ValueError, TypeError, RecursionError):
        return False
