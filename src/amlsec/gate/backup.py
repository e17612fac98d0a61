"""A copy of a gate, made while it runs: its tables as they were at one moment, and all its objects."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, Table, select

from amlsec.errors import InvalidInput
from amlsec.gate import config, migrate, sums
from amlsec.gate.act import Act
from amlsec.gate.home import Home
from amlsec.gate.ledger import FIRST, Wrote, head, last
from amlsec.gate.policy import parsed_policy
from amlsec.gate.schema import metadata
from amlsec.gate.side_by_side import side_by_side
from amlsec.gate.store import Store
from amlsec.whole import whole_folder

TABLES, OBJECTS, HOME, ABOUT = "tables", "objects", "home", "backup.json"
LEFT_OUT = frozenset({"sessions", "alembic_version"})
"""Who was signed in signs in again; the version is told elsewhere."""


class Backup(BaseModel):
    """What a backup is of.

    Attributes
    ----------
    format : of the backup itself
    version : of the tables
    position, head : of the ledger's last entry, and its hash
    tables : how many rows of each
    objects : how many
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int = Field(default=1, ge=1, le=1)
    version: str
    time: str
    position: int
    head: str
    tables: dict[str, int]
    objects: int


def backup(home: Home, folder: Path) -> Backup:
    """Copy a gate into a new folder, which is there whole or not at all, for its owner only.

    The configuration, which may hold passwords, is in it; private keys are not. `sha256sum -c SHA256SUMS` checks it.

    Raises InvalidInput where the folder is there or cannot be written, Tampered where an object is not what was written,
    GateUnavailable where the database or the store is away.
    """
    if folder.exists():
        raise InvalidInput("backup", str(folder), "is there already")
    try:
        with whole_folder(folder, mode=0o700) as unfinished:
            told = _copied(home, unfinished)
            os.sync()
            return told
    except OSError as error:
        raise InvalidInput("backup", str(folder), f"cannot be written: {error.strerror}") from error


def _copied(home: Home, folder: Path) -> Backup:
    """Tables come first: an entry is written after the objects it names."""
    with home.database.reading() as connection:
        end = head(connection)
        version, model = migrate.version(connection) or "", _model(connection, home)
        rows = dict(_tables(connection, folder / TABLES))
    names = [*_home(home.folder, model, folder / HOME), *(f"{TABLES}/{name}.jsonl" for name in rows)]
    with (folder / sums.FILE).open("w", encoding="utf-8") as lines:
        objects = _objects(home.store, folder / OBJECTS, lines)
        position, hashed = (end.seq, end.hash) if end else (0, FIRST)
        told = Backup(version=version, time=Act("gate").time, position=position, head=hashed, tables=rows, objects=objects)
        (folder / ABOUT).write_text(told.model_dump_json(indent=2) + "\n", "utf-8")
        lines.writelines(sums.line(sums.of(folder, name), name) for name in [*names, ABOUT])
    return told


def _model(connection: Connection, home: Home) -> str:
    """The file of the classifier to protect, which the policy in force names; "" where it names none."""
    policy = last(connection, Wrote.POLICY)
    return parsed_policy(home.store.get(policy.body["text"]).decode()).model.file if policy else ""


def _home(home: Path, model: str, folder: Path) -> Iterator[str]:
    """What lies in the home but cannot be had again; a model elsewhere is its owner's."""
    for name in (config.FILE, model):
        path = home / name
        if name and path.resolve().is_relative_to(home.resolve()):
            copy = folder / path.relative_to(home)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
            yield f"{HOME}/{path.relative_to(home).as_posix()}"


def _tables(connection: Connection, folder: Path) -> Iterator[tuple[str, int]]:
    folder.mkdir()
    for table in metadata.sorted_tables:
        if table.name not in LEFT_OUT:
            with (folder / f"{table.name}.jsonl").open("w", encoding="utf-8") as file:
                yield table.name, _written(_lines(connection, table), file)


def _lines(connection: Connection, table: Table) -> Iterator[str]:
    query = select(table).order_by(*table.primary_key)
    for row in connection.execution_options(yield_per=1000).execute(query):
        yield json.dumps(row._asdict()) + "\n"


def _written(lines: Iterable[str], file: TextIO) -> int:
    return sum(file.write(line) > 0 for line in lines)


def _objects(store: Store, folder: Path, lines: TextIO) -> int:
    copied = side_by_side(lambda name: _object(store, name, folder), store.names())
    return _written((sums.line(name.rpartition("/")[2], f"{OBJECTS}/{name}") for name in copied), lines)


def _object(store: Store, name: str, folder: Path) -> str:
    """Laid out as a store in a folder is."""
    fan = folder / name[:2]
    fan.mkdir(parents=True, exist_ok=True)
    with store.open(name) as found, (fan / name).open("wb") as copy:
        shutil.copyfileobj(found, copy)
    return f"{name[:2]}/{name}"
