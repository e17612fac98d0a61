"""Spaces in TOML: what is written is read back, what is wrong is named."""

import tomllib

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from amlsec.errors import InvalidInput
from amlsec.space.group import Group
from amlsec.space.joint import joint
from amlsec.space.relation import Relation
from amlsec.space.settings import as_toml, corrected
from amlsec.space.tabular import Column, Kind, May, TabularSpace

SPACE = TabularSpace(
    [
        Column("links", Kind.INTEGER, 0, 9),
        Column("rate", Kind.NUMERIC, 0, 1, usual=(0.5,)),
        Column("tld", Kind.CATEGORY, 0, 1, categories=("com", "org")),
    ]
)
BOUND = joint(
    [*SPACE.columns, *(Column(name, Kind.INTEGER, 0, 1) for name in ("a", "b", "c"))],
    [Group("abc", ("a", "b", "c"), 2.0)],
    [
        Relation("half", {"links": 0.5, "rate": -1.0}, 0.1, 0.1),
        Relation("low", {"links": 1, "rate": -1}, at_least=0),
        Relation("between", {"links": 1, "rate": 1}, 0, 9),
    ],
    examples=np.ones((2, 6)),
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


def test_groups_and_relations_are_written_read_back_and_kept():
    plain = TabularSpace(BOUND.columns)
    for space in (corrected(plain, tomllib.loads(as_toml(BOUND))), corrected(BOUND, {})):
        assert (space.columns, space.groups, space.relations) == (BOUND.columns, BOUND.groups, BOUND.relations)
    assert (corrected(BOUND, {}).examples == 1).all()


def test_a_group_and_a_relation_are_said_anew_or_taken_out():
    toml = '[groups.abc]\ncolumns = []\n[groups.ab]\ncolumns = ["a", "b"]\n[relations.low]\nweights = {}\n'
    toml += "[relations.half]\nweights = {links = 1, rate = 2}\nequals = 3\n[relations.between]\nweights = {}"
    space = corrected(BOUND, tomllib.loads(toml))
    assert space.groups == (Group("ab", ("a", "b")),)
    assert space.relations == (Relation("half", {"links": 1, "rate": 2}, 3, 3),)


def test_a_category_is_made_an_ordinal():
    assert corrected(SPACE, {"columns": {"tld": {"kind": "ordinal", "may": "up"}}}).columns[2].kind == Kind.ORDINAL


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
        ('[columns.tld]\nkind = "numeric"', "kind of column tld is 'numeric': the data holds a category column"),
        ("[groups.g]\ncolumns = 3", "columns of group g is 3: must be a list of column names"),
        ("[groups.g]\nprice = 3", "columns of group g is None: must be a list of column names"),
        ('[groups.g]\ncolumns = ["links", "x"]', "a column of group g is 'x': must be one of the table's"),
        ("[groups.g]\nmembers = 3", "a key of group g is 'members': must be one of columns, price"),
        ("[groups]\ng = 3", "groups.g is 3: must be a table"),
        ("[relations.r]\nequals = 3", "weights of relation r is None: must be a table"),
        ("[relations.r]\nweights = {links = 'x'}", "weight of links in relation r is 'x': must be a number"),
        ("[relations.r]\nweights = {links = 1, rate = 1}", r"bounds of relation r is \(-inf, inf\)"),
        (
            "[relations.r]\nweights = {links = 1, rate = 1}\nequals = 1\nat_most = 2",
            "bounds of relation r is .*: equals stands alone",
        ),
        ("[relations.r]\nwights = {}", "a key of relation r is 'wights': must be one of weights, equals"),
        ("columns = 3", "columns is 3: must be a table"),
        ("[columns]\nlinks = 3", "column links is 3: must be a table"),
        (
            "[rows]\na = 3",
            r"a section of the space is 'rows': only \[columns.NAME\], \[groups.NAME\] and \[relations.NAME\] are known",
        ),
    ],
)
def test_a_mistake_is_named(toml, message):
    with pytest.raises(InvalidInput, match=message):
        corrected(SPACE, tomllib.loads(toml))
