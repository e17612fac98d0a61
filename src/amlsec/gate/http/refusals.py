"""Calls that were refused: added up by the minute, so that nobody fills the disk with them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from sqlalchemy import delete, func, insert, select

from amlsec.errors import GateUnavailable
from amlsec.gate.act import as_text
from amlsec.gate.database import Database
from amlsec.gate.schema import refusals as table

LOG = logging.getLogger(__name__)
MOST = 100
"""Kinds of refusals told apart within a minute; more are counted as of "others"."""
KEPT = 100_000
"""Refusals kept; older ones go."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Calls of one client within a minute that were refused alike.

    Attributes
    ----------
    id : larger is later
    what : method and path of the endpoint
    status : the HTTP status
    why : what the first of them was told, and how many there were
    """

    id: int
    time: str
    who: str
    what: str
    status: int
    why: str


class Refusals:
    """Refused calls of this minute, to be written when it is over."""

    def __init__(self, database: Database) -> None:
        self._database, self._lock = database, Lock()
        self._counts: dict[tuple[str, str, int], tuple[int, str]] = {}
        self._since = ""

    def note(self, who: str, what: str, status: int, why: str, when: datetime) -> None:
        """Count a refusal; the first of its kind in a minute is logged at once."""
        key = (who, what, status)
        with self._lock:
            self._since = self._since or as_text(when)
            if key not in self._counts and len(self._counts) >= MOST:
                key, why = ("others", "(several)", 0), "calls of other clients"
            count, first = self._counts.get(key, (0, why))
            self._counts[key] = (count + 1, first)
        if not count:
            LOG.warning("refused", extra={"told": {"who": key[0], "endpoint": key[1], "status": key[2], "why": why}})

    def due(self, when: datetime) -> bool:
        """Whether the minute is over in which something was refused."""
        return bool(self._since) and as_text(when)[:16] > self._since[:16]

    def write(self) -> None:
        """Bring what was counted to the table; where the database is away only the log has it."""
        with self._lock:
            counts, since = self._counts, self._since
            self._counts, self._since = {}, ""
        if not counts:
            return
        try:
            self._insert([_row(since, *kind, *told) for kind, told in counts.items()])
        except GateUnavailable:
            LOG.warning("refusals not written: the database is away", extra={"told": {"lost": len(counts)}})

    def _insert(self, rows: list[Mapping[str, object]]) -> None:
        with self._database.writing() as connection:
            connection.execute(insert(table), rows)
            last = connection.scalar(select(func.max(table.c.id)))
            connection.execute(delete(table).where(table.c.id <= last - KEPT))


def refusals(database: Database, *, limit: int = 100, before: int | None = None) -> list[Refusal]:
    """Those written, the latest first."""
    query = select(table).order_by(table.c.id.desc()).limit(limit)
    with database.reading() as connection:
        rows = connection.execute(query if before is None else query.where(table.c.id < before))
        return [Refusal(**row._asdict()) for row in rows]


def _row(time: str, who: str, what: str, status: int, count: int, why: str) -> Mapping[str, object]:
    counted = why if count == 1 else f"{why} ({count} calls)"
    return {"time": time, "who": who[:200], "what": what, "status": status, "why": counted}
