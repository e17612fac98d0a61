"""A gate made anew from a backup, on a database and a store of either kind."""

from __future__ import annotations

import json
import shutil
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

from alembic.util import CommandError
from pydantic import ValidationError
from sqlalchemy import Connection, MetaData, Table, func, insert, select
from sqlalchemy.exc import ArgumentError, CompileError, DataError, IntegrityError, ProgrammingError

from amlsec.errors import Conflict, InvalidInput, Tampered
from amlsec.gate import config, migrate, sums
from amlsec.gate.backup import ABOUT, HOME, LEFT_OUT, OBJECTS, TABLES, Backup
from amlsec.gate.database import Database
from amlsec.gate.home import Home, parts
from amlsec.gate.ledger import chain_faults, head
from amlsec.gate.new_home import new_home
from amlsec.gate.side_by_side import side_by_side
from amlsec.gate.store import Store

_AT_ONCE = 1000
_REFUSED = (ArgumentError, CompileError, DataError, IntegrityError, ProgrammingError)
"""How a database says that rows are none of a table."""


def restore(backup: Path, folder: Path, settings: Mapping[str, Any] | None = None) -> Home:
    """Make the gate of a backup in a new or empty folder; `settings` go before those of its `gate.toml`.

    Every byte of the backup is checked before anything is written; if anything fails no folder and no row is left.
    Nobody is signed in. Tokens taken back since the backup was made hold again: take them back once more.

    Raises InvalidInput where this is no backup or one of a newer amlsec, Tampered where a byte of it was changed, Conflict
    where the database holds a ledger already, GateUnavailable where the database or the store is away.
    """
    told = checked(backup)
    settings = {**config.told(backup / HOME), **(settings or {})}
    with new_home(folder, settings):
        _, database, store = parts(folder)
        with closing(database):
            _check_empty(database)
            _put_all(store, backup / OBJECTS)
            _fill(database, backup / TABLES, told)
        _put_home(folder, backup)
    return Home.opened(folder)


def checked(backup: Path) -> Backup:
    """What a backup is of, all of it looked at; raises InvalidInput and Tampered as `restore` does."""
    objects, others = 0, set()
    for name in sums.checked(backup):
        if name.startswith(f"{OBJECTS}/"):
            objects += 1
        else:
            others.add(name)
    told = _told(backup / ABOUT)
    if objects != told.objects or others != {
        ABOUT,
        *_files(told),
        *_home(backup),
    }:
        raise Tampered(f"{backup / sums.FILE} does not name all files of this backup")
    return told


def _told(file: Path) -> Backup:
    try:
        return Backup.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise InvalidInput("backup", str(file), "is not what amlsec gate backup of this version writes") from error


def _files(told: Backup) -> set[str]:
    return {f"{HOME}/{config.FILE}", *(f"{TABLES}/{name}.jsonl" for name in told.tables)}


def _home(backup: Path) -> Iterator[str]:
    """What lies in the home: all of it is copied, so all of it must have been written down."""
    for path in (backup / HOME).rglob("*"):
        if path.is_symlink() or not path.is_dir():
            yield path.relative_to(backup).as_posix()


def _put_home(folder: Path, backup: Path) -> None:
    """All but the settings, which are written already; who may look into the folder is not the backup's to say."""
    for name in set(_home(backup)) - {f"{HOME}/{config.FILE}"}:
        copy = folder / Path(name).relative_to(HOME)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(backup / name, copy)


def _check_empty(database: Database) -> None:
    with database.reading() as connection:
        if migrate.version(connection) is not None and head(connection) is not None:
            raise Conflict(f"database {database.shown} holds a ledger already")


def _put_all(store: Store, folder: Path) -> None:
    names = Store(str(folder)).names()
    deque(side_by_side(lambda name: store.put_file(folder / name[:2] / name), names), maxlen=0)


def _fill(database: Database, folder: Path, told: Backup) -> None:
    """Tables are made as they were in the version of the backup, filled, and then brought to the present."""
    try:
        migrate.upgrade(database, told.version)
    except CommandError as error:
        raise InvalidInput("backup", told.version, "is a version of the tables that this amlsec does not know") from error
    with database.writing() as connection:
        for table in _tables(connection, told):
            _fill_one(connection, table, folder / f"{table.name}.jsonl")
            if not database.is_sqlite and table.autoincrement_column is not None:
                _count_on(connection, table)
        _check_ledger(connection, told)
    migrate.upgrade(database)


def _fill_one(connection: Connection, table: Table, file: Path) -> None:
    try:
        for rows in _batches(file):
            connection.execute(insert(table), rows)
    except (*_REFUSED, OverflowError, RecursionError, ValueError) as error:
        raise Tampered(f"{file} does not fit the other tables") from error


def _tables(connection: Connection, told: Backup) -> list[Table]:
    """In an order in which each refers to those before it only."""
    there = MetaData()
    there.reflect(connection)
    tables = [table for table in there.sorted_tables if table.name not in LEFT_OUT]
    if {table.name for table in tables} != set(told.tables):
        raise Tampered(f"the backup does not hold the tables of version {told.version}")
    return tables


def _batches(file: Path) -> Iterator[list[dict[str, Any]]]:
    with file.open(encoding="utf-8") as lines:
        while rows := [json.loads(line) for line in islice(lines, _AT_ONCE)]:
            yield rows


def _count_on(connection: Connection, table: Table) -> None:
    """PostgreSQL goes on to count after the last number there is."""
    column = table.autoincrement_column
    assert column is not None
    sequence = func.pg_get_serial_sequence(table.name, column.name)
    connection.execute(select(func.setval(sequence, func.max(column))))


def _check_ledger(connection: Connection, told: Backup) -> None:
    end = head(connection)
    if end is None or (end.seq, end.hash) != (told.position, told.head):
        raise Tampered(f"the ledger of the backup does not end with entry {told.position}")
    if faults := list(chain_faults(connection)):
        raise Tampered(f"the ledger of the backup: {faults[0]}")
