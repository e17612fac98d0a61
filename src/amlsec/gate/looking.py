"""What a gate knows of its submissions; nothing here writes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, Select, func, select

from amlsec.errors import Conflict, InvalidInput, NotFound
from amlsec.evidence import Decision
from amlsec.gate import decisions, parquet_object
from amlsec.gate.home import Home
from amlsec.gate.ledger import Entry, Wrote, entries
from amlsec.gate.reading.chunks import from_bytes
from amlsec.gate.records import Stands, Submission
from amlsec.gate.schema import jobs
from amlsec.gate.schema import submissions as table
from amlsec.gate.taken import taken

MOST = 1000
"""Submissions or rows in one answer."""
_HELD = (table.c.quarantined > 0) & table.c.rolled_back.is_(None)


def submission(home: Home, number: int) -> Submission:
    """What holds of a submission; raises NotFound where there is none."""
    with home.database.reading() as connection:
        return _record(found(connection, number))


def submissions(home: Home, *, source: str | None = None, limit: int = 100, before: int | None = None) -> list[Submission]:
    """The latest submissions, newest first."""
    query = _with_errors().order_by(table.c.id.desc()).limit(few(limit))
    if source is not None:
        query = query.where(table.c.source == source)
    if before is not None:
        query = query.where(table.c.id < before)
    return _records(home, query)


def queue(home: Home, *, source: str | None = None, limit: int = 100) -> list[Submission]:
    """Submissions with rows that wait for a person, of all sources or one, most harmful first."""
    query = _with_errors().where(_HELD).order_by(table.c.harm.desc(), table.c.id).limit(few(limit))
    return _records(home, query if source is None else query.where(table.c.source == source))


def queued(home: Home) -> list[tuple[str, int, int]]:
    """Each source of which something waits for a person, in how many submissions, how many rows; most submissions first."""
    count = func.count().label("submissions")
    query = select(table.c.source, count, func.sum(table.c.quarantined)).where(_HELD).group_by(table.c.source)
    with home.database.reading() as connection:
        found = connection.execute(query.order_by(count.desc(), table.c.source))
        return [(source, number, int(rows)) for source, number, rows in found]


def unjudged(home: Home) -> int:
    """How many submissions wait for their verdict."""
    query = select(func.count()).where(table.c.judged.is_(None), table.c.rolled_back.is_(None))
    with home.database.reading() as connection:
        return connection.scalar(query) or 0


def evidence(home: Home, number: int) -> dict[str, Any]:
    """What speaks against a submission; empty until it is judged."""
    with home.database.reading() as connection:
        found(connection, number)
        verdict = judged(connection, number)
    if verdict is None:
        return {}
    told: dict[str, Any] = json.loads(home.store.get(verdict.body["evidence"]))
    return {**told, "checks": verdict.body["checks"]}


def rows(home: Home, number: int, *, start: int = 0, limit: int = 50, decision: Decision | None = None) -> pa.Table:
    """Rows with what was decided of them, those held back first and of these the most suspect.

    Columns beside the rows' own: position, decision (as it is now), and of judged ones p, score and reason.
    """
    if start < 0:
        raise InvalidInput("start", start, "must be at least 0")
    with home.database.reading() as connection:
        about, verdict = found(connection, number), judged(connection, number)
    chunks = json.loads(about.chunks)
    if verdict is None:
        return _placed(home, chunks, np.arange(start, min(start + few(limit), about.rows)))
    verdicts, now = verdict.body["verdicts"], decisions.read(home.store, about.decisions)
    p = np.concatenate([_verdicts(home.store.get(name), ["p"])["p"].to_numpy() for name in verdicts])
    worst = np.lexsort((np.nan_to_num(p, nan=1.0), now == Decision.ACCEPT))
    order = worst if decision is None else worst[now[worst] == decision]
    shown = order[start : start + few(limit)]
    own, told = _placed(home, chunks, shown), taken(home.store, verdicts, _verdicts, shown)
    names = pa.array([Decision(value).name.lower() for value in now[shown]], pa.string())
    columns = {"decision": names, **{name: told[name] for name in ("p", "score", "reason")}}
    for name, column in columns.items():
        own = own.append_column(name, column)
    return own


def decided(home: Home, number: int) -> decisions.Decisions:
    """The decision on each row (n,) as it holds now; what was rolled back is rejected.

    Raises Conflict where it waits for its verdict.
    """
    with home.database.reading() as connection:
        about = found(connection, number)
    if about.judged is None:
        raise Conflict(f"submission {number} waits for its verdict")
    now = decisions.read(home.store, about.decisions)
    return now if about.rolled_back is None else np.full_like(now, Decision.REJECT)


def history(home: Home, number: int) -> list[dict[str, Any]]:
    """Every entry about a submission, oldest first, rollbacks included."""
    with home.database.reading() as connection:
        found(connection, number)
        own = list(entries(connection, submission=number))
        back = (entry for entry in entries(connection, kinds=[Wrote.ROLLED_BACK, Wrote.UNDONE]))
        taken = [entry for entry in back if number in entry.body.get("submissions", ())]
    return [asdict(entry) for entry in sorted({entry.seq: entry for entry in own + taken}.values(), key=lambda e: e.seq)]


def all_entries(home: Home, *, after: int = 0) -> Iterator[dict[str, Any]]:
    """The ledger."""
    with home.database.reading() as connection:
        yield from (asdict(entry) for entry in entries(connection, after=after))


def found(connection: Connection, number: int) -> Row[Any]:
    """A submission's row of the table, with its job's error; raises NotFound where there is none."""
    row = connection.execute(_with_errors().where(table.c.id == number)).first()
    if row is None:
        raise NotFound(f"there is no submission {number}")
    return row


def judged(connection: Connection, number: int) -> Entry | None:
    """The verdict on a submission; None as long as it waits."""
    return next(entries(connection, kinds=[Wrote.JUDGED], submission=number), None)


def _with_errors() -> Select[Any]:
    return select(table, jobs.c.error).outerjoin(jobs, jobs.c.submission == table.c.id)


def _records(home: Home, query: Select[Any]) -> list[Submission]:
    with home.database.reading() as connection:
        return [_record(row) for row in connection.execute(query)]


def _record(row: Row[Any]) -> Submission:
    own = ("id", "source", "key", "digest", "received", "rows", "accepted", "quarantined", "rejected", "harm")
    return Submission(**{name: getattr(row, name) for name in own}, stands=_stands(row), error=row.error or "")


def _stands(row: Row[Any]) -> Stands:
    if row.rolled_back is not None:
        return Stands.ROLLED_BACK
    if row.judged is None:
        return Stands.WAITING
    if row.quarantined:
        return Stands.QUARANTINED
    return Stands.ACCEPTED if row.accepted else Stands.REJECTED


def _verdicts(data: bytes, columns: list[str] | None = None) -> pa.Table:
    return parquet_object.read(data, columns)


def _placed(home: Home, chunks: list[str], positions: NDArray[np.intp]) -> pa.Table:
    """The rows at these positions, and the positions."""
    rows = taken(home.store, chunks, from_bytes, positions)
    return rows.append_column("position", pa.array(positions, pa.int64()))


def few(limit: int) -> int:
    """The limit; raises InvalidInput where it is less than 1, or more than anybody reads."""
    if not 1 <= limit <= MOST:
        raise InvalidInput("limit", limit, f"must lie in 1..{MOST}")
    return limit
