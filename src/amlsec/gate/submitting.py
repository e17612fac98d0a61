"""Rows are kept before they are acknowledged, and once, however often they are sent."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select

from amlsec.errors import Conflict, InvalidInput
from amlsec.gate import jobs, standings
from amlsec.gate.act import Act
from amlsec.gate.form import ROOT
from amlsec.gate.home import Home
from amlsec.gate.ledger import Wrote, append, canonical
from amlsec.gate.reading.messages import Parsed
from amlsec.gate.receiving import received
from amlsec.gate.records import Receipt
from amlsec.gate.schema import submissions

LONGEST_NAME = 200


def submit(
    home: Home,
    data: Any,
    source: str,
    act: Act,
    *,
    key: str | None = None,
    format: str | None = None,
    called: str | None = None,
) -> Receipt:
    """Keep rows of one source, to be judged: a path, a binary stream, or a pandas, polars or Arrow table.

    `called` is what errors call the data, instead of its path.

    Raises InvalidInput where the rows break a rule, Conflict where the key came with other rows before; GateUnavailable
    where they cannot be kept. Nothing is acknowledged then.
    """
    named("source", source)
    if key is not None:
        named("key", key)
    with received(home, data, format=format, called=called) as parsed:
        return _kept(home, parsed, source, key, act)


def named(what: str, name: str) -> None:
    """Raises InvalidInput where a name is empty, too long or holds what cannot be seen, or is that of trusted rows."""
    if not (isinstance(name, str) and 0 < len(name) <= LONGEST_NAME and name.isprintable() and name == name.strip()):
        rule = f"must be 1 to {LONGEST_NAME} printable characters, without spaces at its ends"
        raise InvalidInput(what, name, rule)
    if name == ROOT:
        raise InvalidInput(what, name, "is what a gate calls its trusted rows")


def _kept(home: Home, parsed: Parsed, source: str, key: str | None, act: Act) -> Receipt:
    with home.database.reading() as connection:
        known = _known(connection, source, key, parsed.digest)
    if known is not None:
        return _again(known, key, parsed)
    chunks = [home.store.put_file(file) for file in parsed.files]
    return _acknowledged(home, parsed, chunks, source, key, act)


def _acknowledged(home: Home, parsed: Parsed, chunks: list[str], source: str, key: str | None, act: Act) -> Receipt:
    told = {"key": key, "digest": parsed.digest, "rows": parsed.rows}
    with home.database.writing() as connection:
        known = _known(connection, source, key, parsed.digest)
        if known is not None:
            return _again(known, key, parsed)
        standings.known(connection, source)
        body = {**told, "chunks": chunks, "notes": list(parsed.notes)}
        entry = append(connection, Wrote.SUBMITTED, act, body, source=source)
        row = {**told, "id": entry.seq, "source": source, "received": entry.time, "chunks": canonical(chunks)}
        connection.execute(insert(submissions).values(**row))
        jobs.add(connection, entry.seq)
    return Receipt(entry.seq, parsed.rows, parsed.digest, True, tuple(parsed.notes))


def _known(connection: Connection, source: str, key: str | None, digest: str) -> Row[Any] | None:
    """What came from this source under the same key, or else with the same rows."""
    same = submissions.c.digest == digest if key is None else or_(submissions.c.digest == digest, submissions.c.key == key)
    query = select(submissions).where(submissions.c.source == source, same)
    rows = connection.execute(query).all()
    return next((row for row in rows if key is not None and row.key == key), rows[0] if rows else None)


def _again(known: Row[Any], key: str | None, parsed: Parsed) -> Receipt:
    if known.digest != parsed.digest:
        raise Conflict(f"key {key!r} of source {known.source!r} came with other rows before, as submission {known.id}")
    return Receipt(known.id, known.rows, known.digest, False, tuple(parsed.notes))
