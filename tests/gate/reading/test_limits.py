"""Every limit holds, and every broken rule of a file says which row and column."""

import gzip
import io
import json
import random

import pyarrow as pa
import pytest

from amlsec.errors import InvalidInput, UnsafeFile
from amlsec.gate.judging.panel import MOST_ROWS
from amlsec.gate.reading.formats import Format
from amlsec.gate.reading.limits import Limits
from amlsec.gate.reading.read import read
from gate.reading.written import FORM, TEXTS, WRITERS, as_csv, as_file, as_jsonl, as_parquet, as_stream, chunks, one

MAILS = pa.table({"mail": ["one", "two", "three"], "label": ["spam", "ham", "spam"]})
TEXT_WRITERS = {name: write for name, write in WRITERS.items() if "in" not in name}


def refused(data, rule, limits=None, format=None, form=TEXTS):
    with pytest.raises(InvalidInput, match=rule) as caught:
        chunks(data, form, limits or Limits(), format)
    assert len(str(caught.value)) < 600
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", TEXT_WRITERS)
def test_each_format_keeps_to_rows_cells_and_bytes(name):
    data = TEXT_WRITERS[name](MAILS)
    assert sum(map(len, chunks(data, TEXTS, Limits(rows=3, cell=5, request_bytes=len(data))))) == 3
    refused(data, "has more than 2 rows", Limits(rows=2))
    refused(data, r"column mail, row 3 is 'three': is longer than 4 characters", Limits(cell=4))
    refused(data, f"has more than {len(data) - 1} bytes", Limits(request_bytes=len(data) - 1))


@pytest.mark.parametrize("name", TEXT_WRITERS)
def test_each_format_names_a_missing_column_an_unknown_label_and_no_rows(name):
    write = TEXT_WRITERS[name]
    refused(write(MAILS.drop_columns("mail")), "mail")
    refused(write(MAILS.set_column(1, "label", pa.array(["spam", "ham", "eggs"]))), "column label, row 3 is 'eggs'")
    if "json" not in name:
        refused(write(MAILS.slice(0, 0)), "no rows")


@pytest.mark.parametrize("write", [as_jsonl, as_parquet, as_stream, as_file])
def test_each_format_names_a_cell_without_a_value(write):
    refused(write(MAILS.set_column(0, "mail", pa.array(["a", None, "b"]))), "column mail, row 2 is None: has no value")


@pytest.mark.parametrize("write", [as_csv, as_jsonl, as_parquet, as_stream])
def test_what_the_gate_does_not_know_is_left_out(write):
    more = MAILS.append_column("extra", pa.array([1, 2, 3]))
    assert one(write(more), TEXTS) == one(write(MAILS), TEXTS)


@pytest.mark.parametrize("write", [lambda _: b"mail,mail,label\na,b,spam\n", as_parquet, as_stream, as_file])
def test_two_columns_of_one_name(write):
    refused(write(pa.table([["a"], ["b"], ["spam"]], names=["mail", "mail", "label"])), "twice")


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"mail,label\na,spam\nb,ham,3\n", r"Row #3: Expected 2 columns, got 3"),
        (b"mail,label\na,spam\n\xff,ham\n", r"column mail, row 2 is .*no UTF-8"),
        (b'mail,label\n"never closed,spam\n', "no rows|cannot be read as CSV|no label"),
        (b"mail,label\n" + b"x" * (9 << 20) + b",spam\n", "a row longer than 4 MiB, or a quote that never ends"),
        (b'mail,label\n"' + b"a,spam\n" * (2 << 20), "a row longer than 4 MiB, or a quote that never ends"),
        (b'mail,label\n"' + b"a" * 200_000 + b'"x,spam,', "cannot be read as CSV|no label"),
        (b"mail", "no column 'label'|cannot be read"),
        (b"\n\n\n", "no column|cannot be read"),
        (b"x" * (1 << 20) + b",mail,label\na,b,spam\n", "a first line longer than 1024 KiB"),
    ],
)
def test_broken_csv(data, rule):
    refused(data, rule)


def test_a_header_may_name_many_columns():
    names = ",".join(f"column {i}" for i in range(9000))
    assert one(f"{names},mail,label\n{',' * 9000}a,spam\n".encode(), TEXTS)["mail"] == ["a"]


def lines(*rows):
    return b"".join(row if isinstance(row, bytes) else json.dumps(row).encode() + b"\n" for row in rows)


GOOD = {"mail": "a", "label": "spam"}
NAN = b'{"mail": NaN, "label": "spam"}\n'


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ({"mail": ["a"], "label": "spam"}, "column mail, row 2 is 'list': must be a plain value"),
        ({"mail": {"a": 1}, "label": "spam"}, "column mail, row 2 is .*must be a plain value"),
        ({"mail": "\ud800", "label": "spam"}, r"column mail, row 2 is .*ud800.*surrogate"),
        ({**GOOD, "more": [[[[[1]]]]]}, "column 'more', row 2 is .*nested more than 4 deep"),
        ({**GOOD, "more": {"a": [{"b": [{}]}]}}, "column 'more', row 2 is .*nested more than 4 deep"),
        (b'{"mail": "a", "label": "spam", "z": ' + b"[" * 100_000 + b"\n", "row 2 is .*nested too deep"),
        (b'{"mail": "a", "label": "spam", "z": ' + b'{"a":' * 100_000 + b"\n", "row 2 is .*nested too deep"),
        (b'{"mail": "a", "mail": "b", "label": "spam"}\n', "row 2 is .*name stands twice"),
        (NAN, "row 2 is .*NaN is no number of JSON"),
        (b'{"mail": "\xff", "label": "spam"}\n', "row 2 is .*utf-8"),
        (b"[1, 2]\n", r"row 2 is .*must be an object"),
        (b'"text"\n', "row 2 is .*must be an object"),
        (b'{"mail": "a"\n', "row 2 is .*no line of JSON"),
        (b"x" * 17_000_000 + b"\n", "row 2 is .*longer than 16 MiB"),
        ({"label": "spam"}, "column mail, row 2 is None: has no value"),
    ],
)
def test_broken_json_lines(row, rule):
    refused(lines(GOOD, row, GOOD), rule)


def test_numbers_of_json_may_have_any_length():
    refused(b'{"mail": "a", "label": ' + b"1" * 5000 + b"}\n", "column label, row 1 is .*no label")
    assert one(b'{"mail": 12345678901234567890123, "label": "spam"}\n', TEXTS)["mail"] == ["12345678901234567890123"]


def test_empty_lines_and_a_byte_order_mark_are_no_rows():
    assert one(b"\xef\xbb\xbf" + lines(GOOD, b"\n", b"  \r\n", GOOD), TEXTS)["mail"] == ["a", "a"]
    assert one(b"\xef\xbb\xbfmail,label\na,spam\n\nb,ham\n", TEXTS)["mail"] == ["a", "b"]


@pytest.mark.parametrize("write", [as_parquet, as_stream, as_file, WRITERS["csv.gz"], WRITERS["jsonl.gz"]])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_file(write, share):
    data = write(pa.concat_tables([MAILS] * 40))
    with pytest.raises(InvalidInput):
        chunks(data[: int(len(data) * share)], TEXTS)


def test_zipped_text_that_breaks_late():
    data = bytearray(gzip.compress(random.Random(0).randbytes(60_000).hex().encode(), 6))
    data[len(data) // 2 :] = b"\xff" * 20_000
    refused(bytes(data), "cannot be read as gzip|cannot be read as CSV|no column")


@pytest.mark.parametrize(
    "bomb",
    [
        gzip.compress(b"mail,label\n" + (b"x" * 999 + b",spam\n") * 70_000, 1),
        gzip.compress(b'{"mail": "' + b"x" * (1 << 20), 1) + gzip.compress(b"x" * 70_000_000, 1),
    ],
)
def test_a_zip_bomb_ends_at_its_limit(bomb):
    refused(bomb, "becomes more than 2 times its .* bytes|longer than 16 MiB", Limits(expansion=2, rows=10**8))


def test_a_bomb_of_lines_that_are_no_rows_ends_at_its_limit_too():
    blank = (b" " * (1 << 20) + b"\n") * 65
    refused(gzip.compress(b'{"mail": "a", "label": "spam"}\n' + blank, 1), "becomes more than 2 times", Limits(expansion=2))


def test_a_parquet_bomb_ends_at_its_headers():
    mails = pa.table({"mail": ["x" * 500_000] * 200, "label": ["spam"] * 200})
    bomb = as_parquet(mails, compression="zstd", use_dictionary=False)
    assert len(bomb) < 100_000
    refused(bomb, "becomes more than 100 times", Limits())


@pytest.mark.parametrize("write", [as_parquet, as_stream])
def test_a_bomb_of_dictionaries_ends_at_the_bytes_of_its_rows(write):
    codes = pa.array([0] * 1000, pa.int32())
    told = pa.table({"mail": pa.DictionaryArray.from_arrays(codes, ["x" * 500_000]), "label": ["spam"] * 1000})
    refused(write(told), "becomes more than 100 times", Limits())


def test_a_row_may_have_16_mebibytes():
    form = Limits(cell=20_000_000)
    refused(as_stream(pa.table({"mail": ["a", "x" * 16_800_000], "label": ["spam"] * 2})), "row 2 is .*at most", form)


@pytest.mark.parametrize("name", ["rows.pkl", "rows.csv", "rows"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_pickle_is_refused_by_name_and_by_content(tmp_path, name, pack):
    (tmp_path / name).write_bytes(pack(b"\x80\x04\x95whatever"))
    with pytest.raises(UnsafeFile, match="pickle"):
        list(read(tmp_path / name, TEXTS, Limits()))


def test_the_format_may_be_told():
    assert one(as_csv(MAILS), TEXTS) == one(as_jsonl(MAILS), TEXTS)
    assert len(chunks(b" \n" + as_jsonl(MAILS), TEXTS, format=Format.JSONL)) == 1
    refused(as_csv(MAILS), "format is 'parquet': but 'a stream' is csv", format=Format.PARQUET)
    refused(as_parquet(MAILS), "format is 'csv': but 'a stream' is parquet", format=Format.CSV)
    refused(as_csv(MAILS), "row 1 is .*no line of JSON", format=Format.JSONL)


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\0\0", b"\x1f\x8b broken", b"\xff\xff\xff\xff", b"PAR1", b"ARROW1"])
def test_what_is_no_table(data):
    refused(data, "data is 'a stream'")


def test_a_missing_file(tmp_path):
    with pytest.raises(InvalidInput, match="no such file"):
        list(read(tmp_path / "nowhere.csv", TEXTS, Limits()))


@pytest.mark.parametrize("name", ["request_bytes", "rows", "cell", "expansion", "chunk_rows", "seconds"])
def test_a_limit_is_above_zero(name):
    with pytest.raises(ValueError, match=name):
        Limits(**{name: 0})


def test_what_is_kept_together_can_be_judged_together():
    assert Limits(chunk_rows=MOST_ROWS).chunk_rows == MOST_ROWS
    with pytest.raises(ValueError, match="chunk_rows"):
        Limits(chunk_rows=MOST_ROWS + 1)


def test_nothing_is_read_before_the_first_chunk_is_asked_for():
    class Untouched(io.BytesIO):
        def read(self, size=-1):
            raise AssertionError

    read(Untouched(), FORM, Limits())
