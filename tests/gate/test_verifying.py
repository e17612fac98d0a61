"""Verify finds any edit of what is kept, and says nothing of what is as it was written."""

import json
import shutil
import sqlite3
from dataclasses import replace
from hashlib import sha256

import fsspec
import pytest
from sqlalchemy import Boolean, text

from amlsec.errors import InvalidInput
from amlsec.evidence import Decision
from amlsec.gate.database import Database
from amlsec.gate.ledger import FIRST, canonical
from amlsec.gate.people.person import Role
from amlsec.gate.people.tokens import make_token, revoke_token
from amlsec.gate.people.users import add_user, disable_user, set_password, set_role
from amlsec.gate.referenced import _NAMED
from amlsec.gate.schema import metadata
from amlsec.gate.signing import Checkpoint, new_key
from amlsec.gate.store import Store
from amlsec.gate.verifying import UNSEEN, verify
from gate.begun import ME, QUICK, START, begun, blobs, flipped, on, taught

TRUSTED = blobs(100, seed=1)
NOT_TOLD = {("jobs", column) for column in ("worker", "leased_until", "attempts", "error")}
NOT_KEPT = ("sessions", "refusals")


def lived(folder, urls=None):
    """A gate in which everything happened that an entry can be of."""
    gate = begun(folder / "home", urls, trusted=TRUSTED)
    gate.set_policy(QUICK, act=ME)
    gate.protect(TRUSTED[:4], act=ME)
    first = taught(gate, blobs(6, seed=2), "web", 1, key="first")
    taught(gate, flipped(TRUSTED[:5]), "feed", 2, key="second")
    review = gate.review(first, Decision.REJECT, act=on(3), rows=[0, 3])
    gate.undo(gate.review(first, Decision.REJECT, act=on(3)).entry, act=on(3))
    gate.register("web", {"exposure": "staff", "verified": 0.5}, act=on(3))
    gate.model(gate.snapshot(act=on(4)).id, "model", act=on(4))
    gate.rollback("feed", START, act=on(5))
    gate.undo(gate.rollback("web", START, act=on(5)).entry, act=on(5))
    gate.rotate_root(TRUSTED[:90], act=on(6))
    for name in ("ada", "bob"):
        add_user(gate.home, name, "a long password", Role.REVIEWER, act=on(7))
    set_role(gate.home, "ada", Role.ADMIN, act=on(7))
    set_password(gate.home, "bob", "another long password", act=on(7))
    disable_user(gate.home, "bob", act=on(7))
    with sqlite3.connect(folder / "home" / "gate.sqlite") as own, sqlite3.connect(folder / "older.sqlite") as older:
        own.backup(older)
    own.close()
    older.close()
    for name in ("t1", "t2"):
        make_token(gate.home, name, Role.SUBMITTER, act=on(7), source="web")
    revoke_token(gate.home, "t1", act=on(7))
    new_key(folder / "key")
    (folder / "kept.json").write_text(json.dumps(gate.checkpoint(folder / "key", act=on(8))))
    gate.submit(blobs(3, seed=8), "web", act=on(9))
    gate.model(gate.snapshot(act=on(9)).id, "last", act=on(9))
    assert review.effective
    return gate


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lived")
    gate = lived(folder)
    assert gate.verify().faults == ()
    yield folder, gate.home
    gate.close()


def copied(place, path, change):
    """The database after a change by somebody who owns it, made to a copy."""
    folder, _ = place
    with sqlite3.connect(folder / "home" / "gate.sqlite") as own, sqlite3.connect(path, isolation_level=None) as copy:
        own.backup(copy)
        for verb in ("UPDATE", "DELETE"):
            copy.execute(f"DROP TRIGGER ledger_no_{verb}")
        change(copy)
    own.close()
    copy.close()
    return Database(f"sqlite:///{path}")


@pytest.fixture
def edited(place, tmp_path, monkeypatch):
    """Call it with a change of the database: what verify finds, objects apart."""
    monkeypatch.setattr("amlsec.gate.verifying._object_faults", lambda *_: [])

    def faults(change, **told):
        path = tmp_path / "copy.sqlite"
        path.unlink(missing_ok=True)
        database = copied(place, path, change)
        found = verify(replace(place[1], database=database), **told).faults
        database.close()
        return found

    return faults


def another(value):
    """A value of the same kind that is not this one."""
    if isinstance(value, str):
        return value[:-1] + ("0" if value[-1:] != "0" else "1")
    return "0" * 64 if value is None else value + 1000


COLUMNS = [
    (table.name, column.name)
    for table in metadata.sorted_tables
    for column in table.columns
    if table.name not in NOT_KEPT and (table.name, column.name) not in NOT_TOLD
]


def test_what_is_as_it_was_written_is_said_to_be(place, edited):
    _, home = place
    found = verify(home)
    assert found.holds
    assert found.faults == ()
    assert found.checkpoints == 1
    assert found.entries > 30
    assert found.objects > 20
    assert edited(lambda _: None) == ()


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_an_edit_of_any_column_is_found(edited, table, column):
    def change(at):
        def edit(connection):
            rows = connection.execute(f"SELECT rowid, {column} FROM {table}").fetchall()
            row, value = rows[int(at * (len(rows) - 1))]
            other = 1 - value if isinstance(metadata.tables[table].c[column].type, Boolean) else another(value)
            connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (other, row))

        return edit

    for at in (0, 0.5, 1):
        assert edited(change(at)), at


@pytest.mark.parametrize("table", sorted({table for table, _ in COLUMNS}))
def test_a_row_that_is_lost_or_slipped_in_is_found(edited, table):
    def lose(connection):
        connection.execute(f"DELETE FROM {table} WHERE rowid = (SELECT MAX(rowid) FROM {table})")

    def slip_in(connection):
        for (index,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND sql NOTNULL").fetchall():
            connection.execute(f"DROP INDEX {index}")
        cursor = connection.execute(f"SELECT * FROM {table} ORDER BY rowid DESC LIMIT 1")
        names, row = [column[0] for column in cursor.description], list(cursor.fetchone())
        unique = {"name"} if table == "tokens" else set()
        keys = {column.name for column in metadata.tables[table].primary_key} | unique
        values = [another(value) if name in keys else value for name, value in zip(names, row, strict=True)]
        connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)

    assert edited(lose)
    assert edited(slip_in)


def test_a_ledger_that_is_gone_is_found(edited):
    assert edited(lambda connection: connection.execute("DELETE FROM ledger"))[-1] == UNSEEN


def test_spaces_in_a_body_are_found(edited):
    assert edited(lambda connection: connection.execute("UPDATE ledger SET body = body || ' ' WHERE seq = 9"))[-1] == UNSEEN


DAMAGE = {
    "flipped": lambda path, _: path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:]),
    "cut": lambda path, _: path.write_bytes(path.read_bytes()[:-1]),
    "swapped": lambda path, other: shutil.copy(other, path),
    "deleted": lambda path, _: path.unlink(),
}


@pytest.mark.parametrize("kind", sorted(_NAMED))
def test_an_object_that_is_another_or_gone_is_found(place, tmp_path, kind):
    folder, home = place
    shutil.copytree(folder / "home" / "objects", tmp_path / "objects")
    store = Store(str(tmp_path / "objects"))
    with home.database.reading() as connection:
        bodies = [
            json.loads(row[0]) for row in connection.execute(text("SELECT body FROM ledger WHERE kind = :k"), {"k": kind})
        ]
    for turn, key in enumerate(_NAMED[kind]):
        told = next(body[key] for body in reversed(bodies) if body.get(key))
        name = told if isinstance(told, str) else told[0]
        path = tmp_path / "objects" / name[:2] / name
        other = next(path for path in (folder / "home" / "objects").glob("*/*") if path.name != name)
        for damage in list(DAMAGE)[turn % 2 :: 2]:
            before = path.read_bytes()
            DAMAGE[damage](path, other)
            found = verify(replace(home, store=store)).faults
            assert any(name in fault for fault in found), damage
            path.write_bytes(before)


def rewritten(change):
    """A ledger written anew from its beginning by somebody who knows how: `change` edits entries, knowing the new hashes."""

    def edit(connection):
        hashes = {0: FIRST}
        for row in connection.execute(f"SELECT {', '.join(ABOUT)} FROM ledger ORDER BY seq").fetchall():
            told = dict(zip(ABOUT, row, strict=True))
            told["body"] = json.loads(told["body"])
            change(told, hashes)
            seq, previous = told["seq"], hashes[told["seq"] - 1]
            hashes[seq] = sha256(canonical([*told.values(), previous]).encode()).hexdigest()
            values = (told["why"], canonical(told["body"]), previous, hashes[seq], seq)
            connection.execute("UPDATE ledger SET why = ?, body = ?, previous = ?, hash = ? WHERE seq = ?", values)

    return edit


ABOUT = ("seq", "time", "kind", "who", "why", "submission", "source", "body")


def test_a_ledger_written_anew_is_found_by_a_checkpoint_and_the_key_only(place, edited, tmp_path):
    folder, home = place

    def other_reason(told, _):
        told["why"] = "no reason at all" if told["seq"] == 2 else told["why"]

    (found,) = edited(rewritten(other_reason))
    assert "is not the one that was signed in a checkpoint" in found

    def signed_anew(told, hashes):
        other_reason(told, hashes)
        if told["kind"] == "checkpoint":
            position, time = told["body"]["position"], told["body"]["time"]
            told["body"] = Checkpoint.signed(position, hashes[position], time, tmp_path / "key").model_dump()

    new_key(tmp_path / "key")
    assert edited(rewritten(signed_anew)) == (), "as the docstring of verify says"
    (found,) = edited(rewritten(signed_anew), key=folder / "key.pub")
    assert "was not signed with the key" in found
    (found,) = edited(rewritten(signed_anew), checkpoints=[folder / "kept.json"])
    assert "is not the one that was signed in a checkpoint" in found
    assert verify(home, key=folder / "key.pub", checkpoints=[folder / "kept.json"]).checkpoints == 2


def test_a_signature_that_is_another_is_found(edited):
    def unsigned(told, _):
        if told["kind"] == "checkpoint":
            told["body"]["signature"] = another(told["body"]["signature"])

    (found,) = edited(rewritten(unsigned))
    assert "was not signed with the key it names" in found


def test_entries_cut_off_are_found_by_a_checkpoint_kept_elsewhere(place):
    folder, home = place
    cut = replace(home, database=Database(f"sqlite:///{folder}/older.sqlite"))
    assert verify(cut).faults == (), "as the docstring of verify says"
    (found,) = verify(cut, checkpoints=[folder / "kept.json"]).faults
    assert "is beyond the ledger's end: entries were cut off" in found
    cut.database.close()


def _swapped_chunks(told, _):
    if told["kind"] == "submitted" and told["body"]["key"] == "first":
        told["body"]["chunks"] = told["body"]["chunks"] * 2


def _one_more_learned(told, _):
    if told["kind"] == "reviewed" and told["body"]["learned"]:
        told["body"]["learned"] += 1


def _another_verdict(told, _):
    if told["kind"] == "reviewed" and told["body"]["rows"]:
        told["body"]["rows"] = None


def _another_snapshot(told, _):
    if told["kind"] == "snapshot":
        told["body"]["position"] = 12


def _nothing_said(told, _):
    if told["kind"] == "reviewed":
        told["body"] = {}


def _no_objects(told, _):
    if told["kind"] == "submitted":
        told["body"]["chunks"] = [5]


def _no_counts(told, _):
    if told["kind"] == "reviewed":
        told["body"]["counts"] = 5


def _undone_twice(told, _):
    if told["kind"] == "undone":
        told["body"]["undoes"] = 3


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (_swapped_chunks, "its 12 rows are not the 6"),
        (_one_more_learned, "of its rows are learned, the ledger says"),
        (_another_verdict, "do not follow from its verdict and its reviews"),
        (_another_snapshot, "does not follow from position 12"),
        (_nothing_said, "says what no gate writes"),
        (_no_objects, "cannot be followed: TypeError"),
        (_no_counts, "cannot be followed: AttributeError"),
        (_undone_twice, "takes back entry 3, which does not hold"),
    ],
)
def test_a_ledger_that_contradicts_itself_is_found(place, tmp_path, change, error):
    _, home = place
    database = copied(place, tmp_path / "copy.sqlite", rewritten(change))
    found = verify(replace(home, database=database)).faults
    database.close()
    assert any(error in fault for fault in found), found


def test_a_snapshot_that_other_versions_wrote_is_held_against_the_ledger_row_by_row(place, tmp_path, monkeypatch):
    _, home = place
    monkeypatch.setattr("amlsec.gate.manifest.versions", lambda: {"amlsec": "another", "pyarrow": "another"})
    assert verify(home).faults == ()
    database = copied(place, tmp_path / "copy.sqlite", rewritten(_another_snapshot))
    found = verify(replace(home, database=database)).faults
    database.close()
    assert any("does not follow from position 12" in fault for fault in found), found


def test_an_edit_is_found_on_either_database_and_store(gate_urls, tmp_path):
    gate = begun(tmp_path / "home", gate_urls, trusted=TRUSTED)
    number = taught(gate, blobs(4, seed=3), "web")
    gate.snapshot(act=ME)
    assert gate.verify().faults == ()
    with gate.home.database.writing() as connection:
        connection.execute(text("UPDATE submissions SET learned = 3"))
        connection.execute(text("UPDATE standing SET value = '{}'"))
    found = gate.verify().faults
    assert [fault.partition(":")[0] for fault in found] == [f"submissions {number}", "standing 1"]
    files, root = fsspec.url_to_fs(gate_urls.store, **gate_urls.options)
    (path,) = files.glob(f"{root}/*/{gate.snapshots()[0].data}")
    files.pipe_file(path, b"another")
    assert any(gate.snapshots()[0].data in fault for fault in gate.verify().faults)
    with gate.home.database.writing() as connection:
        off = "DROP TRIGGER ledger_no_UPDATE" if gate.home.database.is_sqlite else "ALTER TABLE ledger DISABLE TRIGGER USER"
        connection.execute(text(off))
        connection.execute(text("UPDATE ledger SET who = 'user:nobody' WHERE seq = 3"))
    assert gate.verify().faults == ("entry 3 (root) was changed", UNSEEN)
    gate.close()


def test_a_key_or_checkpoint_that_cannot_be_read_is_named(place, tmp_path):
    _, home = place
    for told in ({"key": tmp_path / "none"}, {"checkpoints": [tmp_path / "none"]}):
        with pytest.raises(InvalidInput, match=r"(key|checkpoint) is .*none"):
            verify(home, **told)
