"""Rows as programs and services take them."""

import csv
import json
from io import StringIO

import numpy as np
import pytest

from amlsec.data import texts
from amlsec.errors import InvalidInput
from amlsec.models.rows import as_csv, as_json, named
from amlsec.space.tabular import Column, Kind, infer

COLUMNS = (
    Column("links", Kind.INTEGER, 0, 9),
    Column("share", Kind.NUMERIC, 0, 1),
    Column('a "name", quoted', Kind.CATEGORY, 0, 1, categories=("lätin", "a,b\nc")),
)
X = np.array([[3.0, 0.25, 1.0], [0.0, 1e-300, 0.0]])
ROWS = [
    {"links": 3, "share": 0.25, 'a "name", quoted': "a,b\nc"},
    {"links": 0, "share": 1e-300, 'a "name", quoted': "lätin"},
]


def test_texts_are_as_they_are():
    assert named(texts(["a\r\n\tb", ""]), ()) == ["a\r\n\tb", ""]


def test_table_rows_hold_whole_numbers_and_names():
    rows = named(X, COLUMNS)
    assert rows == ROWS
    assert [type(value) for value in rows[0].values()] == [int, float, str]


@pytest.mark.parametrize("row", ROWS)
def test_other_readers_read_back_what_is_written(row):
    assert json.loads(as_json(row)) == row
    assert as_json(row).count("\n") == 1
    [read] = csv.DictReader(StringIO(as_csv(row), newline=""))
    assert read == {name: str(value) for name, value in row.items()}


def test_the_columns_of_an_inferred_space_will_do():
    space = infer(np.array([[1.0, 0.0], [2.5, 1.0]]), ["a", "b"], [[], ["x", "y"]])
    assert named(np.array([[2.5, 1.0]]), space.columns) == [{"a": 2.5, "b": "y"}]


def test_rows_of_other_columns_are_refused():
    with pytest.raises(InvalidInput, match="must name the 2 columns"):
        named(np.zeros((1, 2)), COLUMNS)


def test_no_rows_are_no_rows():
    assert named(np.zeros((0, 3)), COLUMNS) == []
