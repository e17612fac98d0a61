"""Rows are written so that they can be added to the table they are like, and are read back the same."""

import gzip

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, feather, parquet

from amlsec.errors import InvalidInput
from amlsec.tables.files import read
from amlsec.tables.write import write_like

TABLE = pa.table({"text": ["a, b", 'c "d"', "é;\tf"], "n": [1, 2, 3], "x": [0.1, 1e-300, float(np.float32(0.1))]})


def written_as(path, kind):
    if kind == "parquet":
        parquet.write_table(TABLE, path)
    elif kind == "arrow":
        feather.write_feather(TABLE, path)
    elif kind == "jsonl":
        path.write_text('{"text": "a", "n": 1, "x": 0.5}\n')
    else:
        csv.write_csv(TABLE, path, csv.WriteOptions(delimiter={"csv": ",", "tsv": "\t", "semicolon": ";"}[kind]))
    return path


@pytest.mark.parametrize(
    ("kind", "ending"),
    [
        ("csv", ".csv"),
        ("tsv", ".csv"),
        ("semicolon", ".csv"),
        ("parquet", ".parquet"),
        ("arrow", ".arrow"),
        ("jsonl", ".jsonl"),
    ],
)
def test_rows_are_read_back_as_they_were(tmp_path, kind, ending):
    like = written_as(tmp_path / f"data.{kind}", kind)
    path = write_like(like, TABLE, tmp_path / "new.rows")
    assert path == tmp_path / f"new.rows{ending}"
    assert read(path)[0].equals(TABLE)


@pytest.mark.parametrize("kind", ["csv", "tsv", "semicolon", "jsonl"])
def test_lines_can_be_added_to_the_data(tmp_path, kind):
    like = written_as(tmp_path / f"data.{kind}", kind)
    header = 0 if kind == "jsonl" else 1
    lines = write_like(like, TABLE, tmp_path / "new").read_text("utf-8").splitlines(keepends=True)[header:]
    with like.open("a", encoding="utf-8") as file:
        file.writelines(lines)
    assert read(like)[0].slice(read(like)[0].num_rows - 3).equals(TABLE)


def test_what_is_like_a_zipped_file_is_not_zipped(tmp_path):
    plain = written_as(tmp_path / "plain.csv", "tsv")
    (tmp_path / "data.csv.gz").write_bytes(gzip.compress(plain.read_bytes()))
    path = write_like(tmp_path / "data.csv.gz", TABLE, tmp_path / "new")
    assert path.read_bytes().startswith(b'"text"\t"n"')


def test_no_file_is_overwritten(tmp_path):
    like = written_as(tmp_path / "data.csv", "csv")
    with pytest.raises(InvalidInput, match="is there already"):
        write_like(like, TABLE.slice(1), tmp_path / "data")
    assert read(like)[0].equals(TABLE)
