"""Rows are kept before they are acknowledged, and once."""

import io
import os
import shutil
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest
from pyarrow import csv, parquet
from sqlalchemy import func, select

from amlsec.errors import Conflict, GateUnavailable, InvalidInput, UnsafeFile
from amlsec.gate.ledger import Wrote
from amlsec.gate.reading.chunks import from_bytes
from amlsec.gate.schema import jobs, ledger, submissions
from gate.begun import ME, begun, blobs


@pytest.fixture
def gate(gate_urls, tmp_path):
    gate = begun(tmp_path / "home", gate_urls)
    yield gate
    gate.close()


def count(gate, table):
    with gate.home.database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(table))


def kept(gate, receipt):
    entry = next(one for one in gate.entries() if one["seq"] == receipt.submission)
    return pa.concat_tables([from_bytes(gate.home.store.get(name)) for name in entry["body"]["chunks"]])


def test_what_is_acknowledged_is_kept_waits_and_stands_in_the_ledger(gate):
    rows = blobs(25)
    receipt = gate.submit(rows, "web", act=ME, key="night 1")
    assert (receipt.rows, receipt.new, receipt.notes) == (25, True, ())
    assert kept(gate, receipt).select(["a", "b", "label"]).to_pylist() == rows.to_pylist()
    last = list(gate.entries())[-1]
    assert (last["kind"], last["seq"], last["submission"], last["source"]) == (
        Wrote.SUBMITTED,
        *[receipt.submission] * 2,
        "web",
    )
    found = gate.submission(receipt.submission)
    assert (found.source, found.key, found.rows, found.stands, found.accepted) == ("web", "night 1", 25, "waiting", None)
    assert count(gate, jobs) == 1


def test_the_same_rows_are_the_same_submission_in_every_format(gate, tmp_path):
    rows = blobs(12)
    csv.write_csv(rows, tmp_path / "rows.csv")
    parquet.write_table(rows, tmp_path / "rows.parquet")
    first = gate.submit(tmp_path / "rows.csv", "web", act=ME)
    again = [gate.submit(data, "web", act=ME) for data in (rows, tmp_path / "rows.parquet", rows.to_pandas())]
    again.append(gate.submit(io.BytesIO((tmp_path / "rows.csv").read_bytes()), "web", act=ME, format="csv"))
    assert first.new
    assert {(one.submission, one.digest, one.new) for one in again} == {(first.submission, first.digest, False)}
    assert count(gate, submissions) == count(gate, jobs) == 1


def test_another_source_or_order_is_another_submission(gate):
    rows = blobs(6)
    numbers = {gate.submit(*told, act=ME).submission for told in ((rows, "web"), (rows, "feed"), (rows[::-1], "web"))}
    assert len(numbers) == 3


def test_a_key_stands_for_its_rows(gate):
    first = gate.submit(blobs(6), "web", act=ME, key="k")
    assert gate.submit(blobs(6), "web", act=ME, key="k").submission == first.submission
    assert gate.submit(blobs(6), "web", act=ME, key="other").submission == first.submission
    with pytest.raises(
        Conflict, match=f"key 'k' of source 'web' came with other rows before, as submission {first.submission}"
    ):
        gate.submit(blobs(6, seed=1), "web", act=ME, key="k")
    assert gate.submit(blobs(6, seed=1), "feed", act=ME, key="k").new


def test_a_key_goes_before_the_rows_that_came_without_one(gate):
    gate.submit(blobs(6), "web", act=ME)
    keyed = gate.submit(blobs(6, seed=1), "web", act=ME, key="k").submission
    with pytest.raises(Conflict, match=f"came with other rows before, as submission {keyed}"):
        gate.submit(blobs(6), "web", act=ME, key="k")
    assert gate.submit(blobs(6, seed=1), "web", act=ME).submission == keyed


def test_many_at_once_write_it_once(gate):
    rows = blobs(10)
    with ThreadPoolExecutor(6) as pool:
        receipts = list(pool.map(lambda _: gate.submit(rows, "web", act=ME, key="k"), range(6)))
    assert len({one.submission for one in receipts}) == 1
    assert sum(one.new for one in receipts) == 1
    assert count(gate, submissions) == 1


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"source": ""}, "source is ''"),
        ({"source": " web"}, "source is ' web'"),
        ({"source": "a\nb"}, "printable"),
        ({"source": "s" * 201}, "1 to 200"),
        ({"source": None}, "source is None"),
        ({"source": "(root)"}, "trusted rows"),
        ({"key": "k\0"}, "key is"),
        ({"format": "xlsx"}, "must be one of csv, jsonl, parquet, arrow"),
        ({"data": blobs(3).drop(["b"])}, "'b'"),
        ({"data": blobs(0)}, "no rows"),
        ({"data": blobs(3).set_column(2, "label", pa.array(["ok", "bad", "good"]))}, "'good'"),
        ({"data": blobs(3).set_column(0, "a", pa.array([1.0, None, 2.0]))}, "row 2"),
        ({"data": "none.csv"}, "data is 'none.csv': no such file"),
        ({"data": "none.csv", "called": "mails of May"}, "data is 'mails of May': no such file"),
        ({"data": 3}, "must be a path or a pandas, polars or Arrow table"),
    ],
)
def test_bad_input_is_named_and_leaves_nothing(gate, changed, error):
    before = count(gate, ledger)
    with pytest.raises(InvalidInput, match=error):
        gate.submit(**{"data": blobs(3), "source": "web", "act": ME, **changed})
    assert count(gate, ledger) == before
    assert list((gate.home.folder / "incoming").glob("*")) == []


def test_a_pickle_is_never_opened(gate, tmp_path):
    (tmp_path / "rows.pkl").write_bytes(b"\x80\x04K\x01.")
    with pytest.raises(UnsafeFile, match="can run code"):
        gate.submit(tmp_path / "rows.pkl", "web", act=ME)


def test_columns_that_the_gate_does_not_know_are_left_out_and_named(gate):
    receipt = gate.submit(blobs(4).append_column("campaign", pa.array(list("abcd"))), "web", act=ME)
    assert receipt.notes == ("columns left out, as the gate does not know them: 'campaign'",)
    assert gate.submit(blobs(4), "web", act=ME).submission == receipt.submission


def test_rows_of_categories_coded_piece_by_piece(gate):
    pieces = [pa.array(labels).dictionary_encode() for labels in (["bad", "ok"], ["ok", "ok"])]
    coded = blobs(4).set_column(2, "label", pa.chunked_array(pieces))
    plain = blobs(4).set_column(2, "label", pa.array(["bad", "ok", "ok", "ok"]))
    assert gate.submit(coded, "web", act=ME).submission == gate.submit(plain, "web", act=ME).submission


def test_what_a_crash_left_is_removed_once_it_is_old(tmp_path):
    gate = begun(tmp_path / "home")
    for name, age in (("old", 90_000), ("new", 1000)):
        folder = tmp_path / "home" / "incoming" / name
        (folder / "chunks").mkdir(parents=True)
        os.utime(folder, (time.time() - age,) * 2)
    gate.submit(blobs(4), "web", act=ME)
    assert [path.name for path in (tmp_path / "home" / "incoming").iterdir()] == ["new"]
    gate.close()


@pytest.mark.system
@pytest.mark.parametrize("part", ["objects", "database"])
def test_a_full_disk_acknowledges_nothing(full_disk, tmp_path_factory, part):
    place = {"objects": {"url": str(full_disk / "objects")}} if part == "objects" else {}
    home = tmp_path_factory.mktemp("home") / "gate"
    gate = begun(home, trusted=blobs(60, seed=1), **place)
    if part == "database":
        gate.close()
        gate = moved(gate, full_disk)
    acknowledged = []
    with pytest.raises(GateUnavailable, match=r"No space left|disk is full|disk I/O error"):
        acknowledged.extend(gate.submit(blobs(20, seed=number), "web", act=ME).submission for number in range(500))
    assert 0 < len(acknowledged) < 500
    assert [one.id for one in gate.submissions(limit=500)][::-1] == acknowledged
    for number in acknowledged:
        assert len(gate.rows(number)) == 20
    gate.close()


def moved(gate, folder):
    """The same gate, its database on another disk."""
    url = f"sqlite:///{folder}/gate.sqlite"
    shutil.copy(gate.home.folder / "gate.sqlite", folder)
    (gate.home.folder / "gate.toml").write_text(f'database = "{url}"\n')
    return type(gate).open(gate.home.folder)


@pytest.mark.system
def test_a_database_that_goes_away_acknowledges_nothing_and_comes_back(private_postgres, tmp_path):
    gate = begun(tmp_path / "home", database=private_postgres.database())
    first = gate.submit(blobs(5), "web", act=ME)
    private_postgres.stop(signal.SIGQUIT)
    for call in (lambda: gate.submit(blobs(5, seed=1), "web", act=ME), gate.submissions, lambda: gate.work("w")):
        with pytest.raises(GateUnavailable, match="database postgresql"):
            call()
    private_postgres.start()
    assert [one.id for one in gate.submissions()] == [first.submission]
    assert gate.submit(blobs(5, seed=1), "web", act=ME).new
    gate.close()


def test_a_home_that_is_away_is_said_to_be(tmp_path):
    gate = begun(tmp_path / "home")
    (tmp_path / "home" / "incoming").write_text("no folder")
    with pytest.raises(GateUnavailable, match="home .*: File exists"):
        gate.submit(blobs(3), "web", act=ME)
    gate.close()


def test_a_database_that_is_locked_is_said_to_be(tmp_path, monkeypatch):
    monkeypatch.setattr("amlsec.gate.database._WAIT", 0.1)
    gate = begun(tmp_path / "home")
    held, go = threading.Event(), threading.Event()

    def hold():
        with gate.home.database.writing():
            held.set()
            go.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(30)
    with pytest.raises(GateUnavailable, match="database is locked"):
        gate.submit(blobs(3), "web", act=ME)
    go.set()
    holder.join()
    assert gate.submit(blobs(3), "web", act=ME).new
    gate.close()
