"""What is written out: the whole ledger, and rows with all that is said of them, harmless in a spreadsheet."""

import csv
import json
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from amlsec.errors import InvalidInput, NotFound
from amlsec.evidence import Decision
from amlsec.gate.service import Gate
from amlsec.tables.load import Columns, Labels
from gate.begun import ME, QUICK, on, settled

TEXTS = {"ham": [f"note {k}" for k in range(40)], "spam": [f"=SUM(A{k})" for k in range(40)]}


def mails(label, texts, *, says=None):
    return pa.table({"p": texts, "label": [says or label] * len(texts)})


@pytest.fixture(scope="module")
def gate(tmp_path_factory):
    trusted = pa.concat_tables([mails(label, texts) for label, texts in TEXTS.items()])
    columns, labels = Columns("label", text="p"), Labels(("spam",), ("ham",))
    limits = {"limits": {"chunk_rows": 3}}
    folder = tmp_path_factory.mktemp("gate") / "home"
    gate = Gate.init(folder, trusted, columns, labels, act=ME, policy=QUICK, settings=limits)
    number = gate.submit(mails("spam", TEXTS["spam"][:8], says="ham"), "=cmd", act=on(0)).submission
    settled(gate)
    gate.review(number, Decision.ACCEPT, act=on(1), rows=[1, 6])
    waiting = gate.submit(mails("ham", TEXTS["ham"][:2], says="spam"), "late", act=on(2)).submission
    yield gate, number, waiting
    gate.close()


NAMES = ["p", "label", "content", "source", "submission", "position", "decision", "p_", "score", "reason"]
WANTED = ["accept" if k in (1, 6) else "quarantine" for k in range(8)]


def test_parquet_and_json_lines_give_back_what_went_in(gate, tmp_path):
    gate, number, _ = gate
    gate.export_rows(number, tmp_path / "rows.parquet", "parquet")
    gate.export_rows(number, tmp_path / "rows.jsonl", "jsonl")
    rows = parquet.read_table(tmp_path / "rows.parquet")
    assert rows.column_names == NAMES
    assert rows["p"].to_pylist() == TEXTS["spam"][:8]
    assert rows["position"].to_pylist() == list(range(8))
    assert rows["decision"].to_pylist() == WANTED
    assert set(rows["reason"].to_pylist()) == {"stands among the trusted rows under the other label"}
    lines = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text("utf-8").splitlines()]
    assert lines == rows.to_pylist()


def test_a_spreadsheet_finds_no_formula(gate, tmp_path):
    gate, number, _ = gate
    gate.export_rows(number, tmp_path / "rows.csv")
    with (tmp_path / "rows.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert list(lines[0]) == NAMES
    assert [line["p"] for line in lines] == [f"'{text}" for text in TEXTS["spam"][:8]]
    assert {line["source"] for line in lines} == {"'=cmd"}
    assert [line["decision"] for line in lines] == WANTED
    assert {line["submission"] for line in lines} == {str(number)}


def test_of_what_was_not_judged_nothing_is_said_yet(gate, tmp_path):
    gate, _, waiting = gate
    gate.export_rows(waiting, tmp_path / "rows.jsonl", "jsonl")
    lines = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text().splitlines()]
    assert [(line["decision"], line["p_"], line["reason"]) for line in lines] == [("waiting", None, None)] * 2


@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet"])
def test_the_quarantine_is_all_that_waits_for_a_person(gate, tmp_path, format):
    gate, number, _ = gate
    gate.export_quarantine(tmp_path / "rows", format)
    read = {
        "csv": lambda path: [int(line["position"]) for line in csv.DictReader(path.read_text().splitlines())],
        "jsonl": lambda path: [json.loads(line)["position"] for line in path.read_text().splitlines()],
        "parquet": lambda path: parquet.read_table(path)["position"].to_pylist(),
    }
    assert read[format](tmp_path / "rows") == [0, 2, 3, 4, 5, 7]
    assert gate.submission(number).quarantined == 6


def test_what_was_rolled_back_waits_for_nobody(gate, tmp_path):
    gate, number, _ = gate
    back = gate.rollback("=cmd", on(0).when, act=on(5))
    gate.export_quarantine(tmp_path / "rows.csv")
    assert len((tmp_path / "rows.csv").read_text().splitlines()) == 1
    gate.export_rows(number, tmp_path / "all.parquet", "parquet")
    assert set(parquet.read_table(tmp_path / "all.parquet")["decision"].to_pylist()) == {"rolled back"}
    gate.undo(back.entry, act=on(6))


def test_the_ledger_is_a_line_an_entry(gate, tmp_path):
    gate = gate[0]
    gate.export_ledger(tmp_path / "ledger.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "ledger.jsonl").read_text("utf-8").splitlines()]
    assert lines == [json.loads(json.dumps(entry)) for entry in gate.entries()]
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))


def test_bad_input_is_named_and_leaves_no_file(gate, tmp_path):
    gate, number, _ = gate
    with pytest.raises(InvalidInput, match="format is 'xlsx': must be one of csv, jsonl, parquet"):
        gate.export_rows(number, tmp_path / "rows", "xlsx")
    with pytest.raises(NotFound, match="no submission 99"):
        gate.export_rows(99, tmp_path / "rows")
    with pytest.raises(InvalidInput, match="file is '/nowhere/rows': cannot be written"):
        gate.export_quarantine(Path("/nowhere/rows"))
    assert list(tmp_path.iterdir()) == []
