"""The tables come forward from every earlier version, with what is in them, and are those that the code knows."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert, inspect, select

from amlsec.errors import Conflict
from amlsec.gate import migrate
from amlsec.gate.database import Database
from amlsec.gate.ledger import Wrote, append, chain_faults
from amlsec.gate.schema import metadata, submissions, users
from gate.begun import on

VERSIONS = [one.revision for one in ScriptDirectory(str(migrate._FOLDER)).walk_revisions()][::-1]


@pytest.fixture
def database(gate_urls):
    database = Database(gate_urls.database)
    yield database
    database.close()


def filled(database):
    """A submission in the tables of the first version, which all later ones have."""
    with database.writing() as connection:
        number = append(connection, Wrote.SUBMITTED, on(0), {"rows": 1}, source="web").seq
        told = {"id": number, "source": "web", "digest": "d", "received": on(0).time, "rows": 1, "chunks": "[]"}
        connection.execute(insert(submissions).values(**told))
    return number


@pytest.mark.parametrize("version", VERSIONS)
def test_from_every_version_the_tables_come_forward_with_what_is_in_them(database, version):
    migrate.upgrade(database, version)
    number = filled(database)
    migrate.upgrade(database)
    migrate.check(database)
    with database.reading() as connection:
        assert connection.scalar(select(submissions.c.rows).where(submissions.c.id == number)) == 1
        assert list(chain_faults(connection)) == []
        assert connection.execute(select(users)).all() == []


def test_versions_are_one_line_without_branches():
    assert [f"{number + 1:04}" for number in range(len(VERSIONS))] == VERSIONS


def test_the_code_knows_the_tables_as_they_are(database):
    migrate.upgrade(database)
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_twice_is_once(database):
    migrate.upgrade(database)
    number = filled(database)
    migrate.upgrade(database)
    with database.reading() as connection:
        assert connection.scalar(select(submissions.c.id)) == number


def test_an_older_version_is_told_apart(database):
    migrate.upgrade(database, VERSIONS[0])
    with pytest.raises(
        Conflict, match=f"is of version {VERSIONS[0]}, this amlsec needs {VERSIONS[-1]}: amlsec gate migrate"
    ):
        migrate.check(database)


def test_a_migration_that_fails_leaves_the_tables_as_they_were(database, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("broken")

    migrate.upgrade(database, VERSIONS[0])
    monkeypatch.setattr("alembic.operations.Operations.create_index", broken, raising=True)
    with pytest.raises(RuntimeError, match="broken"):
        migrate.upgrade(database)
    monkeypatch.undo()
    with database.reading() as connection:
        assert migrate.version(connection) == VERSIONS[0]
        assert "users" not in inspect(connection).get_table_names()
