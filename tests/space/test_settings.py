"""Spaces in TOML: what is written is read back, what is wrong is named."""

import tomllib

import hypothesis.strategies as st
import pytest
from hypothesis import given

from amlsec.errors import InvalidInput
from amlsec.space.settings import as_toml, corrected
from amlsec.space.tabular import Column, Kind, May, TabularSpace

SPACE = TabularSpace(
    [
        Column("links", Kind.INTEGER, 0, 9),
        Column("rate", Kind.NUMERIC, 0, 1, usual=(0.5,)),
        Column("tld", Kind.CATEGORY, 0, 1, categories=("com", "org")),
    ]
)


def test_what_is_said_is_set_and_the_rest_stays():
    table = tomllib.loads('[columns.links]\nmay = "up"\nprice = 2\nhigh = 50\n[columns.rate]\nscale = 0.1')
    links, rate, tld = corrected(SPACE, table).columns
    assert links == Column("links", Kind.INTEGER, 0, 50, may=May.UP, price=2.0)
    assert rate == Column("rate", Kind.NUMERIC, 0, 1, scale=0.1, usual=(0.5,))
    assert tld == SPACE.columns[2]


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1), st.floats(-1e300, 1e300), st.floats(1e-300, 1e300))
def test_what_is_written_is_read_back(name, low, scale):
    column = Column(name, Kind.NUMERIC, low, 1e301, scale, May.DOWN, 0.1)
    plain = TabularSpace([Column(name, Kind.INTEGER, 0, 1)])
    assert corrected(plain, tomllib.loads(as_toml(TabularSpace([column])))).columns == (column,)


def test_every_column_is_written():
    assert corrected(SPACE, tomllib.loads(as_toml(SPACE))).columns == SPACE.columns


def test_an_empty_table_changes_nothing():
    assert corrected(SPACE, {}).columns == SPACE.columns


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ('[columns.lnks]\nmay = "up"', "columns is 'lnks': the table's columns are links, rate, tld"),
        (
            '[columns.links]\nmust = "up"',
            "a key of column links is 'must': must be one of kind, low, high",
        ),
        ('[columns.links]\nmay = "sideways"', "may of column links is 'sideways': must be one of both, up, down, not"),
        ("[columns.links]\nmay = []", r"may of column links is \[\]: must be one of"),
        ('[columns.links]\nhigh = "many"', "high of column links is 'many': must be a number"),
        ("[columns.links]\nhigh = true", "high of column links is True: must be a number"),
        ("[columns.links]\nhigh = inf", "high of column links is inf: must be a finite number"),
        ("[columns.links]\nhigh = -1", "low of column links is 0: must not exceed high, -1.0"),
        ("[columns.links]\nlow = 0.5", "low of column links is 0.5: must be whole"),
        ("[columns.links]\nscale = 0", "scale of column links is 0.0: must be a finite number above 0"),
        ('[columns.links]\nkind = "category"', "kind of column links is 'category': the data holds a integer column"),
        ('[columns.tld]\nkind = "integer"', "kind of column tld is 'integer': the data holds a category column"),
        ('[columns.tld]\nmay = "up"', "may of column tld is .*: a category has no up or down"),
        ("columns = 3", "columns is 3: must be a table"),
        ("[columns]\nlinks = 3", "column links is 3: must be a table"),
        ("[rows]\na = 3", r"a section of the space is 'rows': only \[columns.NAME\] is known"),
    ],
)
def test_a_mistake_is_named(toml, message):
    with pytest.raises(InvalidInput, match=message):
        corrected(SPACE, tomllib.loads(toml))
