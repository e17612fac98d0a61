"""What is written is read back the same by Python's own reader."""

import tomllib
from datetime import date

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from amlsec.toml import section, written

PLAIN = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.integers(-(2**62), 2**62),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.dates(date(1, 1, 1)),
)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=8
)


@given(VALUES)
def test_a_value_is_read_back_as_it_was(value):
    assert tomllib.loads(f"it = {written(value)}")["it"] == value


def test_numbers_of_numpy_and_tuples_are_written_as_pythons():
    assert written((np.float64(0.1), np.int64(3))) == "[0.1, 3]"


def test_a_section_is_a_table():
    assert tomllib.loads(section("columns.links", {"price": 2.0, "at": {"a b": 1}})) == {
        "columns": {"links": {"price": 2.0, "at": {"a b": 1}}}
    }
