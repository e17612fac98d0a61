"""CSV that a spreadsheet opens without running anything that stands in it."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from amlsec.errors import InvalidInput

_SIGNS = "=+\\-@＝＋－＠﹦﹢﹣﹫−"
_FORMULA = rf"""^[\p{{Z}}\p{{C}}"']*[{_SIGNS}\t\r\n]"""
"""What a spreadsheet may take for a formula: also behind spaces, quotes and signs without a width, also in wide letters."""
_WITHIN = rf"""([;\r\n])([\p{{Z}}\p{{Cf}}\p{{Co}}\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f"']*[{_SIGNS}])"""
"""The same within a cell, where one that parts cells by semicolons, as in many countries, sees no quotes around the cell."""


def neutral(cell: str) -> str:
    """The cell, with an apostrophe before what a spreadsheet could take for a formula: all of it, or what follows a
    semicolon or the end of a line.

    Without these apostrophes it is the same text again: what is dangerous behind an apostrophe gets another.

    >>> neutral("=1+1"), neutral("a=1"), neutral("'=1+1"), neutral("a;=1+1")
    ("'=1+1", 'a=1', "''=1+1", "a;'=1+1")
    """
    (safe,) = _neutral(pa.array([cell], pa.string())).to_pylist()
    return str(safe)


def to_csv(table: pa.Table, file: Path | BinaryIO) -> None:
    """Write a table as CSV in UTF-8: texts and column names made neutral and quoted, numbers and times as they are.

    Reading it again gives the same numbers, and texts with the apostrophes: export Parquet or JSON lines to get back what
    went in.

    Raises InvalidInput where a column holds lists, objects or bytes.

    >>> import io
    >>> file = io.BytesIO()
    >>> to_csv(pa.table({"mail": ["=SUM(A1)", "hello"], "size": [-1.5, 2]}), file)
    >>> print(file.getvalue().decode())
    "mail","size"
    "'=SUM(A1)",-1.5
    "hello",2
    """
    csv.write_csv(neutralised(table), str(file) if isinstance(file, Path) else file)


def neutralised(table: pa.Table) -> pa.Table:
    """The table with texts and column names made neutral; raises InvalidInput as `to_csv`."""
    columns = [_cells(name, column) for name, column in zip(table.column_names, table.columns, strict=True)]
    return pa.Table.from_arrays(columns, names=[neutral(name) for name in table.column_names])


def _cells(name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_nested(kind) or "binary" in str(kind):
        raise InvalidInput(f"column {name}", str(kind), "must hold plain values to be written as CSV")
    plain = column.cast(kind)
    return _neutral(plain.cast(pa.large_string())) if "string" in str(kind) else plain


def _neutral(texts: pa.Array) -> pa.Array:
    texts = pc.replace_substring_regex(texts, _WITHIN, r"\1'\2")
    apostrophe = pa.scalar("'", texts.type)
    marked = pc.binary_join_element_wise(apostrophe, texts, pa.scalar("", texts.type))
    return pc.if_else(pc.match_substring_regex(texts, _FORMULA), marked, texts)
