"""Rows dealt into parts by a keyed hash, so that where a row goes depends on nothing but itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, issparse

from amlsec.data import Batch
from amlsec.errors import InvalidInput


def labelled_rows(X: Any, y: Any) -> tuple[Any, NDArray[Any]]:
    """Rows in one form each, and one label for each of them.

    Raises InvalidInput where they do not match or are none, a label is missing, or rows are neither texts nor a table.
    """
    if y is None:
        raise InvalidInput("y", None, "requires y to be passed, but the target y is None")
    rows, labels = rows_of(X), np.asarray(y)
    if labels.shape != (rows.shape[0],) or not len(labels):
        raise InvalidInput("y", f"of shape {labels.shape}", f"must have one label for each of {rows.shape[0]} > 0 rows")
    if any(is_missing(label) for label in labels.tolist()):
        raise InvalidInput("y", "None or NaN", "must have a label for each row")
    return rows, labels


def is_missing(value: Any) -> bool:
    """Whether it is None or NaN."""
    return value is None or bool(value != value)


def rows_of(X: Any) -> Any:
    """Rows in one form each: canonical CSR, texts as objects, tables as floats; raises InvalidInput on any other."""
    if issparse(X):
        rows = csr_matrix(X, dtype=np.float64, copy=True)
        rows.sum_duplicates()
        rows.eliminate_zeros()
        return rows
    table = np.asarray(X)
    if table.ndim == 2:
        return table.astype(np.float64)
    if table.ndim != 1 or not all(isinstance(text, str) for text in table.tolist()):
        raise InvalidInput("X", f"of shape {table.shape}", "must be texts (n,), or a table or sparse matrix (n, d)")
    return table.astype(object)


def contents(rows: Any) -> Iterator[bytes]:
    """What the hash of each row reads: its features, whatever its label."""
    if not issparse(rows):
        yield from Batch(rows, np.zeros(len(rows), dtype=np.int64)).content()
        return
    for start, stop in zip(rows.indptr[:-1], rows.indptr[1:], strict=True):
        yield rows.indices[start:stop].astype(np.int64).tobytes() + rows.data[start:stop].tobytes()


def digests(read: Iterable[bytes], key: bytes) -> NDArray[np.str_]:
    """A keyed hash (n,) of what is read of each row; raises InvalidInput on a key that is no key."""
    if not 1 <= len(key) <= 64:
        raise InvalidInput("key", f"{len(key)} bytes", "must have 1 to 64 bytes")
    return np.array([blake2b(content, key=key, digest_size=16).hexdigest() for content in read])


def dealt(hashes: NDArray[np.str_], parts: int) -> NDArray[np.int64]:
    """The part (n,) of each row among so many; raises InvalidInput where there is not even one."""
    if parts < 1:
        raise InvalidInput("partitions", parts, "must be at least 1")
    return np.array([int(digest, 16) % parts for digest in hashes])


def members(part: NDArray[np.int64], order: NDArray[np.intp]) -> dict[int, NDArray[np.intp]]:
    """The positions of each part's rows, in this order, for every part that has any."""
    grouped = order[np.argsort(part[order], kind="stable")]
    indices, starts = np.unique(part[grouped], return_index=True)
    return dict(zip(indices.tolist(), np.split(grouped, starts[1:]), strict=True))
