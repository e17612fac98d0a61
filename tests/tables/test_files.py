"""Files are read by what they are; what could hurt or mislead is refused with a reason."""

import gzip
import pickle

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

from amlsec.errors import InvalidInput, UnsafeFile
from amlsec.tables.files import is_pickle, read

TABLE = pa.table({"a": [1, 2, 3], "label": ["x", "y", "x"]})


def _written(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_the_same_table_from_every_format(tmp_path):
    text = "a,label\n1,x\n2,y\n3,x\n"
    paths = [
        _written(tmp_path, "t.csv", text),
        _written(tmp_path, "t.tsv", text.replace(",", "\t")),
        _written(tmp_path, "semicolons.csv", text.replace(",", ";")),
        _written(tmp_path, "t.csv.gz", gzip.compress(text.encode())),
        _written(tmp_path, "t.jsonl", '{"a":1,"label":"x"}\n{"a":2,"label":"y"}\n{"a":3,"label":"x"}\n'),
        _written(tmp_path, "no-name-says-it", '{"a":1,"label":"x"}\n{"a":2,"label":"y"}\n{"a":3,"label":"x"}\n'),
    ]
    parquet.write_table(TABLE, tmp_path / "t.parquet")
    feather.write_feather(TABLE, tmp_path / "t.arrow")
    for path in [*paths, tmp_path / "t.parquet", tmp_path / "t.arrow"]:
        table, notes = read(path)
        assert table.to_pydict() == TABLE.to_pydict(), path
        assert notes == []


def test_quoted_newlines_are_part_of_a_cell(tmp_path):
    table, _ = read(_written(tmp_path, "t.csv", 'text,label\n"one\ntwo",x\n'))
    assert table["text"].to_pylist() == ["one\ntwo"]


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("empty.csv", b"", "the file is empty"),
        ("only-header.csv", b"a,label\n", "no rows"),
        ("twice.csv", b"a,a,label\n1,2,x\n", "column names stand twice: a"),
        ("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0", "not a table"),
        ("broken.parquet", b"PAR1 and nothing more", "cannot be read as Parquet"),
        ("broken.csv", b"a,b\n1,2,3\n", "cannot be read as a table"),
        ("broken.csv.gz", b"\x1f\x8b broken", "cannot be read as a table"),
        ("broken.jsonl", b'{"a": 1,\n', "cannot be read as a table"),
        ("latin.csv", "Länge;label\n1;x\n".encode("latin-1"), "is no UTF-8 text; save the table as UTF-8"),
        ("latin.jsonl", '{"Länge": 1, "label": "x"}\n'.encode("latin-1"), "is no UTF-8 text; save the table as UTF-8"),
    ],
)
def test_a_file_of_the_wrong_kind_says_what_is_wrong(tmp_path, name, content, rule):
    with pytest.raises(InvalidInput, match=rule) as caught:
        read(_written(tmp_path, name, content))
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(InvalidInput, match="is a folder or a device, no file"):
        read(tmp_path)


def test_a_missing_file(tmp_path):
    with pytest.raises(InvalidInput, match="no such file"):
        read(tmp_path / "nowhere.csv")


class _Bomb:
    def __reduce__(self):
        return (pytest.fail, ("the pickle was opened",))


@pytest.mark.parametrize("name", ["data.pkl", "looks-like-a.csv", "model.joblib"])
@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_a_pickle_is_refused_unopened_whatever_its_name(tmp_path, name, protocol):
    path = _written(tmp_path, name, pickle.dumps(_Bomb(), protocol=protocol))
    assert is_pickle(path)
    with pytest.raises(UnsafeFile, match="can run code"):
        read(path)


def test_parquet_larger_than_memory_is_sampled_by_row_groups_and_says_so(tmp_path):
    path = tmp_path / "large.parquet"
    rng = np.random.default_rng(0)
    parquet.write_table(pa.table({"a": rng.random(10_000), "row": np.arange(10_000)}), path, row_group_size=1000)
    table, notes = read(path, memory=100_000, seed=1)
    assert 0 < table.num_rows < 10_000
    assert table.num_rows % 1000 == 0
    assert notes == [
        f"sampled, as all exceed memory: {table.num_rows // 1000} of 10 row groups, {table.num_rows} of 10000 rows"
    ]
    again, _ = read(path, memory=100_000, seed=1)
    assert again.equals(table)
    other, _ = read(path, memory=100_000, seed=2)
    assert not other.equals(table)


def test_no_row_group_fits(tmp_path):
    path = tmp_path / "large.parquet"
    parquet.write_table(pa.table({"a": np.random.default_rng(0).random(10_000)}), path)
    with pytest.raises(InvalidInput, match="smallest row groups"):
        read(path, memory=1000)


@pytest.mark.parametrize("name", ["large.csv", "large.jsonl"])
def test_other_formats_larger_than_memory_are_refused(tmp_path, name):
    with pytest.raises(InvalidInput, match="as Parquet it could be sampled"):
        read(_written(tmp_path, name, "a,label\n" + "1,x\n" * 1000), memory=1000)


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "jsonl", "jsonl.gz"])
def test_a_cell_may_be_longer_than_the_readers_usual_block(tmp_path, ending):
    cell = "word " * 1_000_000
    text = f'{{"text":"{cell}","label":"x"}}\n' if "json" in ending else f"text,label\n{cell},x\n"
    content = gzip.compress(text.encode()) if ending.endswith("gz") else text.encode()
    table, _ = read(_written(tmp_path, f"t.{ending}", content))
    assert table["text"].to_pylist() == [cell]


def test_a_small_zipped_file_that_holds_too_much_is_refused_before_it_is_read(tmp_path):
    path = _written(tmp_path, "t.csv.gz", gzip.compress(b"a,label\n" + b"1,x\n" * 4_000_000))
    assert path.stat().st_size < 1 << 17
    with pytest.raises(InvalidInput, match="or more, 8 are free"):
        read(path, memory=8 << 20)
