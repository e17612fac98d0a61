"""The same rows are the same, whatever file they come in and however that is cut."""

import datetime
import io
from hashlib import sha256

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from amlsec.gate.form import CONTENT, Form, Holds
from amlsec.gate.reading.chunks import as_bytes, from_bytes
from amlsec.gate.reading.content import digest
from amlsec.gate.reading.limits import Limits
from amlsec.gate.reading.read import read
from amlsec.tables.load import Columns, Labels
from gate.reading.written import FORM, TEXTS, WRITERS, as_csv, as_jsonl, as_parquet, as_stream, chunks, one, rows

NOON = datetime.datetime(2024, 2, 29, 12, 0, 0, 1)
TOLD = st.tuples(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["http", "", "=1+1", "a,b", 'q"', "\ttab", "1", "1.0", "true", "NA", "null", "é"]),
    st.sampled_from(["spam", "ham", "0"]),
    st.datetimes(datetime.datetime(1, 1, 1), datetime.datetime(9999, 12, 31)),
)
ODD = ("=cmd|' /C calc'!A0\r\n\"quoted\"\u2028,;\t\N{BOM}", -0.0, "", "ham", NOON)


@given(st.lists(TOLD, min_size=1, max_size=8))
@example([("a\0b\0", 0.0, "\0", "ham", NOON)])
@example([ODD, ("", 5e-324, "NaN", "0", NOON), ("\r", 2.0**53 + 2, "inf", "spam", NOON)])
@settings(max_examples=25, deadline=None)
def test_every_format_gives_the_same_chunks(told):
    table = rows(*told)
    written = {name: chunks(write(table)) for name, write in WRITERS.items()}
    expected = written["arrow file"]
    (chunk,) = expected
    assert chunk.schema == FORM.schema
    assert chunk.drop_columns(CONTENT).select(table.column_names).to_pydict() == table.to_pydict()
    for name, found in written.items():
        assert [as_bytes(part) for part in found] == [as_bytes(part) for part in expected], name
        assert digest(found) == digest(expected), name


@given(st.lists(TOLD, min_size=1, max_size=12), st.integers(1, 5), st.integers(1, 4))
@settings(max_examples=30, deadline=None)
def test_how_a_file_is_cut_changes_neither_rows_nor_chunks(told, chunk_rows, batch):
    table, limits = rows(*told), Limits(chunk_rows=chunk_rows)
    found = chunks(as_stream(table, max_chunksize=batch), limits=limits)
    assert [len(part) for part in found] == [chunk_rows] * (len(told) // chunk_rows) + [len(told) % chunk_rows] * (
        len(told) % chunk_rows > 0
    )
    assert digest(found) == digest(chunks(as_csv(table)))
    assert list(map(as_bytes, found)) == list(map(as_bytes, chunks(as_parquet(table), limits=limits)))


@pytest.mark.parametrize("write", [as_csv, as_jsonl, as_parquet, as_stream])
def test_a_chunk_holds_16_mebibytes_at_most(write):
    table = pa.table({"mail": [letter * 1_000_000 for letter in "abcdefghijklmnopqrstuvwxyz"], "label": ["spam"] * 26})
    found = chunks(write(table), TEXTS)
    assert [len(part) for part in found] == [16, 10]
    assert pa.concat_tables(found)["mail"].to_pylist() == table["mail"].to_pylist()


def test_a_digest_is_of_the_hashes_in_order():
    parts = chunks(as_csv(rows(ODD, ("b", 1.0, "", "spam", NOON))), limits=Limits(chunk_rows=1))
    hashes = [part[CONTENT][0].as_py() for part in parts]
    assert digest(parts) == sha256("".join(hashes).encode()).hexdigest() != digest(reversed(parts))


def test_chunks_come_back_from_their_bytes():
    (chunk,) = chunks(as_csv(rows(ODD)))
    assert from_bytes(as_bytes(chunk)).equals(chunk)


def test_a_label_need_not_be_spelled_as_the_trusted_table_does():
    form = Form(Columns("y"), ("x",), (Holds.NUMBER,), Labels(("1",), ("0",)))
    written = [
        b"x,y\n1,1\n2,0\n",
        b'{"x":1,"y":1.0}\n{"x":2,"y":"0"}\n',
        as_parquet(pa.table({"x": [1, 2], "y": [1, 0]})),
        as_stream(pa.table({"x": [1.0, 2.0], "y": [1.0, 0.0]})),
    ]
    assert len({digest(chunks(data, form)) for data in written}) == 1


def test_a_form_without_time_or_text_columns():
    form = Form(Columns("y"), ("b", "a"), (Holds.NUMBER, Holds.CATEGORY), Labels(("1",), ("0",)))
    found = one(b"a,y,b\nx,1,2.5\n", form)
    assert list(found) == ["b", "a", "y", CONTENT]
    assert (found["b"], found["a"], found["y"]) == ([2.5], ["x"], ["1"])


def test_a_path_and_a_stream_that_cannot_seek(tmp_path):
    data = as_csv(rows(ODD))
    (tmp_path / "rows.csv").write_bytes(data)

    class Socket(io.RawIOBase):
        left = io.BytesIO(data)

        def read(self, size=-1):
            return self.left.read(min(size, 7))

    assert digest(read(tmp_path / "rows.csv", FORM, Limits())) == digest(read(Socket(), FORM, Limits()))
