"""Cells of every type and spelling, and errors that name row and column."""

import datetime
import decimal
import random
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from amlsec.errors import InvalidInput
from amlsec.gate.reading.cells import Cells, words
from amlsec.gate.reading.labels import labels
from amlsec.gate.reading.numbers import numbers
from amlsec.gate.reading.times import times
from gate.reading.written import as_parquet, as_stream, chunks, rows

NOON = datetime.datetime(2024, 2, 29, 12)
WIDE = decimal.Context(prec=40)
BAD_UTF8 = pa.array([b"a", b"\xff\xfe"]).view(pa.string())


def cells(values, kind=None, longest=100):
    array = values if isinstance(values, pa.Array) else pa.array(values, kind)
    return Cells("c", array, first=7, longest=longest)


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        (["1", "-0", " 1e3\t", ".5", "1.", "+2"], pa.string(), [1, 0, 1000, 0.5, 1, 2]),
        ([b"1", b"9007199254740993"], pa.binary(), [1, 9007199254740992]),
        (["True", "false", "3"], pa.large_string(), [1, 0, 3]),
        ([1, 2**53 + 1], pa.int64(), [1, 2**53]),
        ([2**64 - 1], pa.uint64(), [2.0**64]),
        ([True, False], pa.bool_(), [1, 0]),
        ([0.1], pa.float32(), [float(np.float32(0.1))]),
        ([np.float16(0.5)], pa.float16(), [0.5]),
        ([decimal.Decimal("1.25")], pa.decimal128(5, 2), [1.25]),
        (pa.array([3, 4, 3]).dictionary_encode(), None, [3, 4, 3]),
        (pa.array(["3", "4", "3"]).dictionary_encode(), None, [3, 4, 3]),
    ],
)
def test_numbers_of_every_type(values, kind, expected):
    found = numbers(cells(values, kind))
    assert found.type == pa.float64()
    assert found.to_pylist() == expected
    assert not np.signbit(np.asarray(found)[np.asarray(found) == 0]).any()


@pytest.mark.parametrize("text", ["0.1", "1e-320", "12345678901234567890123", "2.2250738585072011e-308", "1e22", "-7"])
def test_a_number_is_read_as_python_reads_it(text):
    assert numbers(cells([text])).to_pylist() == [float(text)]


@pytest.mark.parametrize("bad", ["", "x", "1,5", "0x10", "nan", "-inf", "1e999", "1_000", "--1", "１", "1 2"])
def test_what_is_no_finite_number_names_row_and_column(bad):
    with pytest.raises(InvalidInput, match="column c, row 9 is .*must be a finite number") as caught:
        numbers(cells(["1", "2", bad, "4", bad]))
    assert caught.value.value == bad


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), None])
def test_a_number_that_is_none_names_its_row(bad):
    with pytest.raises(InvalidInput, match="column c, row 8"):
        numbers(cells([1.0, bad], pa.float64()))


@pytest.mark.parametrize("read", [numbers, words, times])
@pytest.mark.parametrize("values", [[[1]], [{"a": 1}], [datetime.timedelta(1)], [datetime.time(1)]])
def test_other_types_are_refused(read, values):
    with pytest.raises(InvalidInput, match="column c"):
        read(cells(values))


@pytest.mark.parametrize("read", [numbers, words])
def test_a_time_is_neither_number_nor_text(read):
    with pytest.raises(InvalidInput, match="column c"):
        read(cells([NOON]))


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        (["a", ""], pa.string(), ["a", ""]),
        (["é".encode()], pa.binary(), ["é"]),
        (["a"], pa.large_binary(), ["a"]),
        ([1, -2], pa.int8(), ["1", "-2"]),
        ([1.0, 1.5, 1e300], pa.float64(), ["1", "1.5", str(int(1e300))]),
        ([True, False], pa.bool_(), ["True", "False"]),
        (pa.array(["b", "a", "b"]).dictionary_encode(), None, ["b", "a", "b"]),
    ],
)
def test_words_of_every_type(values, kind, expected):
    assert words(cells(values, kind)).to_pylist() == expected


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        (["a", None], "has no value"),
        (["a", "b" * 101], "longer than 100 characters"),
        (["a", "b" * 500], "longer than 100 characters"),
        (BAD_UTF8, "no UTF-8"),
        ([b"a", b"\xed\xa0\x80"], "no UTF-8"),
    ],
)
def test_a_bad_text_names_its_row(values, rule):
    with pytest.raises(InvalidInput, match=f"column c, row 8 is .*{rule}") as caught:
        words(cells(values))
    assert len(str(caught.value)) < 250


def test_a_text_may_hold_nul_characters():
    """As some real mails do."""
    assert words(cells(["a\0b", "\0", "a\0"])).to_pylist() == ["a\0b", "\0", "a\0"]


@pytest.mark.parametrize(("digits", "scale"), [(9, 9), (10, 2), (38, 37), (38, 0)])
def test_a_decimal_is_the_number_that_its_digits_are(digits, scale):
    draws = random.Random(0)
    values = [Decimal(draws.randrange(-(10**digits) + 1, 10**digits)).scaleb(-scale, WIDE) for _ in range(200)]
    exact = [float(value) for value in values]
    assert numbers(cells(values, pa.decimal128(digits, scale))).to_pylist() == exact
    assert numbers(cells([str(value) for value in values])).to_pylist() == exact


def test_a_cell_is_measured_in_characters():
    assert words(cells(["é" * 100, "\N{GRINNING FACE}" * 100])).to_pylist()[0] == "é" * 100


def test_labels_as_they_are_known():
    assert labels(cells(["1", "1.0", " 1 ", "0"]), ("1", "0")).to_pylist() == ["1", "1", "1", "0"]
    assert labels(cells([1, 0]), ("1", "0")).to_pylist() == ["1", "0"]
    assert labels(cells([True, False]), ("True", "False")).to_pylist() == ["True", "False"]
    assert labels(cells(["true", "FALSE"]), ("True", "False")).to_pylist() == ["True", "False"]
    assert labels(cells(["1", "1.0"]), ("1", "1.0")).to_pylist() == ["1", "1.0"]


@pytest.mark.parametrize("bad", ["", "Spam!", "nan", "inf", "1e400"])
def test_an_unknown_label_names_its_row_and_the_known_ones(bad):
    with pytest.raises(InvalidInput, match="column c, row 8 is .*no label of this gate: 'spam', 'ham'"):
        labels(cells(["spam", bad]), ("spam", "ham"))


ZONED = datetime.timezone(datetime.timedelta(hours=2))


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["2024-02-29 12:00:00"], None),
        (["2024-02-29T12:00"], None),
        (["2024-02-29T12:00:00Z", "2024-02-29T14:00:00+02:00", "2024-02-29 10:00:00.000000000-0200"], None),
        (["1709208000", "1709208000.0", " 1709208000 "], None),
        ([1709208000], pa.int64()),
        ([1709208000.0], pa.float64()),
        ([NOON], pa.timestamp("s")),
        ([NOON], pa.timestamp("ms")),
        ([NOON], pa.timestamp("ns")),
        ([NOON.replace(tzinfo=datetime.UTC).astimezone(ZONED)], pa.timestamp("us", "+02:00")),
        (pa.array([NOON]).dictionary_encode(), None),
    ],
)
def test_a_time_however_it_is_told(values, kind):
    found = times(cells(values, kind))
    assert found.type == pa.timestamp("us")
    assert set(found.to_pylist()) == {NOON}


@pytest.mark.parametrize("kind", [pa.date32(), pa.date64()])
def test_a_day_is_the_time_at_which_it_begins(kind):
    assert times(cells([NOON.date()], kind)).to_pylist() == [NOON.replace(hour=0)]
    with pytest.raises(InvalidInput, match="column c"):
        times(cells(pa.array([2**31 - 1], pa.int32()).cast(pa.date32()).cast(kind)))


def test_what_is_finer_than_a_microsecond_is_cut_off_in_texts_and_timestamps():
    nanoseconds = np.array(["2024-02-29T12:00:00.123456999"], "datetime64[ns]")
    told = [times(cells(pa.array(nanoseconds))), times(cells(["2024-02-29T12:00:00.123456999"]))]
    assert [time.to_pylist() for time in told] == [[NOON.replace(microsecond=123456)]] * 2
    assert times(cells(["1709208000.25"])).to_pylist() == [NOON.replace(microsecond=250000)]


@pytest.mark.parametrize("bad", ["", "noon", "2024-02-30", "12:00", "10000-01-01", "999999999999", "-1e99", "1e99", "nan"])
def test_what_is_no_time_names_its_row(bad):
    with pytest.raises(InvalidInput, match="column c, row 8"):
        times(cells(["2024-02-29", bad]))


@pytest.mark.parametrize(
    ("values", "kind"),
    [([2**62], pa.timestamp("s")), ([2**62], pa.timestamp("us")), ([None], pa.timestamp("us")), ([2**62], pa.int64())],
)
def test_a_time_beyond_the_calendar_is_refused(values, kind):
    with pytest.raises(InvalidInput, match="column c"):
        times(cells(values, kind))


@pytest.mark.parametrize("write", [as_parquet, as_stream])
def test_rows_are_numbered_through_the_whole_file(write):
    table = rows(*[("a", 1.0, "p", "spam", NOON)] * 11, ("a", float("nan"), "p", "spam", NOON))
    with pytest.raises(InvalidInput, match="column size, row 12 is nan"):
        chunks(write(table))
