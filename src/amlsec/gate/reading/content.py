"""What a row is called: the hash of its bytes, which do not depend on the file it came in."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from amlsec.gate.form import CONTENT


def contents(rows: pa.RecordBatch) -> pa.Array:
    """The SHA-256 (n,) of each canonical row, in 64 hexadecimal digits.

    A row's bytes are its numbers, its time in microseconds and the lengths of its texts, 8 little-endian bytes each and in
    this order, then its texts in UTF-8: columns in the form's order throughout.
    """
    fixed = [_eight_bytes(column) for column in rows.columns if not pa.types.is_string(column.type)]
    texts = [column.cast(pa.binary()) for column in rows.columns if pa.types.is_string(column.type)]
    lengths = [np.asarray(pc.binary_length(text)).astype("<i8") for text in texts]
    packed = _packed(np.column_stack([*fixed, *lengths]))
    return pa.array(_hashes(pc.binary_join_element_wise(packed, *texts, b"")), pa.string())


def digest(chunks: Iterable[pa.Table]) -> str:
    """The SHA-256 of all rows' hashes in their order: equal rows, equal digest, however they are cut into chunks."""
    total = sha256()
    for chunk in chunks:
        total.update("".join(chunk.column(CONTENT).to_pylist()).encode())
    return total.hexdigest()


def _eight_bytes(column: pa.Array) -> np.ndarray:
    if pa.types.is_timestamp(column.type):
        return np.asarray(column.cast(pa.int64())).astype("<i8")
    return np.asarray(column).astype("<f8").view("<i8")


def _packed(words: np.ndarray) -> pa.Array:
    """Rows of 8-byte words (n, k) as byte strings (n,)."""
    n, k = words.shape
    data = pa.py_buffer(np.ascontiguousarray(words))
    return pa.Array.from_buffers(pa.binary(8 * k), n, [None, data]).cast(pa.binary())


def _hashes(rows: pa.BinaryArray) -> list[str]:
    _, ends, data = rows.buffers()
    offsets = np.frombuffer(ends, np.int32, len(rows) + 1).tolist()
    whole = memoryview(data)
    return [sha256(whole[start:end]).hexdigest() for start, end in pairwise(offsets)]
