"""Where a gate keeps its ledger: SQLite in a file, or PostgreSQL, by URL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from amlsec.errors import HIDDEN, GateUnavailable, InvalidInput
from amlsec.tables.files import one_line

_WRITERS = 0x616D6C73
"""The advisory lock by which writers of one PostgreSQL database take turns."""
_WAIT = 30
"""Seconds a writer waits for its turn."""


class Database:
    """Transactions on a gate's tables.

    Writers take turns, so what one reads holds until it commits. A reader sees the tables as they were when it began.

    Attributes
    ----------
    url : "sqlite:///path" or "postgresql+psycopg://user:password@host/name"; hidden from what is printed
    """

    def __init__(self, url: str | URL) -> None:
        told = parsed(url)
        self.url = told.render_as_string(hide_password=False)
        self._engine = _engine(told)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file."""
        return self._engine.dialect.name == "sqlite"

    @property
    def shown(self) -> str:
        """The URL without its password."""
        return make_url(self.url).render_as_string(hide_password=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of all tables; raises GateUnavailable where the database is away."""
        options = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self._transaction(options) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction alone with the right to write, durable when it ends without an error.

        Raises GateUnavailable where the database is away, full, or others hold the right for 30 seconds.
        """
        options = {"writing": True} if self.is_sqlite else {"isolation_level": "READ COMMITTED"}
        with self._transaction(options) as connection:
            if not self.is_sqlite:
                connection.execute(text(f"SET LOCAL lock_timeout = '{_WAIT}s'"))
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITERS})
            yield connection

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    @contextmanager
    def or_closed(self) -> Iterator[None]:
        """Give all connections back where this fails."""
        try:
            yield
        except BaseException:
            self.close()
            raise

    @contextmanager
    def _transaction(self, options: dict[str, Any]) -> Iterator[Connection]:
        try:
            with self._engine.connect().execution_options(**options) as connection, connection.begin():
                yield connection
        except DBAPIError as error:
            if _away(error):
                raise GateUnavailable(f"database {self.shown}: {one_line(error.orig or error)}") from error
            raise
        except NoConnectionLeft as error:
            raise GateUnavailable(f"database {self.shown}: no connection is left") from error


def _away(error: DBAPIError) -> bool:
    """Whether the database cannot do it now, rather than was asked something wrong."""
    from sqlalchemy.exc import InternalError, OperationalError

    return error.connection_invalidated or isinstance(error, OperationalError | InternalError)


def parsed(url: str | URL) -> URL:
    """What a URL says; raises InvalidInput, which does not show it as it may hold a password, where it is none."""
    try:
        return make_url(url)
    except (ArgumentError, ValueError) as error:
        rule = "must be a URL as sqlite:///gate.sqlite or postgresql+psycopg://…"
        raise InvalidInput("database", HIDDEN, rule) from error


def _engine(told: URL) -> Engine:
    kind = told.get_backend_name()
    if kind == "sqlite":
        return _sqlite(told)
    if kind != "postgresql":
        raise InvalidInput("database", kind, "must be sqlite or postgresql")
    try:
        return create_engine(told.set(drivername="postgresql+psycopg"), pool_pre_ping=True, pool_size=10, pool_timeout=_WAIT)
    except (ImportError, NoSuchModuleError) as error:
        raise InvalidInput("database", kind, "needs the pg extra: pip install 'amlsec[pg]'") from error


def _sqlite(url: URL) -> Engine:
    path = url.database
    if not path or path == ":memory:" or not Path(path).parent.is_dir() or Path(path).is_dir():
        raise InvalidInput("database", str(url), "must be a file in a folder that exists")
    engine = create_engine(url.set(drivername="sqlite"), connect_args={"timeout": _WAIT})
    event.listen(engine, "connect", _durable)
    event.listen(engine, "begin", _begin)
    return engine


def _durable(connection: sqlite3.Connection, _: object) -> None:
    """Every commit is on the disk before it is acknowledged; readers do not wait for writers."""
    connection.isolation_level = None  # transactions are begun by _begin alone
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writing") else "BEGIN")
