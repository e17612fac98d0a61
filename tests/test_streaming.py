"""A Parquet file is judged row group by row group, in flat memory, and its verdicts are there whole or not at all."""

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from amlsec.data import Batch
from amlsec.defenses.screens.roni import RONI
from amlsec.errors import InvalidInput
from amlsec.evidence import Decision, Verdicts
from amlsec.streaming import judge_parquet
from amlsec.tables.load import Columns, load
from amlsec.tables.more import more_rows

COLUMNS = Columns("label", source="from")


def table(n, seed=0, flipped=0.0):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    X = rng.normal(size=(n, 3)) + 2.0 * y[:, None]
    kind = np.where(rng.random(n) < 0.5, "a", "b")
    named = np.where(rng.random(n) < flipped, 1 - y, y)
    return pa.table({"x": X[:, 0], "kind": kind, "z": X[:, 1], "label": np.array(["ok", "attack"])[named], "from": kind})


class Limit:
    """Rejects rows whose first column is above 1; the reason is the row's source."""

    def fit(self, trusted):
        return self

    def judge(self, offered: Batch) -> Verdicts:
        over = offered.X[:, 0] > 1
        return Verdicts(
            np.where(over, Decision.REJECT, Decision.ACCEPT).astype(np.int8), offered.X[:, 0], 1.0, offered.source
        )


@pytest.fixture
def like():
    return load(table(50), COLUMNS)


@pytest.mark.parametrize("group", [7, 100, 1000])
def test_a_verdict_for_every_row_in_their_order(tmp_path, like, group):
    offered = table(100, seed=1)
    parquet.write_table(offered, tmp_path / "in.parquet", row_group_size=group)
    counted = judge_parquet(Limit(), tmp_path / "in.parquet", tmp_path / "out.parquet", columns=COLUMNS, like=like)
    written = parquet.read_table(tmp_path / "out.parquet")
    over = offered["x"].to_numpy() > 1
    assert written["decision"].to_pylist() == np.where(over, "reject", "accept").tolist()
    assert written["score"].to_pylist() == offered["x"].to_pylist()
    assert written["limit"].to_pylist() == [1.0] * 100
    assert written["reason"].to_pylist() == offered["from"].to_pylist()
    assert counted == {"accept": int((~over).sum()), "quarantine": 0, "reject": int(over.sum())}
    sizes = [parquet.ParquetFile(tmp_path / name).metadata for name in ("in.parquet", "out.parquet")]
    assert sizes[0].num_row_groups == sizes[1].num_row_groups == -(-100 // group)


def test_the_verdicts_are_the_screen_s_own_of_each_row_group(tmp_path):
    trusted = load(table(600), COLUMNS)
    roni = RONI(random_state=0).fit(trusted.batch)
    offered = table(90, seed=1, flipped=0.3)
    parquet.write_table(offered, tmp_path / "in.parquet", row_group_size=30)
    judge_parquet(roni, tmp_path / "in.parquet", tmp_path / "out.parquet", columns=COLUMNS, like=trusted)
    parts = [roni.judge(more_rows(offered.slice(start, 30), COLUMNS, trusted)) for start in (0, 30, 60)]
    written = parquet.read_table(tmp_path / "out.parquet")
    assert written["score"].to_pylist() == np.concatenate([part.score for part in parts]).tolist()
    assert written["reason"].to_pylist() == [reason for part in parts for reason in part.reason]
    decided = [Decision(value).name.lower() for part in parts for value in part.decision]
    assert written["decision"].to_pylist() == decided


class Breaks(Limit):
    """At the third row group."""

    asked = 0

    def judge(self, offered: Batch) -> Verdicts:
        self.asked += 1
        if self.asked == 3:
            raise InvalidInput("offered", "the third row group", "breaks here")
        return super().judge(offered)


@pytest.mark.parametrize("before", [None, b"what was there"])
def test_an_error_leaves_what_was_there(tmp_path, like, before):
    parquet.write_table(table(100), tmp_path / "in.parquet", row_group_size=20)
    out = tmp_path / "out.parquet"
    if before:
        out.write_bytes(before)
    with pytest.raises(InvalidInput, match="breaks here"):
        judge_parquet(Breaks(), tmp_path / "in.parquet", out, columns=COLUMNS, like=like)
    assert (out.read_bytes() if out.exists() else None) == before
    assert {path.name for path in tmp_path.iterdir()} <= {"in.parquet", "out.parquet"}


def test_verdicts_replace_no_offered_rows(tmp_path, like):
    offered = tmp_path / "in.parquet"
    parquet.write_table(table(20), offered)
    (tmp_path / "link.parquet").symlink_to(offered)
    for place in (offered, tmp_path / "link.parquet"):
        with pytest.raises(InvalidInput, match="verdicts is .*: must be another file"):
            judge_parquet(Limit(), offered, place, columns=COLUMNS, like=like)
    assert parquet.read_table(offered).equals(table(20))


def test_verdicts_go_into_a_folder_that_exists(tmp_path, like):
    parquet.write_table(table(20), tmp_path / "in.parquet")
    with pytest.raises(InvalidInput, match="verdicts is .*: must be in a folder that exists"):
        judge_parquet(Limit(), tmp_path / "in.parquet", tmp_path / "no" / "out.parquet", columns=COLUMNS, like=like)


def test_a_file_that_is_not_there_or_no_parquet(tmp_path, like):
    (tmp_path / "odd").write_text("a,b\n1,2\n")
    for name, rule in (("nowhere", "no such file"), ("odd", "cannot be read as Parquet")):
        with pytest.raises(InvalidInput, match=rule):
            judge_parquet(Limit(), tmp_path / name, tmp_path / "out.parquet", columns=COLUMNS, like=like)


PEAK = """
import sys
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from amlsec.streaming import judge_parquet
from amlsec.tables.load import load
from test_streaming import COLUMNS, Limit, table

judge_parquet(Limit(), Path(sys.argv[1]), Path(sys.argv[2]), columns=COLUMNS, like=load(table(50), COLUMNS))
print(getrusage(RUSAGE_SELF).ru_maxrss >> 10)
"""


def test_memory_does_not_grow_with_the_file(tmp_path, monkeypatch):
    """Peaks of processes of their own: of 3 row groups, and of 75, 95 MB of them in memory."""
    monkeypatch.setenv("PYTHONPATH", __file__.rpartition("/")[0])
    group, peaks = table(20_000), []
    for groups in (3, 75):
        path = tmp_path / f"{groups}.parquet"
        with parquet.ParquetWriter(path, group.schema) as writer:
            for _ in range(groups):
                writer.write_table(group)
        command = [sys.executable, "-c", PEAK, str(path), str(tmp_path / "out.parquet")]
        peaks.append(int(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
        assert parquet.ParquetFile(tmp_path / "out.parquet").metadata.num_rows == groups * 20_000
    assert 75 * group.nbytes >> 20 > 45
    assert peaks[1] < peaks[0] + 15, peaks
