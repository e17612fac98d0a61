"""Snapshots: the rows that were learned and no others, the same bytes for the same position, described and tainted."""

import json
import warnings
from contextlib import closing
from hashlib import sha256

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from amlsec.errors import Conflict, InvalidInput, NotFound
from amlsec.evidence import Decision
from amlsec.gate import snapshots, training
from amlsec.gate.case import Case
from amlsec.gate.croissant import CONTEXT
from amlsec.gate.service import Gate
from amlsec.gate.snapshots import built
from amlsec.gate.training import ROOT, Training
from amlsec.tables.load import Columns
from gate.begun import LABELS, ME, QUICK, begun, blobs, flipped, on, settled, taught

TRUSTED = blobs(400, seed=1)


def acts(gate):
    """The same acts on any gate: what it learns is decided by people."""
    first = taught(gate, blobs(10, seed=2), "web", 1, key="monday")
    taught(gate, flipped(TRUSTED[:6]), "feed", 2)
    gate.review(first, Decision.REJECT, act=on(3), rows=[0, 9])
    taught(gate, blobs(10, seed=2), "feed", 4)
    return gate


@pytest.fixture(scope="module")
def gate(tmp_path_factory):
    gate = acts(begun(tmp_path_factory.mktemp("one") / "home", trusted=TRUSTED))
    yield gate
    gate.close()


def data(gate, snapshot):
    with gate.home.store.open(snapshot.data) as file:
        return parquet.read_table(file)


def anew(gate, position):
    """The hash of the training data at a position, written again."""
    with gate.home.database.reading() as connection:
        at = Training.at(connection, position)
    with built(gate.home, at) as (file, _):
        return sha256(file.read_bytes()).hexdigest()


def by_its_description(file):
    """A data set and its rows as another tool reads them."""
    import mlcroissant

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own: deprecated parts of libraries it stands on
        dataset = mlcroissant.Dataset(jsonld=file)
        assert not dataset.metadata.ctx.issues.errors
        return dataset, list(dataset.records("rows"))


def cells(table, columns=("a", "b", "label")):
    return table.select(list(columns)).to_pylist()


def test_it_holds_the_root_and_then_what_was_learned_in_order(gate):
    made = gate.snapshot(act=ME)
    found = data(gate, made)
    first, second, third, *_ = sorted(one.id for one in gate.submissions())
    wanted = pa.concat_tables([TRUSTED, blobs(10, seed=2)[1:9], flipped(TRUSTED[:6]), blobs(10, seed=2)])
    assert cells(found) == cells(wanted)
    assert found["source"].to_pylist() == [ROOT] * 400 + ["web"] * 8 + ["feed"] * 16
    assert found["submission"].to_pylist() == [0] * 400 + [first] * 8 + [second] * 6 + [third] * 10
    places = [*range(400), *range(1, 9), *range(6), *range(10)]
    assert found["position"].to_pylist() == places
    assert made.rows == len(found) == 424


def test_what_the_root_holds_already_is_left_out(tmp_path):
    gate = begun(tmp_path / "home", trusted=TRUSTED)
    taught(gate, pa.concat_tables([TRUSTED[:3], blobs(2, seed=7)]), "web")
    assert gate.source("web").learned == 2
    before = gate.snapshot(act=ME)
    assert cells(data(gate, before)[400:]) == cells(blobs(2, seed=7))
    gate.rotate_root(pa.concat_tables([TRUSTED, blobs(1, seed=7)]), act=on(1))
    after = gate.snapshot(act=ME)
    assert cells(data(gate, after)) == cells(pa.concat_tables([TRUSTED, blobs(2, seed=7)]))
    assert gate.source("web").learned == gate.source("web").standing["learned"] == 1
    assert anew(gate, before.position) == before.data, "by the root that was in force then"
    assert gate.verify().faults == ()
    gate.close()


def test_the_same_position_gives_the_same_bytes_whatever_came_after(gate):
    made = gate.snapshot(act=ME)
    manifest = gate.home.store.get(made.manifest)
    number = taught(gate, blobs(4, seed=11), "late", 5)
    gate.review(number, Decision.REJECT, act=on(5))
    assert anew(gate, made.position) == made.data
    assert gate.snapshot(act=ME).data == made.data, "nothing was learned since"
    assert gate.home.store.get(made.manifest) == manifest


def test_another_database_and_store_give_the_same_bytes(gate_urls, tmp_path):
    hashes = set()
    for folder, urls in (("one", gate_urls), ("other", None)):
        gate = acts(begun(tmp_path / folder, urls, trusted=TRUSTED))
        hashes.add(gate.snapshot(act=ME).data)
        gate.close()
    assert len(hashes) == 1


def test_small_submissions_are_laid_together_in_large_groups(gate, monkeypatch, tmp_path):
    monkeypatch.setattr(training, "_GROUP_ROWS", 405)
    monkeypatch.setattr(training, "_PIECE", 100)
    with gate.home.database.reading() as connection:
        at = Training.at(connection, gate.snapshot(act=ME).position)
    written = training.write(gate.home, at, tmp_path / "data.parquet")
    told = parquet.ParquetFile(tmp_path / "data.parquet").metadata
    assert [told.row_group(k).num_rows for k in range(told.num_row_groups)] == [408, 16]
    assert written.rows == 424


def test_the_manifest_says_where_every_row_is_from(gate):
    made = gate.snapshot(act=ME)
    told = json.loads(gate.home.store.get(made.manifest))
    entries = {entry["seq"]: entry for entry in gate.entries()}
    assert told["head"] == entries[made.position]["hash"]
    assert told["time"] == entries[made.position]["time"]
    assert sha256(gate.home.store.get(made.data)).hexdigest() == told["data"] == made.data
    assert told["versions"]["pyarrow"] == pa.__version__
    found = data(gate, made)
    where = zip(found["source"].to_pylist(), found["submission"].to_pylist(), strict=True)
    counts = {}
    for source, number in where:
        counts[source, number] = counts.get((source, number), 0) + 1
    assert counts.pop((ROOT, 0)) == told["root"]["rows"]
    assert counts == {(name, int(k)): rows for name, by in told["sources"].items() for k, rows in by.items()}
    assert sum(counts.values()) + told["root"]["rows"] == told["rows"] == made.rows
    assert entries[told["policy"]["entry"]]["body"]["rule"] == told["policy"]["rule"] == "sphere"


def test_it_is_saved_and_other_tools_load_it_by_its_description(gate, tmp_path):
    made = gate.snapshot(act=ME)
    paths = gate.save(made.id, tmp_path / "new" / "folder")
    assert [path.name for path in paths] == ["data.parquet", "manifest.json", "croissant.json"]
    assert sha256(paths[0].read_bytes()).hexdigest() == made.data
    assert paths[1].read_bytes() == gate.home.store.get(made.manifest)
    dataset, rows = by_its_description(paths[2])
    assert dataset.metadata.to_json()["@context"].items() <= CONTEXT.items()
    assert len(rows) == made.rows
    wanted = data(gate, made).to_pylist()
    for at in (0, 400, -1):
        found = {name.removeprefix("rows/"): value for name, value in rows[at].items()}
        texts = {name: value.decode() if isinstance(value, bytes) else value for name, value in found.items()}
        assert texts == wanted[at]


def test_columns_of_any_kind_and_name_are_described(tmp_path):
    drawn = blobs(60, seed=1).rename_columns(["mean radius", "mean_radius", "label"])
    times = pa.array(np.arange(60) + np.datetime64("2026-01-01", "us"))
    trusted = drawn.append_column("p/q (µ)", pa.array(["tcp", "ü", "="] * 20)).append_column("seen at", times)
    gate = Gate.init(tmp_path / "home", trusted, Columns("label", time="seen at"), LABELS, act=ME, policy=QUICK)
    made = gate.snapshot(act=ME)
    _, rows = by_its_description(gate.save(made.id, tmp_path)[2])
    first = {name: value.decode() if isinstance(value, bytes) else value for name, value in rows[1].items()}
    assert list(first)[:5] == [f"rows/{name}" for name in ("mean_radius", "mean_radius_", "p_q__µ_", "label", "seen_at")]
    assert list(first.values()) == list(data(gate, made).to_pylist()[1].values())
    gate.close()


def test_a_folder_that_cannot_be_made_is_named(gate, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput, match=r"folder is .*file.: cannot be written"):
        gate.save(gate.snapshot(act=ME).id, tmp_path / "file")
    with pytest.raises(NotFound, match="no snapshot 999"):
        gate.save(999, tmp_path)


def test_models_are_noted_on_snapshots(gate):
    made = gate.snapshot(act=ME)
    entry = gate.model(made.id, "spam-2026", act=on(1, "user:ada"))
    assert next(one for one in gate.entries(after=entry - 1))["body"] == {"snapshot": made.id, "name": "spam-2026"}
    assert gate.snapshots()[0].models == ("spam-2026",)
    with pytest.raises(NotFound, match="no snapshot 1"):
        gate.model(1, "x", act=ME)
    with pytest.raises(InvalidInput, match="model is ''"):
        gate.model(made.id, "", act=ME)


def test_no_snapshot_holds_rows_that_were_rolled_back_while_it_was_written(tmp_path, monkeypatch):
    gate = acts(begun(tmp_path / "home", trusted=TRUSTED))
    kept, back = snapshots._kept, []

    def slowly(home, at):
        body = kept(home, at)
        if not back:
            back.append(None)
            with closing(Gate.open(tmp_path / "home")) as other:
                back.append(other.rollback("web", on(0).when, act=on(9)))
        return body

    monkeypatch.setattr(snapshots, "_kept", slowly)
    made = gate.snapshot(act=ME)
    assert made.position >= back[1].entry
    assert "web" not in data(gate, made)["source"].to_pylist()
    gate.close()


def test_what_was_judged_by_a_former_root_is_judged_again(tmp_path, monkeypatch):
    """Rows that wait cannot become trusted; rows that others trust now may judge otherwise."""
    gate = begun(tmp_path / "home", trusted=TRUSTED)
    number = gate.submit(blobs(8, seed=3), "web", act=on(1)).submission
    heard, turns = Case.heard, []

    def slowly(self):
        judged = heard(self)
        if not turns:
            with pytest.raises(Conflict, match="8 of these rows wait"):
                gate.rotate_root(pa.concat_tables([TRUSTED, blobs(8, seed=3)]), act=on(2))
            gate.rotate_root(pa.concat_tables([TRUSTED, blobs(8, seed=4)]), act=on(2))
        turns.append(self.force.root.seq)
        return judged

    monkeypatch.setattr(Case, "heard", slowly)
    assert gate.work("tester") == gate.work("tester") == number
    assert turns[0] < turns[1]
    assert gate.submission(number).accepted == gate.source("web").learned > 0
    assert gate.verify().faults == ()
    gate.close()


def test_rows_of_the_root_at_another_time_are_no_new_ones_and_names_that_are_taken_are_others(tmp_path):
    def rows(n, day, seed):
        drawn = blobs(n, seed=seed)
        times = pa.array(np.arange(n) + np.datetime64(f"2026-01-0{day}", "us"))
        return drawn.rename_columns(["source", "position", "label"]).append_column("at", times)

    trusted = rows(400, 1, 1)
    gate = Gate.init(tmp_path / "home", trusted, Columns("label", time="at"), LABELS, act=ME, policy=QUICK)
    taught(gate, pa.concat_tables([rows(400, 2, 1)[:5], rows(3, 2, 9)]), "web")
    made = gate.snapshot(act=ME)
    found = data(gate, made)
    names = ["source", "position", "label", "at", "content", "source_", "submission", "position_"]
    assert found.column_names == names
    assert cells(found[400:], ("source", "at")) == cells(rows(3, 2, 9), ("source", "at"))
    assert found["source_"].to_pylist()[-1] == "web"
    assert gate.save(made.id, tmp_path / "out")
    assert gate.verify().faults == ()
    settled(gate)
    gate.close()
