"""What was asked of a service so far, and when it may be asked again: one file for all processes and restarts."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from amlsec.errors import InvalidInput, ModelFailed

_TABLE = "CREATE TABLE IF NOT EXISTS calls (service TEXT PRIMARY KEY, spent INTEGER NOT NULL, next REAL NOT NULL)"
PATIENCE = 60.0
"""Seconds that a process waits for others that write into the file."""


@dataclass(frozen=True)
class Ledger:
    """The calls made to one service, in a SQLite file.

    A call is entered before it is made, so that one who is killed in between has spent it: the budget is never overspent,
    whatever many processes do, and whenever they end. Only a power failure may lose the last entries, as the file is not
    forced to disk at each: that would take longer than most services do.

    Attributes
    ----------
    path : the file, made where it is missing; one may hold several services
    service : the name under which this one stands
    most : how many calls may be made in all; None for any number
    rate : how many a second at most, all processes together; 0 for any number

    Raises InvalidInput where the file cannot be a ledger, or a number is out of range.
    """

    path: Path
    service: str
    most: int | None = None
    rate: float = 0.0

    def __post_init__(self) -> None:
        if self.most is not None and self.most < 0:
            raise InvalidInput("calls", self.most, "must be at least 0")
        if not 0 <= self.rate < float("inf"):
            raise InvalidInput("rate", self.rate, "must be a finite number of calls a second, at least 0")
        try:
            with self._written() as file:
                file.execute(_TABLE)
        except sqlite3.Error as error:
            raise InvalidInput("ledger", str(self.path), f"cannot be kept there: {error}") from error

    @property
    def spent(self) -> int:
        """How many calls were entered so far."""
        with closing(sqlite3.connect(self.path, timeout=PATIENCE)) as file:
            found = file.execute("SELECT spent FROM calls WHERE service = ?", (self.service,)).fetchone()
        return int(found[0]) if found else 0

    def enter(self) -> float:
        """Enter one call; returns how many seconds to wait before it is made.

        Raises ModelFailed, and enters none, where all are spent.
        """
        with self._written() as file:
            found = file.execute("SELECT spent, next FROM calls WHERE service = ?", (self.service,)).fetchone()
            spent, free = found or (0, 0.0)
            if self.most is not None and spent >= self.most:
                raise ModelFailed(f"all {self.most:,} calls to {self.service} are spent; the ledger is {self.path.name}")
            now = time.time()
            begin = max(now, free) if self.rate else now
            after = begin + (1 / self.rate if self.rate else 0.0)
            file.execute("REPLACE INTO calls VALUES (?, ?, ?)", (self.service, spent + 1, after))
        return begin - now

    @contextmanager
    def _written(self) -> Iterator[sqlite3.Connection]:
        """The file, for one process at a time; what is written stands there when it is left, or not at all."""
        with closing(sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)) as file:
            file.execute("PRAGMA synchronous = OFF")
            file.execute("BEGIN IMMEDIATE")
            try:
                yield file
            except BaseException:
                file.execute("ROLLBACK")
                raise
            file.execute("COMMIT")
