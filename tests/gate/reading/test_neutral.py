"""No cell of an exported CSV is a formula, and what was before can be had back."""

import csv
import io
import re

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amlsec.errors import InvalidInput
from amlsec.gate.reading.neutral import neutral, to_csv

STARTS = "=+-@\t\r\n＝＋－＠"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.text(st.sampled_from("=+-@'\" \t\r\n;a\N{BOM}"))


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("before", ["", " ", "'", '"', "\N{NO-BREAK SPACE}", "\N{ZERO WIDTH SPACE}", "\N{BOM} '"])
def test_a_formula_gets_an_apostrophe(start, before):
    assert neutral(f"{before}{start}cmd|' /C calc'!A0") == f"'{before}{start}cmd|' /C calc'!A0"


@pytest.mark.parametrize("end", [";", "\n", "\r", "\r\n"])
@pytest.mark.parametrize("before", ["", " ", "\t", "''", "\N{ZERO WIDTH SPACE}"])
def test_so_does_one_within_a_cell_where_another_cell_may_begin(end, before):
    """A spreadsheet that parts cells by semicolons sees no quotes around the cell, as it does not begin with them there."""
    assert neutral(f"hello{end}{before}=1+1{end}bye{end}＠x") == f"hello{end}'{before}=1+1{end}bye{end}'＠x"


@pytest.mark.parametrize("harmless", ["", "a=1", "1+1", "'quoted'", "see you @noon", "3 - 2", "é", "a; b\nc; d-e"])
def test_other_cells_stay(harmless):
    assert neutral(harmless) == harmless


@given(TEXT)
@settings(max_examples=200, deadline=None)
def test_what_was_before_can_be_had_back(cell):
    safe = neutral(cell)
    assert safe[:1] not in tuple(STARTS)
    assert not re.search("[;\r\n][=+@＝＋－＠-]", safe)
    first, *others = re.split("(?<=[;\r\n])", safe)
    assert _before(first) + "".join(_before(f";{other}")[1:] for other in others) == cell


def _before(safe):
    """Without the one apostrophe that makes it so."""
    apostrophe = 1 if safe.startswith(";") else 0
    shorter = safe[:apostrophe] + safe[apostrophe + 1 :]
    return shorter if neutral(shorter) == safe else safe


@given(st.lists(st.tuples(TEXT, st.floats(allow_nan=False, allow_infinity=False)), min_size=1, max_size=5))
@settings(max_examples=50, deadline=None)
def test_another_reader_reads_neutral_texts_and_the_same_numbers(told):
    texts, numbers = zip(*told, strict=True)
    file = io.BytesIO()
    to_csv(pa.table({"=name": texts, "n": pa.array(numbers, pa.float64())}), file)
    header, *found = csv.reader(io.StringIO(file.getvalue().decode(), newline=""))
    assert header == ["'=name", "n"]
    assert [(text, float(number)) for text, number in found] == [(neutral(text), number) for text, number in told]


def test_dictionaries_are_texts_too_and_missing_stays_missing(tmp_path):
    coded = pa.array(["=a", None, "b"]).dictionary_encode()
    to_csv(pa.table({"c": coded, "d": [1, None, -3]}), tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == '"c","d"\n"\'=a",1\n,\n"b",-3\n'


@pytest.mark.parametrize("column", [[[1]], [{"a": "=1"}], [b"=1"]])
def test_what_csv_cannot_hold_is_refused(column):
    with pytest.raises(InvalidInput, match="column c"):
        to_csv(pa.table({"c": column}), io.BytesIO())
