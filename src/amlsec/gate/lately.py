"""The rows learned last, beside which protected rows are tested: harm that adds up shows only there."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pyarrow as pa
from sqlalchemy import Connection, select

from amlsec.data import Batch
from amlsec.evidence import Decision
from amlsec.gate import decisions
from amlsec.gate.home import Home
from amlsec.gate.learned import Trusted, chunks
from amlsec.gate.schema import submissions
from amlsec.tables.load import Table
from amlsec.tables.more import more_rows


def learned_lately(home: Home, like: Table, trusted: Trusted, most: int) -> Batch | None:
    """At most so many learned rows, those of the latest submissions; None where none is learned yet.

    Copies of trusted rows are none, else they would crowd out what counts.
    """
    with home.database.reading() as connection:
        parts = list(_taken(_learned(home, connection, trusted), most))
    return more_rows(pa.concat_tables(parts), home.form.columns, like) if parts else None


def _learned(home: Home, connection: Connection, trusted: Trusted) -> Iterator[pa.Table]:
    """The learned rows, chunk by chunk, of the latest submission first."""
    own = submissions.c
    learned = (own.learned > 0) & own.rolled_back.is_(None)
    for row in connection.execute(select(own.chunks, own.decisions).where(learned).order_by(own.id.desc())):
        accepted, start = decisions.read(home.store, row.decisions) == Decision.ACCEPT, 0
        for chunk in chunks(home.store, json.loads(row.chunks)):
            yield chunk.filter(pa.array(accepted[start : start + len(chunk)] & ~trusted.holds(chunk)))
            start += len(chunk)


def _taken(parts: Iterator[pa.Table], most: int) -> Iterator[pa.Table]:
    """The first so many rows."""
    for part in parts:
        if most <= 0:
            return
        yield part.slice(0, most)
        most -= len(part)
