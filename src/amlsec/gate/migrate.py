"""The tables of a database brought to the present version."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from amlsec.errors import Conflict
from amlsec.gate.database import Database

_FOLDER = Path(__file__).with_name("migrations")


def newest() -> str:
    """The version that this amlsec works with."""
    head = ScriptDirectory(str(_FOLDER)).get_current_head()
    assert head
    return head


def version(connection: Connection) -> str | None:
    """The version of a database's tables; None where there are none."""
    return MigrationContext.configure(connection).get_current_revision()


def upgrade(database: Database, to: str = "head") -> None:
    """Bring the tables to a version, all in one transaction; nothing happens where they are there already."""
    with database.writing() as connection:
        _run(connection, to)


def check(database: Database) -> None:
    """Raises Conflict where the tables are of another version."""
    with database.reading() as connection:
        found = version(connection)
    if found != newest():
        raise Conflict(f"database {database.shown} is of version {found}, this amlsec needs {newest()}: amlsec gate migrate")


def _run(connection: Connection, to: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    command.upgrade(config, to)
