"""Gate data of the first schema goes on under today's code: nothing of it changes, and new rows come after it.

`first_schema.zip` was written by the code of commit dfe6e57; its tables are those of version 0001, for those of 0002
were empty and left out. In it: trusted rows; submissions accepted, rejected, reviewed row by row, rolled back, and one
that still waits; three snapshots, and a model trained on the first.
"""

import json
import zipfile
from contextlib import closing
from functools import cache
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from sqlalchemy import MetaData, insert

from amlsec.errors import Conflict
from amlsec.gate import migrate
from amlsec.gate.home import parts
from amlsec.gate.new_home import new_home
from amlsec.gate.service import Gate
from gate.begun import blobs, on, settled

COUNTS = {  # accepted, quarantined, rejected, as they were when it was kept
    4: ("feed", "accepted", 12, 0, 0),
    7: ("web", "rejected", 0, 0, 10),
    10: ("lab", "rolled back", 8, 0, 0),
    13: ("feed", "accepted", 2, 0, 4),
    21: ("feed", "waiting", None, None, None),
}


@cache
def kept() -> dict[str, bytes]:
    with zipfile.ZipFile(Path(__file__).with_name("first_schema.zip")) as file:
        return {Path(name).name: file.read(name) for name in file.namelist()}


@cache
def tables() -> dict[str, list[dict]]:
    return json.loads(kept()["tables.json"])


def fill(database):
    with database.writing() as connection:
        there = MetaData()
        there.reflect(connection)
        for table in there.sorted_tables:
            if rows := tables().get(table.name):
                connection.execute(insert(table), rows)


@pytest.fixture
def old_home(tmp_path, gate_urls):
    """A home on tables of the first schema, with what its code left in them."""
    folder = tmp_path / "home"
    with new_home(
        folder, {"database": gate_urls.database, "objects": {"url": gate_urls.store, "options": gate_urls.options}}
    ):
        _, database, store = parts(folder)
        with closing(database):
            migrate.upgrade(database, "0001")
            fill(database)
        for name in kept().keys() - {"tables.json"}:
            assert store.put(kept()[name]) == name
    return folder


def test_data_of_the_first_schema_goes_on(old_home, tmp_path):
    with pytest.raises(Conflict, match=r"is of version 0001, .*: amlsec gate migrate"):
        Gate.open(old_home)
    _, database, _ = parts(old_home)
    with closing(database):
        migrate.upgrade(database)
    with closing(Gate.open(old_home)) as gate:
        nothing_changed(gate, tmp_path / "saved")
        new_rows_come_after(gate, tmp_path / "new")


def nothing_changed(gate, folder):
    verified = gate.verify()
    assert (verified.faults, verified.head) == ((), tables()["ledger"][-1]["hash"])
    stand = {s.id: (s.source, s.stands.value, s.accepted, s.quarantined, s.rejected) for s in gate.submissions()}
    assert stand == COUNTS
    for told in tables()["snapshots"]:
        data, manifest, _ = gate.save(told["id"], folder / str(told["id"]))
        assert (data.read_bytes(), manifest.read_bytes()) == (kept()[told["data"]], kept()[told["manifest"]])
    assert [(one.id, one.tainted, one.models) for one in gate.snapshots()] == [
        (20, 0, ()),
        (19, 0, ()),
        (16, 8, ("filter-1",)),
    ]


def new_rows_come_after(gate, folder):
    """What waited is judged, new rows are taken, and the next snapshot holds all it held and what was learned since."""
    rows = blobs(6, 9)
    assert not gate.submit(blobs(12, 1), "feed", act=on(8)).new
    number = gate.submit(rows, "feed", act=on(8)).submission
    assert settled(gate) == 2
    later = gate.snapshot(act=on(9))
    learned = sum(gate.submission(one).accepted for one in (21, number))
    assert learned > 0
    before, after = (pq.read_table(gate.save(one, folder / str(one))[0]).to_pylist() for one in (20, later.id))
    assert len(after) == len(before) + learned
    assert all(row in after for row in before)
    assert gate.verify().faults == ()
