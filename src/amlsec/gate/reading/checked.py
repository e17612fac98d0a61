"""Columns of a hostile file, made safe to look at."""

from __future__ import annotations

import pyarrow as pa

_BYTES = {pa.string(): pa.binary(), pa.large_string(): pa.large_binary()}
_VIEWS = (pa.string_view(), pa.binary_view())


def checked(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The same rows, every offset and index checked; texts are bytes yet, and none are views, which Arrow cannot measure.

    Raises pyarrow.ArrowInvalid where an offset or an index points outside.
    """
    columns = [_checked(column) for column in batch.columns]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _checked(column: pa.Array) -> pa.Array:
    raw = column.view(_BYTES[column.type]) if column.type in _BYTES else column
    raw.validate(full=True)
    return raw.cast(pa.large_binary()) if raw.type in _VIEWS else raw
