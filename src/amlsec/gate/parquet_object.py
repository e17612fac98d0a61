"""A Parquet object read whole by the thread that asks.

Threads of Arrow that still hold Python's bytes when the process ends abort it: an answer printed in full, and then an exit
code that says it failed. They are begun by `parquet.read_table`, and not here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

import pyarrow as pa
from pyarrow import parquet


def read(file: bytes | IO[bytes], columns: Sequence[str] | None = None, *, dictionary: Sequence[str] = ()) -> pa.Table:
    """All rows of these columns, or of all; those in `dictionary` hold each different value once."""
    data = pa.BufferReader(file) if isinstance(file, bytes) else file
    with parquet.ParquetFile(data, read_dictionary=list(dictionary), pre_buffer=False) as source:
        return source.read(columns, use_threads=False)
