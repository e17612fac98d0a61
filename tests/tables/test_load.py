"""Columns and labels are found as told, or by a stated rule; what cannot be used is an error that names it."""

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from amlsec.errors import InvalidInput
from amlsec.tables.load import Columns, Labels, load

ROWS = {
    "size": [1.5, 2.0, 3.5, 4.0],
    "proto": ["tcp", "udp", "tcp", "icmp"],
    "label": ["ham", "spam", "ham", "spam"],
    "from": ["a", "b", None, "a"],
    "when": ["2025-01-02T00:00:00", "2025-01-01T00:00:00", "2025-01-03T00:00:00", "2025-01-04T00:00:00"],
}


def _frame(**more):
    return pa.table({**ROWS, **more})


def test_features_categories_source_and_time():
    table = load(_frame(), Columns("label", source="from", time="when"))
    assert table.names == ("size", "proto")
    assert table.categories == ((), ("icmp", "tcp", "udp"))
    np.testing.assert_array_equal(table.batch.X, [[1.5, 1], [2, 2], [3.5, 1], [4, 0]])
    assert table.batch.y.tolist() == [0, 1, 0, 1]
    assert table.batch.source.tolist() == ["a", "b", "(not noted)", "a"]
    assert str(table.batch.time[0]).startswith("2025-01-02")


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table], ids=["pandas", "polars", "arrow"])
def test_frames_of_every_house_give_the_same(make):
    table = load(make({"a": [1, 2], "label": ["ham", "spam"]}), Columns("label"))
    assert table.batch.X.tolist() == [[1.0], [2.0]]
    assert table.batch.y.tolist() == [0, 1]


def test_something_else_is_no_frame():
    with pytest.raises(InvalidInput, match="pandas, polars or Arrow"):
        load([1, 2], Columns("label"))


@pytest.mark.parametrize("option", ["target", "source", "time", "text"])
def test_a_missing_column_is_named_with_a_near_miss(option):
    columns = {"target": "label", option: "lable" if option == "target" else "sizes"}
    with pytest.raises(InvalidInput, match=f"{option} is .*no such column; did you mean"):
        load(_frame(), Columns(**columns))


def test_one_class():
    with pytest.raises(InvalidInput, match="one class only, 'ham'"):
        load(pa.table({"a": [1, 2], "label": ["ham", "ham"]}), Columns("label"))


@pytest.mark.parametrize(
    ("values", "malicious"),
    [
        (["ham", "ham", "spam"], "spam"),
        (["0", "0", "1"], "1"),
        ([0, 1, 1], "1"),
        ([0.0, 1.0, 1.0], "1"),
        ([False, True, True], "True"),
        (["A", "B", "B"], "A"),
    ],
)
def test_the_malicious_label_is_found_by_name_or_rarity_and_said(values, malicious):
    table = load(pa.table({"a": [1, 2, 3], "label": values}), Columns("label"))
    assert table.labels.malicious == (malicious,)
    assert any(repr(malicious) in note for note in table.notes)


def test_many_labels_need_to_be_told():
    many = pa.table({"a": [1, 2, 3], "label": ["normal", "dos", "probe"]})
    with pytest.raises(InvalidInput, match="has 3 labels .*--malicious"):
        load(many, Columns("label"))
    assert load(many, Columns("label"), Labels(benign=("normal",))).batch.y.tolist() == [0, 1, 1]
    assert load(many, Columns("label"), Labels(malicious=("dos",))).batch.y.tolist() == [0, 1, 0]


@pytest.mark.parametrize("labels", [Labels(malicious=("nope",)), Labels(benign=("nope",))])
def test_a_label_that_is_not_in_the_data(labels):
    with pytest.raises(InvalidInput, match="no row of column 'label' has this label; they are ham, spam"):
        load(_frame(), Columns("label"), labels)


def test_labels_that_leave_one_class():
    with pytest.raises(InvalidInput, match="leaves one class only"):
        load(_frame(), Columns("label"), Labels(malicious=("ham", "spam")))


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), None])
def test_nan_and_infinity_name_the_column_and_the_count(bad):
    with pytest.raises(InvalidInput, match=r"column rate .*1 of 4 rows are NaN or infinite"):
        load(_frame(rate=[1.0, bad, 2.0, 3.0]), Columns("label", source="from", time="when"))


def test_unlabelled_rows():
    with pytest.raises(InvalidInput, match="1 rows have no label"):
        load(pa.table({"a": [1, 2], "label": ["spam", None]}), Columns("label"))


def test_text_is_found_where_it_is_the_only_feature_and_taken_where_told():
    wordy = ["see you at noon", "win money now", "see you soon", "win a prize"]
    table = load(pa.table({"text": wordy, "label": ROWS["label"]}), Columns("label"))
    assert table.batch.is_text
    assert table.batch.X.tolist() == wordy
    told = load(_frame(subject=wordy), Columns("label", text="subject"))
    assert told.batch.is_text
    assert any("size" in note and "proto" in note for note in told.notes)


def test_a_column_of_many_strings_is_left_out_and_named():
    many = pa.table({"a": range(500), "id": [f"row {i}" for i in range(500)], "label": ["ham", "spam"] * 250})
    table = load(many, Columns("label"))
    assert table.names == ("a",)
    assert any("'id' was left out" in note and "--text" in note for note in table.notes)


def test_a_column_of_times_is_left_out_and_named(tmp_path):
    """As a CSV brings them: a day, a moment and an hour, none of which is the time of the row; one has gaps."""
    lines = ["day,seen,hour,size,label", "2024-01-01,2024-01-01 10:00:00,10:00:00,3,ham", "2024-01-02,,11:00:00,4,spam"]
    Path(tmp_path, "rows.csv").write_text("\n".join(lines))
    table = load(tmp_path / "rows.csv", Columns("label"))
    assert table.names == ("size",)
    assert [note.split(":")[0] for note in table.notes[1:]] == [
        f"column {name!r} was left out" for name in ("day", "seen", "hour")
    ]
    with pytest.raises(InvalidInput, match="time is 'seen': 1 rows have no time; fill in or drop them"):
        load(tmp_path / "rows.csv", Columns("label", time="seen"))
    dated = load(tmp_path / "rows.csv", Columns("label", time="day"))
    assert dated.batch.time is not None
    assert len(dated.notes) == len(table.notes) - 1


def test_nothing_left_to_learn_from():
    with pytest.raises(InvalidInput, match="no feature column"):
        load(pa.table({"label": ["ham", "spam"]}), Columns("label"))


@pytest.mark.parametrize("when", [[0, 60, 120, 180], [0.0, 60.0, 120.0, 180.0]])
def test_seconds_are_times(when):
    times = load(_frame(t=when), Columns("label", time="t", source="from")).batch.time
    assert str(times[1]).startswith("1970-01-01T00:01:00")


@pytest.mark.parametrize("when", [["yesterday", "today", "now", "then"], ["2025-01-01", None, "2025-01-01", "2025-01-01"]])
def test_what_is_no_time(when):
    with pytest.raises(InvalidInput, match="time is 't'"):
        load(_frame(t=when), Columns("label", time="t"))


def test_one_long_string_does_not_make_all_of_its_column_long():
    long = pa.array(["u", "v"] * 2000 + ["z" * 1_000_000, "v"])  # as fixed-width text: 16 GB
    table = load(pa.table({"a": long, "label": ["x", "y"] * 2001}), Columns("label"))
    assert table.categories == (("u", "v", "z" * 1_000_000),)


@pytest.mark.parametrize("role", ["feature", "target", "text", "source"])
def test_bytes_are_no_text(role):
    latin = pa.array(["café".encode("latin-1"), "thé".encode("latin-1")])
    plain = {"a": [1.0, 2.0], "label": ["x", "y"]}
    columns = {
        "feature": Columns("label"),
        "target": Columns("b"),
        "text": Columns("label", text="b"),
        "source": Columns("label", source="b"),
    }[role]
    with pytest.raises(InvalidInput, match="UTF-8"):
        load(pa.table({**plain, "b": latin}), columns)


def test_text_that_claims_to_be_utf_8_and_is_not_is_refused():
    buffers = pa.array([b"caf\xe9 one", b"caf\xe9 two"]).buffers()
    broken = pa.Array.from_buffers(pa.string(), 2, buffers)
    with pytest.raises(InvalidInput, match="UTF-8"):
        load(pa.table({"a": broken, "label": ["x", "y"]}), Columns("label", text="a"))


def test_the_row_index_of_a_frame_is_no_feature():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "label": [0, 1, 0, 1]})
    assert load(frame[frame.a > 1], Columns("label")).names == ("a",)


def test_a_frame_that_arrow_cannot_hold_is_refused():
    pandas = pytest.importorskip("pandas")
    label = [0, 1]
    lone = pandas.DataFrame({"text": pandas.Series(["\ud800 a", "b"], dtype=object), "label": label})
    mixed = pandas.DataFrame({"a": [1, "x"], "label": label})
    twice = pandas.DataFrame([[1, 2, 0], [1, 2, 1]], columns=["a", "a", "label"])
    complex_ = pandas.DataFrame({"a": [1j, 2j], "label": label})
    for frame in (lone, mixed, twice, complex_):
        with pytest.raises(InvalidInput, match="cannot become an Arrow table"):
            load(frame, Columns("label"))
    with pytest.raises(InvalidInput, match="no rows"):
        load(pandas.DataFrame({"a": [], "label": []}), Columns("label"))


@pytest.mark.parametrize("columns", [Columns("label", text="label"), Columns("label", time="label")])
def test_the_target_is_no_feature_and_no_time(columns):
    with pytest.raises(InvalidInput, match="is the target column already"):
        load(pa.table({"text": ["a b", "c d"], "label": ["x", "y"]}), columns)


def test_long_labels_do_not_flood_the_line_that_refuses_them():
    texts = [f"{letter} {'word ' * 100_000}" for letter in "abc"]
    with pytest.raises(InvalidInput, match="has 3 labels") as caught:
        load(pa.table({"a": [1.0, 2.0, 3.0], "label": texts}), Columns("label"))
    assert len(str(caught.value)) < 400
