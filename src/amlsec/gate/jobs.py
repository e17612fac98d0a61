"""The queue of submissions to judge: in the ledger's own database, so what was acknowledged is never forgotten."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, func, insert, or_, select, update

from amlsec.errors import GateUnavailable
from amlsec.gate.act import as_text, now
from amlsec.gate.database import Database
from amlsec.gate.schema import jobs

LONGEST_ERROR = 500
_AHEAD = timedelta(days=1)
"""A lease that ends later than this after its length was taken by a clock that ran ahead, and nobody may hold it still."""


def add(connection: Connection, submission: int) -> None:
    """A submission waits from now on."""
    connection.execute(insert(jobs).values(submission=submission, attempts=0))


def take(database: Database, worker: str, seconds: float, when: datetime) -> int | None:
    """Lease the submission that waits longest, for so many seconds; None where none waits."""
    ends, lasts = jobs.c.leased_until, timedelta(seconds=seconds)
    free = or_(ends.is_(None), ends < as_text(when), ends > as_text(when + lasts + _AHEAD))
    oldest = select(func.min(jobs.c.submission)).where(free)
    with database.reading() as connection:
        if connection.scalar(oldest) is None:
            return None
    with database.writing() as connection:
        submission: int | None = connection.scalar(oldest)
        if submission is not None:
            until = as_text(when + lasts)
            leased = {"worker": worker, "leased_until": until, "attempts": jobs.c.attempts + 1}
            connection.execute(update(jobs).where(jobs.c.submission == submission).values(**leased))
    return submission


@contextmanager
def kept(database: Database, submission: int, worker: str, seconds: float) -> Iterator[None]:
    """As long as this lasts, the lease is prolonged three times in its length."""
    done = threading.Event()

    def prolong() -> None:
        while not done.wait(seconds / 3):
            _prolong(database, submission, worker, seconds)

    beating = threading.Thread(target=prolong, name=f"lease of {submission}", daemon=True)
    beating.start()
    try:
        yield
    finally:
        done.set()
        beating.join()


def _prolong(database: Database, submission: int, worker: str, seconds: float) -> None:
    until = as_text(now() + timedelta(seconds=seconds))
    with suppress(GateUnavailable), database.writing() as connection:  # the next beat tries again
        connection.execute(update(jobs).where(*_own(submission, worker)).values(leased_until=until))


def holds(connection: Connection, submission: int, worker: str) -> bool:
    """Whether the worker still has the lease, within the transaction in which it writes its verdict."""
    return connection.scalar(select(jobs.c.submission).where(*_own(submission, worker))) is not None


def attempts(connection: Connection, submission: int) -> int:
    """How often a job was begun."""
    return connection.scalar(select(jobs.c.attempts).where(jobs.c.submission == submission)) or 0


def done(connection: Connection, submission: int) -> None:
    """A submission waits no longer."""
    connection.execute(jobs.delete().where(jobs.c.submission == submission))


def give_back(database: Database, submission: int, worker: str) -> None:
    """Let another worker begin at once, as if this one never had; nothing is said where the database is away."""
    told = {"worker": None, "leased_until": None, "attempts": jobs.c.attempts - 1}
    with suppress(GateUnavailable), database.writing() as connection:
        connection.execute(update(jobs).where(*_own(submission, worker)).values(**told))


def failed(database: Database, submission: int, worker: str, error: str) -> None:
    """Let another worker try again at once; `error` says why this one did not end."""
    told = {"worker": None, "leased_until": None, "error": error[:LONGEST_ERROR]}
    with database.writing() as connection:
        connection.execute(update(jobs).where(*_own(submission, worker)).values(**told))


def numbers(connection: Connection) -> list[int]:
    """The submissions that wait, those that are being judged included."""
    return list(connection.scalars(select(jobs.c.submission)))


def waiting(connection: Connection) -> tuple[int, int | None]:
    """How many submissions wait, and the oldest of them."""
    count, oldest = connection.execute(select(func.count(), func.min(jobs.c.submission))).one()
    return count, oldest


def _own(submission: int, worker: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return jobs.c.submission == submission, jobs.c.worker == worker
