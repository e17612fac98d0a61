"""Rows of a file that anybody may have sent, as canonical chunks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from amlsec.gate.form import Form
from amlsec.gate.reading import arrow_rows, csv_rows, json_rows, parquet_rows
from amlsec.gate.reading.canonical import canonical
from amlsec.gate.reading.formats import Format, format_of
from amlsec.gate.reading.limits import Limits
from amlsec.gate.reading.offered import Offered
from amlsec.gate.reading.spooled import spooled

_BATCHES: dict[Format, Callable[[Offered], Iterator[pa.RecordBatch]]] = {
    Format.CSV: csv_rows.batches,
    Format.JSONL: json_rows.batches,
    Format.PARQUET: parquet_rows.batches,
    Format.ARROW: arrow_rows.batches,
}


def read(file: Path | BinaryIO, form: Form, limits: Limits, format: Format | None = None) -> Iterator[pa.Table]:
    """The rows of a CSV, JSON-lines, Parquet or Arrow file in canonical chunks, in this process.

    A file from somebody who is not trusted is read by `amlsec.gate.reading.children`, as it may crash its reader. `format`
    is needed only where neither the first bytes nor the name say it: JSON lines that begin with a space, say.

    Raises InvalidInput, with row and column where there are some, as soon as anything breaks a rule or a limit; UnsafeFile
    for a pickle.

    >>> import io
    >>> from amlsec.gate.form import Holds
    >>> from amlsec.tables.load import Columns, Labels
    >>> form = Form(Columns("label"), ("size",), (Holds.NUMBER,), Labels(("spam",), ("ham",)))
    >>> (chunk,) = read(io.BytesIO(b"size,label\\n1,spam\\n2.5,ham\\n"), form, Limits())
    >>> chunk.column("size").to_pylist(), chunk.column("content")[0].as_py()[:8]
    ([1.0, 2.5], 'ca4f4d06')
    """
    with spooled(file, limits.request_bytes) as path:
        yield from rows(Offered(path, str(file) if isinstance(file, Path) else "a stream", form, limits), format)


def rows(offered: Offered, format: Format | None = None) -> Iterator[pa.Table]:
    """Canonical chunks of an offered file; errors as those of `read`."""
    kind = format_of(offered.path, offered.name, format)
    try:
        yield from canonical(_BATCHES[kind](offered), offered)
    except MemoryError as error:
        raise offered.refused(error) from error
