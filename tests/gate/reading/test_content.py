"""A row's hash is that of the bytes that its docstring says."""

import struct
from hashlib import sha256

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amlsec.gate.reading.content import contents

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)


def batch(numbers, texts, others, times):
    columns = {"x": numbers, "t": texts, "label": others, "when": pa.array(times, pa.int64()).cast(pa.timestamp("us"))}
    return pa.record_batch({name: pa.array(values) for name, values in columns.items()})


@given(st.lists(st.tuples(st.floats(allow_nan=False), TEXT, TEXT, st.integers(-(2**50), 2**50)), min_size=1, max_size=6))
@settings(max_examples=40, deadline=None)
def test_the_bytes_of_a_row(told):
    expected = []
    for number, text, other, time in told:
        one, two = text.encode(), other.encode()
        expected.append(sha256(struct.pack("<dqqq", number, time, len(one), len(two)) + one + two).hexdigest())
    assert contents(batch(*zip(*told, strict=True))).to_pylist() == expected


@pytest.mark.parametrize("slide", [(("ab", "c"), ("a", "bc")), (("", "a"), ("a", ""))])
def test_no_text_can_pass_for_two(slide):
    one, two = contents(batch([1, 1], *zip(*slide, strict=True), [0, 0])).to_pylist()
    assert one != two


def test_a_slice_has_the_hashes_of_its_rows():
    whole = batch(np.arange(9.0), list("abcdefghi"), ["é"] * 9, range(9))
    assert contents(whole.slice(3, 4)).to_pylist() == contents(whole).to_pylist()[3:7]
