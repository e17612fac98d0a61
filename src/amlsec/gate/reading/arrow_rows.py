"""Rows of an Arrow file or stream, mapped into memory rather than read."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
from pyarrow import ipc

from amlsec.gate.reading.checked import checked
from amlsec.gate.reading.formats import is_stream
from amlsec.gate.reading.offered import Offered


def batches(offered: Offered) -> Iterator[pa.RecordBatch]:
    """The wanted columns of each batch of the file, its offsets checked before anything looks at them.

    Raises InvalidInput where it is broken or a column is missing.
    """
    try:
        with pa.memory_map(str(offered.path)) as file:
            for batch in (_streamed if is_stream(offered.path) else _filed)(file, offered):
                yield checked(batch)
    except (pa.ArrowException, OSError, UnicodeDecodeError, MemoryError) as error:
        raise offered.refused(error, "Arrow") from error


def _streamed(file: pa.MemoryMappedFile, offered: Offered) -> Iterator[pa.RecordBatch]:
    with ipc.open_stream(file) as stream:
        options = _only(stream.schema, offered)
    file.seek(0)
    with ipc.open_stream(file, options=options) as stream:
        for batch in stream:
            yield batch.select(offered.wanted)


def _filed(file: pa.MemoryMappedFile, offered: Offered) -> Iterator[pa.RecordBatch]:
    with ipc.open_file(file) as whole:
        options = _only(whole.schema, offered)
    with ipc.open_file(file, options=options) as whole:
        for i in range(whole.num_record_batches):
            yield whole.get_batch(i).select(offered.wanted)


def _only(schema: pa.Schema, offered: Offered) -> ipc.IpcReadOptions:
    return ipc.IpcReadOptions(
        included_fields=[schema.get_field_index(name) for name in offered.columns(schema.names)], use_threads=False
    )
