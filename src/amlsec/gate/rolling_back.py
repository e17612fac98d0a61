"""Everything that a source taught since a time is taken back, and everything that was made of it is named."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select, update

from amlsec.errors import Conflict, GateUnavailable, NotFound
from amlsec.gate import manifest, standings
from amlsec.gate.act import Act, as_text
from amlsec.gate.home import Home
from amlsec.gate.ledger import Entry, Wrote, append, entries, entry
from amlsec.gate.records import Rollback
from amlsec.gate.replay import replayed
from amlsec.gate.schema import snapshots as made
from amlsec.gate.schema import sources, submissions
from amlsec.gate.snapshots import one, snapshot, some

_Held = Callable[[str], Mapping[int, int]]
"""Of a manifest: the rows of each submission of a source."""


def rollback(home: Home, source: str, since: datetime, act: Act) -> Rollback:
    """Take all that a source handed in since a time out of the training data: what was accepted, and what waits.

    It holds from its own entry on; the new snapshot follows. A time without a zone is in UTC.

    Raises InvalidInput where no reason is given, NotFound where the source was never heard of, Conflict where there is
    nothing to take back; GateUnavailable where it cannot be written, or holds and only the snapshot cannot: the error says.
    """
    act.must_say_why()
    start = as_text(since)
    held: _Held = cache(lambda name: manifest.held(home.store, name, source))
    with home.database.reading() as connection:
        _tainted(connection, _since(connection, source, start), held)  # reads manifests while nobody waits for it
    with home.database.writing() as connection:
        rows = _since(connection, source, start)
        learned = sum(row.learned or 0 for row in rows)
        numbers, tainted = [row.id for row in rows], _tainted(connection, rows, held)
        stands = standings.keep(connection, source, standings.of(connection, source).learning(-learned))
        told = {"since": start, "submissions": numbers, "rows": learned, "tainted": tainted, **stands}
        written = append(connection, Wrote.ROLLED_BACK, act, told, source=source)
        _mark(connection, _own(source, start), written.seq)
    return _followed(home, written.seq, act)


def undo_rollback(home: Home, number: int, act: Act) -> Rollback:
    """Let what was taken back be learned again.

    Raises Conflict where that was done before, or a later rollback of the source that holds is since a time before this.
    """
    act.must_say_why()
    with home.database.writing() as connection:
        undone = _rollback(connection, number)
        source, told = undone.source or "", {"undoes": number, "submissions": undone.body["submissions"]}
        hold = replayed(entries(connection, kinds=_KINDS, source=source)).rollbacks
        if number not in hold:
            raise Conflict(f"the rollback of entry {number} was undone already")
        if over := _over(connection, number, hold.values()):
            raise Conflict(f"entry {over.seq} takes back all since {over.body['since']}, this too: undo that first")
        query = select(func.sum(submissions.c.learned)).where(submissions.c.rolled_back == number)
        learned = int(connection.scalar(query) or 0)  # PostgreSQL sums in decimals
        told |= standings.keep(connection, source, standings.of(connection, source).again(learned))
        written = append(
            connection, Wrote.UNDONE, act, {**told, "rows": learned, "since": undone.body["since"]}, source=source
        )
        _mark(connection, submissions.c.rolled_back == number, None)
    return _followed(home, written.seq, act)


def rolled_back(home: Home, number: int) -> Rollback:
    """What a rollback, or the undoing of one, came to; raises NotFound where the entry is neither.

    Raises Conflict where it holds and the process ended before the snapshot was made: make one.
    """
    with home.database.reading() as connection:
        told = _rollback(connection, number)
        after = connection.scalar(select(func.min(made.c.id)).where(made.c.position >= number))
        if after is None:
            raise Conflict(f"entry {number} holds, but no snapshot was made after it: make one")
        tainted = {int(number): rows for number, rows in told.body.get("tainted", {}).items()}
        return Rollback(
            entry=number,
            source=told.source or "",
            since=told.body["since"],
            submissions=tuple(told.body["submissions"]),
            rows=told.body["rows"],
            snapshot=one(connection, after),
            tainted=tuple(replace(found, tainted=tainted[found.id]) for found in some(connection, tainted)),
        )


def _followed(home: Home, number: int, act: Act) -> Rollback:
    """What an entry that holds already came to, with the snapshot after it."""
    try:
        snapshot(home, act)
    except GateUnavailable as error:
        raise GateUnavailable(f"entry {number} holds, but no snapshot could be made after it, make one: {error}") from error
    return rolled_back(home, number)


def _rollback(connection: Connection, number: int) -> Entry:
    """The entry, if it takes a source's submissions back or lets them in again."""
    found = entry(connection, number)
    if found.kind not in _KINDS or found.submission is not None:
        raise NotFound(f"entry {number} is {found.kind}, and no rollback")
    return found


def _since(connection: Connection, source: str, start: str) -> Sequence[Row[Any]]:
    """The submissions of a source since a time that no rollback took back yet."""
    if connection.scalar(select(sources.c.name).where(sources.c.name == source)) is None:
        raise NotFound(f"there is no source {source!r}")
    found = connection.execute(select(submissions).where(_own(source, start)).order_by(submissions.c.id)).all()
    if not found:
        raise Conflict(f"source {source!r} handed nothing in since {start} that is not rolled back already")
    return found


def _over(connection: Connection, number: int, hold: Iterable[Entry]) -> Entry | None:
    """A later rollback that would have taken back some of this one's submissions, had it not been there."""
    latest = connection.scalar(select(func.max(submissions.c.received)).where(submissions.c.rolled_back == number))
    return next((one for one in hold if one.seq > number and one.body["since"] <= latest), None)


def _tainted(connection: Connection, rows: Sequence[Row[Any]], held: _Held) -> dict[str, int]:
    """How many of these submissions' rows each snapshot holds, if any."""
    later = connection.execute(select(made).where(made.c.position > rows[0].id).order_by(made.c.id.desc()))
    counts = {str(row.id): sum(held(row.manifest).get(own.id, 0) for own in rows) for row in later}
    return {number: count for number, count in counts.items() if count}


def _own(source: str, start: str) -> ColumnElement[bool]:
    own = submissions.c
    return (own.source == source) & (own.received >= start) & own.rolled_back.is_(None)


def _mark(connection: Connection, which: ColumnElement[bool], rollback: int | None) -> None:
    """In one statement, however many they are: all who write wait for it."""
    connection.execute(update(submissions).where(which).values(rolled_back=rollback))


_KINDS = (Wrote.ROLLED_BACK, Wrote.UNDONE)
