"""A chunk as bytes: the same rows, the same bytes."""

from __future__ import annotations

import pyarrow as pa
from pyarrow import ipc

from amlsec.errors import InvalidInput
from amlsec.tables.files import one_line


def as_bytes(chunk: pa.Table) -> bytes:
    """A chunk as an uncompressed Arrow stream of one batch."""
    sink = pa.BufferOutputStream()
    with ipc.new_stream(sink, chunk.schema) as stream:
        stream.write_table(_compact(chunk))
    return bytes(sink.getvalue())


def _compact(chunk: pa.Table) -> pa.Table:
    """In buffers that hold these rows alone; those of a slice may hold its neighbours'."""
    return chunk.combine_chunks().take(pa.array(range(len(chunk)), pa.int64()))


def from_bytes(data: bytes) -> pa.Table:
    """The chunk that `as_bytes` wrote, its offsets and texts checked; raises InvalidInput where it is none."""
    try:
        with ipc.open_stream(pa.py_buffer(data)) as stream:
            chunk = stream.read_all()
        chunk.validate(full=True)
    except (pa.ArrowException, OSError) as error:
        raise InvalidInput("chunk", f"of {len(data)} bytes", f"is no chunk of rows: {one_line(error)}") from error
    return chunk
