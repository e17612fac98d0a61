"""The ledger: a chain of hashes, written in turn, never changed."""

import json
import threading
from hashlib import sha256

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from amlsec.errors import NotFound
from amlsec.gate.act import Act
from amlsec.gate.database import Database
from amlsec.gate.ledger import FIRST, Wrote, append, canonical, chain_faults, entries, entry, head, last
from amlsec.gate.migrate import upgrade
from gate.begun import on


@pytest.fixture
def database(gate_urls):
    database = Database(gate_urls.database)
    upgrade(database)
    yield database
    database.close()


def written(database, count=3):
    for number in range(count):
        with database.writing() as connection:
            append(connection, Wrote.OPENED, on(number), {"number": number}, source=f"s{number % 2}")


def test_each_entry_holds_the_hash_of_the_one_before(database):
    written(database)
    with database.reading() as connection:
        told = list(entries(connection))
        assert list(chain_faults(connection)) == []
        assert head(connection) == told[-1] == entry(connection, 3)
        assert last(connection, Wrote.OPENED, upto=2) == told[1]
        with pytest.raises(NotFound, match="entry 4 is not in the ledger"):
            entry(connection, 4)
    previous = FIRST
    for number, found in enumerate(told):
        plain = [
            number + 1,
            found.time,
            "opened",
            "local:me",
            "a test",
            None,
            f"s{number % 2}",
            {"number": number},
            previous,
        ]
        naive = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert found.hash == sha256(naive.encode()).hexdigest()
        previous = found.hash


def test_time_never_runs_back(database):
    with database.writing() as connection:
        append(connection, Wrote.OPENED, on(5), {})
        assert append(connection, Wrote.OPENED, on(1), {}).time == on(5).time


def test_entries_are_found_by_kind_submission_and_source(database):
    with database.writing() as connection:
        number = append(connection, Wrote.SUBMITTED, on(0), {}, source="web").seq
        append(connection, Wrote.JUDGED, on(0), {}, submission=number, source="web")
        append(connection, Wrote.POLICY, on(0), {})
    with database.reading() as connection:
        found = {
            "submission": [one.seq for one in entries(connection, submission=number)],
            "source": [one.seq for one in entries(connection, source="web")],
            "kinds": [one.seq for one in entries(connection, kinds=[Wrote.POLICY])],
            "between": [one.seq for one in entries(connection, after=1, upto=2)],
        }
    assert found == {"submission": [1, 2], "source": [1, 2], "kinds": [3], "between": [2]}


def test_the_database_itself_refuses_a_second_verdict(database):
    with database.writing() as connection:
        append(connection, Wrote.JUDGED, on(0), {}, submission=1)
    with pytest.raises(IntegrityError), database.writing() as connection:
        append(connection, Wrote.JUDGED, on(0), {}, submission=1)


@pytest.mark.parametrize("statement", ["UPDATE ledger SET who = 'x' WHERE seq = 2", "DELETE FROM ledger WHERE seq = 3"])
def test_the_database_itself_refuses_changes(database, statement):
    written(database)
    with pytest.raises(DBAPIError, match="append-only"), database.writing() as connection:
        connection.execute(text(statement))
    with database.reading() as connection:
        assert list(chain_faults(connection)) == []


COLUMNS_OF_ENTRIES = ("time", "kind", "who", "why", "source", "body", "previous", "hash")


@pytest.mark.parametrize("column", COLUMNS_OF_ENTRIES)
def test_an_edit_of_any_column_behind_the_triggers_is_found(database, column):
    written(database)
    unguarded(database)
    value = {"body": canonical({"number": 9}), "kind": "policy"}.get(
        column, "f" * 64 if column in ("previous", "hash") else "x"
    )
    with database.writing() as connection:
        connection.execute(text(f"UPDATE ledger SET {column} = :value WHERE seq = 2"), {"value": value})
    with database.reading() as connection:
        faults = list(chain_faults(connection))
    assert faults
    assert all("entry 2" in fault or "entry 3" in fault for fault in faults)


def test_an_entry_that_is_missing_is_found(database):
    written(database)
    unguarded(database)
    with database.writing() as connection:
        connection.execute(text("DELETE FROM ledger WHERE seq = 2"))
    with database.reading() as connection:
        assert next(chain_faults(connection)) == "entry 2 is missing: the next is 3"


def unguarded(database):
    """As one who owns the database can make it."""
    triggers = ["ledger_no_UPDATE", "ledger_no_DELETE"] if database.is_sqlite else ["ledger_append_only"]
    with database.writing() as connection:
        for trigger in triggers:
            connection.execute(text(f"DROP TRIGGER {trigger}{'' if database.is_sqlite else ' ON ledger'}"))


def test_writers_take_turns_and_the_chain_holds(database):
    def write(name):
        for _ in range(15):
            with database.writing() as connection:
                append(connection, Wrote.OPENED, Act(f"local:{name}"), {})

    threads = [threading.Thread(target=write, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as connection:
        assert list(chain_faults(connection)) == []
        assert head(connection).seq == 60


def test_a_reader_sees_one_state(database):
    written(database, 2)
    with database.reading() as connection:
        before = head(connection).seq
        written(database, 1)
        assert head(connection).seq == before == 2
    with database.reading() as connection:
        assert head(connection).seq == 3


def test_what_fails_leaves_nothing(database):
    def two(connection, second):
        append(connection, Wrote.OPENED, on(0), {})
        append(connection, Wrote.OPENED, on(0), second)

    with pytest.raises(TypeError, match="not JSON"), database.writing() as connection:
        two(connection, {"what": {1, 2}})
    with database.reading() as connection:
        assert head(connection) is None
