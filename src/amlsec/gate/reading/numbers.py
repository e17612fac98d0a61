"""A column of finite numbers."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from amlsec.errors import InvalidInput
from amlsec.gate.reading.cells import Cells, converted, is_number, is_words, words

_RULE = "must be a finite number"


def numbers(cells: Cells) -> pa.Array:
    """Numbers (n,) as float64, true and false as 1 and 0, minus zero as zero.

    Raises InvalidInput where a cell has no value, is no number, NaN or infinite.

    >>> numbers(Cells("size", pa.array(["1", " 2.5 ", "-0", "true"]), first=1, longest=100)).to_pylist()
    [1.0, 2.5, 0.0, 1.0]
    """
    filled = cells.filled()
    values = _parsed(filled) if is_words(filled.values.type) else _cast(filled)
    cells.none(pc.invert(pc.is_finite(values)), _RULE)
    return pc.add(values, 0.0)


def _cast(cells: Cells) -> pa.Array:
    if not is_number(cells.values.type):
        raise InvalidInput(f"column {cells.name}", str(cells.values.type), "must hold numbers")
    if pa.types.is_decimal(cells.values.type):  # the nearest number, as of the same digits in a text; Arrow's own is not
        return cells.values.cast(pa.string()).cast(pa.float64())
    return cells.values.cast(pa.float64(), safe=False)


def _parsed(cells: Cells) -> pa.Array:
    text = pc.ascii_trim_whitespace(words(cells))
    try:
        return text.cast(pa.float64())
    except pa.ArrowInvalid:
        return converted(cells, _booleans_as_digits(text), pa.float64(), _RULE)


def _booleans_as_digits(text: pa.Array) -> pa.Array:
    lower = pc.ascii_lower(text)
    return pc.if_else(pc.equal(lower, "true"), "1", pc.if_else(pc.equal(lower, "false"), "0", text))
