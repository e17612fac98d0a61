"""Rows as a program or a service takes them: texts as they are, table rows by column name."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from io import StringIO
from typing import Any

from amlsec.data import Rows
from amlsec.errors import InvalidInput
from amlsec.space.column import Column


def named(X: Rows, columns: Sequence[Column]) -> list[Any]:
    """Each row as JSON knows it: a text as it is, a table row as an object, categories by name, whole numbers whole.

    Raises InvalidInput where table rows have other than these columns.

    >>> import numpy as np
    >>> from amlsec.space.column import Column, Kind
    >>> named(np.array([[3.0, 0.5]]), [Column("links", Kind.INTEGER, 0, 9), Column("share", Kind.NUMERIC, 0, 1)])
    [{'links': 3, 'share': 0.5}]
    """
    if X.dtype == object:
        return list(X)
    if X.shape[1] != len(columns):
        raise InvalidInput("columns", [column.name for column in columns], f"must name the {X.shape[1]} columns of the rows")
    return [{c.name: _value(c, v) for c, v in zip(columns, row, strict=True)} for row in X.tolist()]


def _value(column: Column, value: float) -> float | int | str:
    if column.categories:
        return column.shown(value)
    return value if column.is_fluid else int(value)


def as_json(row: Any) -> str:
    """A table row as one line of JSON."""
    return f"{json.dumps(row, ensure_ascii=False)}\n"


def as_csv(row: dict[str, Any]) -> str:
    """A table row as a header and a line of CSV.

    >>> as_csv({"links": 3, "name": "a, b"})
    'links,name\\n3,"a, b"\\n'
    """
    line = StringIO()
    writer = csv.DictWriter(line, list(row), lineterminator="\n")
    writer.writeheader()
    writer.writerow(row)
    return line.getvalue()
