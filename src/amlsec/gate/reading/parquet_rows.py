"""Rows of a Parquet file, a few pages at a time."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
from pyarrow import parquet

from amlsec.gate.reading.checked import checked
from amlsec.gate.reading.limits import LONGEST_ROW
from amlsec.gate.reading.offered import Offered
from amlsec.gate.reading.unzipped import most_unzipped, too_expanded

_BUFFER = 1 << 20
_LONGEST_STRING, _MOST_ITEMS = 10_000_000, 1_000_000


def batches(offered: Offered) -> Iterator[pa.RecordBatch]:
    """The wanted columns, in slices of row groups as large as their headers say fits a few MiB.

    Raises InvalidInput where it is broken, a column is missing, or it says that it becomes too much when decompressed.
    """
    try:
        with parquet.ParquetFile(
            offered.path,
            buffer_size=_BUFFER,
            pre_buffer=False,
            thrift_string_size_limit=_LONGEST_STRING,
            thrift_container_size_limit=_MOST_ITEMS,
        ) as file:
            wanted = offered.columns(file.schema_arrow.names)
            yield from map(checked, file.iter_batches(_slice(file.metadata, offered), columns=wanted, use_threads=False))
    except (pa.ArrowException, OSError, UnicodeDecodeError, MemoryError) as error:
        raise offered.refused(error, "Parquet") from error


def _slice(metadata: parquet.FileMetaData, offered: Offered) -> int:
    """Rows that fit a few MiB."""
    size: int = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
    if size > most_unzipped(offered):
        raise too_expanded(offered)
    mean = max(1, size // max(1, int(metadata.num_rows)))
    return min(offered.limits.chunk_rows, max(1, LONGEST_ROW // mean))
