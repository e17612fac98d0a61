"""More rows of a table that is loaded already: under its columns, its categories' codes and its labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from amlsec.data import BENIGN, MALICIOUS, Batch, Rows, texts
from amlsec.errors import InvalidInput
from amlsec.tables.load import Columns, Table, check_roles, numbers, sources, strings, times

UNSEEN = -1.0
"""The code of a category that the loaded table does not hold."""


def more_rows(native: pa.Table, columns: Columns, like: Table) -> Batch:
    """These rows as a batch that means the same as `like`'s: equal columns, equal codes, equal labels.

    Raises InvalidInput where a column is missing, a label is none of `like`'s, or a feature holds NaN or infinity.

    >>> from amlsec.tables.load import load
    >>> trusted = pa.table({"port": ["http", "ssh", "http"], "size": [1.0, 2.0, 3.0], "label": ["ok", "ok", "attack"]})
    >>> offered = pa.table({"size": [4.0, 5.0], "port": ["ssh", "ftp"], "label": ["attack", "ok"]})
    >>> batch = more_rows(offered, Columns("label"), load(trusted, Columns("label")))
    >>> batch.X.tolist(), batch.y.tolist()
    ([[1.0, 4.0], [-1.0, 5.0]], [1, 0])
    """
    check_roles(native, columns)
    for name in like.names:
        if name not in native.column_names:
            raise InvalidInput("data", name, "a feature of the trusted table, is no column here")
    y = _labels(strings(columns.target, native.column(columns.target)), columns.target, like)
    return Batch(_features(native, like), y, sources(native, columns.source), times(native, columns.time))


def _labels(values: NDArray[Any], name: str, like: Table) -> NDArray[np.int64]:
    known = dict.fromkeys(like.labels.malicious, MALICIOUS) | dict.fromkeys(like.labels.benign, BENIGN)
    for value in np.unique(values):
        if value not in known:
            raise InvalidInput("target", value, f"a label in column {name!r} that the trusted table does not hold")
    return np.array([known[value] for value in values], dtype=np.int64)


def _features(native: pa.Table, like: Table) -> Rows:
    if like.batch.is_text:
        (name,) = like.names
        return texts(strings(name, native.column(name)).tolist())
    pairs = zip(like.names, like.categories, strict=True)
    return np.column_stack([_values(name, native.column(name), levels) for name, levels in pairs])


def _values(name: str, column: pa.ChunkedArray, levels: tuple[str, ...]) -> NDArray[np.float64]:
    if not levels:
        return numbers(name, column)
    codes = {level: float(code) for code, level in enumerate(levels)}
    return np.array([codes.get(value, UNSEEN) for value in strings(name, column)])
