"""A backup made while the gate runs is one moment of it, and makes the same gate again on either kind of database."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import skops.io
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sqlalchemy import MetaData, insert, select

from amlsec.errors import Conflict, GateUnavailable, InvalidInput, Tampered
from amlsec.gate import migrate, schema, sums
from amlsec.gate.backup import LEFT_OUT, backup
from amlsec.gate.database import Database
from amlsec.gate.home import Home
from amlsec.gate.ledger import entries, head
from amlsec.gate.people.person import Role
from amlsec.gate.people.sessions import begin
from amlsec.gate.people.tokens import make_token
from amlsec.gate.people.users import add_user
from amlsec.gate.policy import DEFAULT
from amlsec.gate.restore import checked, restore
from amlsec.gate.service import Gate
from gate.begun import ME, begun, blobs
from gate.servers import bucket, wait_until

TABLES = [table for table in schema.metadata.sorted_tables if table.name not in LEFT_OUT]
SUBMITTER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from gate.begun import ME, blobs
from amlsec.gate.service import Gate
gate = Gate.open(Path(sys.argv[1]))
for seed in range(10_000):
    print(gate.submit(blobs(20, seed), "feed", act=ME).submission, flush=True)
"""


def settings_of(urls) -> dict:
    return {"database": urls.database, "objects": {"url": urls.store, "options": urls.options}}


def peopled(home: Home) -> None:
    """People, one signed in, a token and refused calls."""
    add_user(home, "ann", "quite long enough", Role.ADMIN, act=ME)
    assert begin(home, "ann", "quite long enough", datetime.now(UTC))
    make_token(home, "feed", Role.SUBMITTER, act=ME, source="feed")
    with home.database.writing() as connection:
        for what in ("submit", "étage \U0001f4a5"):
            told = {"time": "2026", "who": "token:x", "what": what, "status": 403, "why": 'it\'s "not" yours\n'}
            connection.execute(insert(schema.refusals).values(told))


def rows_of(home: Home, table) -> list[tuple]:
    with home.database.reading() as connection:
        return [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]


class Original(NamedTuple):
    """What a gate held, and a backup of it."""

    waiting: int
    rows: dict[str, list[tuple]]
    objects: list[str]
    backup: Path


def original(folder: Path, told: dict) -> Original:
    """A gate with one submission judged and one that waits; only its backup is left."""
    with closing(begun(folder / "home", **told, limits={"rows": 5000})) as gate:
        judged = gate.submit(blobs(20, 1), "feed", act=ME).submission
        assert gate.work("worker") == judged
        peopled(gate.home)
        waiting = gate.submit(blobs(20, 2), "pot", act=ME, key="k").submission
        about = gate.backup(folder / "backup")
        rows = {table.name: rows_of(gate.home, table) for table in TABLES}
        assert {name: len(held) for name, held in rows.items()} == about.tables
        objects = list(gate.home.store.names())
    shutil.rmtree(folder / "home")
    return Original(waiting, rows, objects, folder / "backup")


@pytest.fixture(scope="module")
def in_a_folder(tmp_path_factory, quick_passwords) -> Original:
    return original(tmp_path_factory.mktemp("original"), {})


@pytest.fixture(scope="module")
def made(in_a_folder) -> Path:
    """A backup of a gate in a folder."""
    return in_a_folder.backup


@pytest.fixture(scope="module")
def on_servers(tmp_path_factory, quick_passwords, shared_postgres, s3_endpoint) -> Iterator[Original]:
    place, url = bucket(s3_endpoint, "original"), shared_postgres.database()
    told = {"database": url, "objects": {"url": place.url, "options": place.options}}
    yield original(tmp_path_factory.mktemp("original"), told)
    shared_postgres.drop(url)


@pytest.mark.parametrize("kind", ["in_a_folder", pytest.param("on_servers", marks=pytest.mark.system)])
def test_every_row_and_object_is_restored_and_the_gate_goes_on(request, kind, gate_urls, tmp_path):
    was = request.getfixturevalue(kind)
    with closing(Gate.restore(was.backup, tmp_path / "again", settings_of(gate_urls))) as gate:
        assert {table.name: rows_of(gate.home, table) for table in TABLES} == was.rows
        assert rows_of(gate.home, schema.sessions) == []
        assert list(gate.home.store.names()) == was.objects
        assert gate.home.config.limits.rows == 5000
        assert gate.verify().faults == ()
        assert gate.work("worker") == was.waiting
        assert gate.verify().faults == ()
        told = {"time": "2027", "who": "x", "what": "y", "status": 401, "why": ""}
        with gate.home.database.writing() as connection:
            assert connection.execute(insert(schema.refusals).values(told)).inserted_primary_key == (3,)


def test_a_backup_while_submissions_come_in_is_one_moment(gate_urls, tmp_path):
    begun(tmp_path / "home", gate_urls).close()
    command = [sys.executable, "-c", SUBMITTER, str(tmp_path / "home"), str(Path(__file__).parents[1])]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process, closing(Gate.open(tmp_path / "home")) as gate:
        before = [int(process.stdout.readline()) for _ in range(3)]
        about = backup(gate.home, tmp_path / "backup")
        wait_until(lambda: _end(gate) > about.position, "a submission after the backup")
        process.kill()
        there = {"database": "sqlite:///gate.sqlite", "objects": {"url": "objects"}}
        with closing(Gate(restore(tmp_path / "backup", tmp_path / "again", there))) as again:
            assert [*again.entries()] == [entry for entry in gate.entries() if entry["seq"] <= about.position]
            assert {entry["seq"] for entry in again.entries()} >= set(before)
            assert [again.rows(row[0]).num_rows for row in rows_of(again.home, schema.submissions)] == [20] * (
                about.position - 3
            )
            assert again.verify().faults == ()


def _end(gate: Gate) -> int:
    with gate.home.database.reading() as connection:
        return head(connection).seq


def test_sha256sum_checks_it_and_only_its_owner_can_read_it(made):
    run = subprocess.run(
        ["sha256sum", "--check", "--strict", "--quiet", sums.FILE], cwd=made, capture_output=True, check=False
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, b"", b"")
    assert made.stat().st_mode & 0o777 == 0o700


@pytest.fixture(scope="module")
def copy(made, tmp_path_factory) -> Path:
    """To spoil, and to mend."""
    return Path(shutil.copytree(made, tmp_path_factory.mktemp("copy") / "backup"))


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_changed_byte_is_refused(copy, data):
    file = data.draw(st.sampled_from(sorted(path for path in copy.rglob("*") if path.is_file())))
    right = file.read_bytes()
    position, other = data.draw(st.integers(0, max(len(right) - 1, 0))), data.draw(st.binary(min_size=1, max_size=1))
    file.write_bytes(right[:position] + other + right[position + 1 :])
    assume(file.read_bytes() != right)
    try:
        with pytest.raises(Tampered):
            checked(copy)
    finally:
        file.write_bytes(right)
    checked(copy)


def test_a_lost_file_or_line_is_refused(copy):
    lines = (copy / sums.FILE).read_text("utf-8").splitlines(keepends=True)
    for number, line in enumerate(lines):
        (copy / sums.FILE).write_text("".join(lines[:number] + lines[number + 1 :]), "utf-8")
        with pytest.raises(Tampered, match="does not name all files"):
            checked(copy)
        (copy / sums.FILE).write_text("".join(lines), "utf-8")
        lost = copy / line.split("  ")[1].strip()
        right = lost.read_bytes()
        lost.unlink()
        with pytest.raises(Tampered, match="No such file"):
            checked(copy)
        lost.write_bytes(right)
    checked(copy)


def test_a_file_that_was_slipped_into_the_home_is_refused(copy, tmp_path):
    """It would be the database of the gate that is restored."""
    (tmp_path / "models").mkdir()
    for slip in (lambda path: path.write_bytes(b"forged"), lambda path: path.symlink_to(tmp_path / "models")):
        slip(copy / "home" / "gate.sqlite")
        with pytest.raises(Tampered, match="does not name all files"):
            restore(copy, tmp_path / "again")
        (copy / "home" / "gate.sqlite").unlink()
    assert not (tmp_path / "again").exists()
    checked(copy)


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "objects/../../secret", "a\\b"])
def test_no_name_leads_out_of_the_folder(tmp_path, name):
    (tmp_path / sums.FILE).write_text(sums.line("0" * 64, name), "utf-8")
    with pytest.raises(Tampered, match="line 1 is not what was written"):
        list(sums.checked(tmp_path))


def summed(folder: Path) -> None:
    """What a person does who changed a backup and wants nobody to see it."""
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path.name != sums.FILE]
    (folder / sums.FILE).write_text("".join(sums.line(sums.of(folder, name), name) for name in names), "utf-8")


def changed(made: Path, to: Path, table: str, change) -> Path:
    """A backup in which a table's lines are others, all sums right."""
    shutil.copytree(made, to)
    file = to / "tables" / f"{table}.jsonl"
    rows = change([json.loads(line) for line in file.read_text("utf-8").splitlines()])
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    summed(to)
    return to


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda rows: rows[:-1], "does not fit the other tables"),
        (lambda rows: [*rows, {**rows[-1], "seq": rows[-1]["seq"] + 1}], "does not end with entry"),
        (lambda rows: [*rows[:2], {**rows[2], "who": "local:nobody"}, *rows[3:]], "was changed"),
        (lambda rows: [*rows, rows[0]], "does not fit"),
    ],
)
def test_a_changed_ledger_leaves_no_home_and_no_row(made, tmp_path, gate_urls, change, fault):
    spoiled = changed(made, tmp_path / "spoiled", "ledger", change)
    with pytest.raises(Tampered, match=fault):
        restore(spoiled, tmp_path / "again", settings_of(gate_urls))
    assert not (tmp_path / "again").exists()
    with closing(Database(gate_urls.database)) as database, database.reading() as connection:
        assert list(entries(connection)) == []
    restore(made, tmp_path / "again", settings_of(gate_urls)).close()


@pytest.mark.parametrize(
    "line", ["[1]", "null", "{", "[" * 100_000, '{"name": {}}', '{"name": "x", "register": 1180591620717411303424}']
)
def test_lines_that_are_no_rows_are_refused(made, tmp_path, line):
    spoiled = changed(made, tmp_path / "spoiled", "sources", lambda rows: rows)
    (spoiled / "tables" / "sources.jsonl").write_text(f"{line}\n", "utf-8")
    summed(spoiled)
    with pytest.raises(Tampered, match="does not fit the other tables"):
        restore(spoiled, tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_a_configuration_that_is_none_is_refused(made, tmp_path):
    spoiled = changed(made, tmp_path / "spoiled", "sources", lambda rows: rows)
    (spoiled / "home" / "gate.toml").write_bytes(b"\xff")
    summed(spoiled)
    with pytest.raises(InvalidInput, match="cannot be read as TOML"):
        restore(spoiled, tmp_path / "again")


def test_a_backup_of_older_tables_is_brought_to_the_present(made, tmp_path):
    """Its tables are those of the first version; what came later is empty."""
    first = _tables_of("0001", tmp_path / "old.sqlite")
    old = Path(shutil.copytree(made, tmp_path / "old"))
    about = json.loads((old / "backup.json").read_text("utf-8"))
    about = {**about, "version": "0001", "tables": {name: about["tables"][name] for name in first}}
    (old / "backup.json").write_text(json.dumps(about), "utf-8")
    for file in (old / "tables").iterdir():
        rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        kept = [{key: row[key] for key in first[file.stem]} for row in rows] if file.stem in first else []
        file.write_text("".join(json.dumps(row) + "\n" for row in kept), "utf-8")
        if file.stem not in first:
            file.unlink()
    summed(old)
    with closing(restore(old, tmp_path / "again")) as home:
        assert len(rows_of(home, schema.ledger)) == about["position"]
        assert rows_of(home, schema.users) == []
        with home.database.reading() as connection:
            assert migrate.version(connection) == migrate.newest()


def _tables_of(version: str, file: Path) -> dict[str, list[str]]:
    with closing(Database(f"sqlite:///{file}")) as database:
        migrate.upgrade(database, version)
        found = MetaData()
        with database.reading() as connection:
            found.reflect(connection)
    return {
        table.name: [column.name for column in table.columns] for table in found.sorted_tables if table.name not in LEFT_OUT
    }


def test_a_backup_of_a_newer_amlsec_is_refused(made, tmp_path):
    newer = Path(shutil.copytree(made, tmp_path / "newer"))
    about = json.loads((newer / "backup.json").read_text("utf-8"))
    for told, rule in (
        ({"version": "9999"}, "does not know"),
        ({"format": 2}, "of this version"),
        ({"more": 1}, "of this version"),
    ):
        (newer / "backup.json").write_text(json.dumps({**about, **told}), "utf-8")
        summed(newer)
        with pytest.raises(InvalidInput, match=rule):
            restore(newer, tmp_path / "again")
        assert not (tmp_path / "again").exists()


def test_a_ledger_that_is_there_is_not_written_over(made, tmp_path, gate_urls):
    with closing(begun(tmp_path / "home", gate_urls)) as gate:
        before = [*gate.entries()]
        with pytest.raises(Conflict, match="holds a ledger already"):
            restore(made, tmp_path / "again", settings_of(gate_urls))
        with pytest.raises(InvalidInput, match="new or an empty folder"):
            restore(made, tmp_path / "home")
        assert [*gate.entries()] == before
    assert not (tmp_path / "again").exists()


def test_what_is_no_backup_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "away", tmp_path / "empty"):
        with pytest.raises(InvalidInput, match="holds no SHA256SUMS"):
            restore(folder, tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_of_a_backup_that_fails_nothing_is_left(tmp_path):
    with closing(begun(tmp_path / "home")) as gate:
        name = gate.home.store.put(b"rows")
        object_ = tmp_path / "home" / "objects" / name[:2] / name
        object_.write_bytes(b"rats")
        with pytest.raises(Tampered, match=name):
            backup(gate.home, tmp_path / "backup")
        object_.write_bytes(b"rows")
        (tmp_path / "there").mkdir()
        with pytest.raises(InvalidInput, match="is there already"):
            backup(gate.home, tmp_path / "there")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "there"]


@pytest.mark.system
def test_a_disk_that_fills_up_leaves_no_backup(full_disk, tmp_path_factory):
    home = tmp_path_factory.mktemp("elsewhere") / "home"
    with closing(begun(home)) as gate:
        gate.home.store.put(bytes(300_000))
        with pytest.raises(InvalidInput, match="cannot be written: No space left"):
            backup(gate.home, full_disk / "backup")
    assert list(full_disk.iterdir()) == []


@pytest.mark.system
def test_a_database_that_is_away_leaves_no_backup(private_postgres, tmp_path):
    with closing(begun(tmp_path / "home", database=private_postgres.database())) as gate:
        private_postgres.stop()
        with pytest.raises(GateUnavailable, match="database postgresql"):
            backup(gate.home, tmp_path / "backup")
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_the_model_that_the_policy_names_is_in_it_and_a_private_key_is_not(tmp_path):
    y = np.arange(60) % 2
    model = skops.io.dumps(LogisticRegression().fit(np.c_[y, -y], y))
    with closing(begun(tmp_path / "home")) as gate:
        for name, content in (("gate.key", b"private"), ("models/own.skops", model)):
            (tmp_path / "home" / name).parent.mkdir(exist_ok=True)
            (tmp_path / "home" / name).write_bytes(content)
        gate.set_policy(DEFAULT.replace('file = ""', 'file = "models/own.skops"'), act=ME)
        gate.backup(tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "again").close()
    kept = sorted(
        path.relative_to(tmp_path / "backup" / "home").as_posix() for path in (tmp_path / "backup").glob("home/**/*.*")
    )
    assert kept == ["gate.toml", "models/own.skops"]
    assert (tmp_path / "again" / "models" / "own.skops").read_bytes() == model
    assert not (tmp_path / "again" / "gate.key").exists()
    assert (tmp_path / "again").stat().st_mode & 0o777 == 0o700, "only its owner can look into it, as into the first"
