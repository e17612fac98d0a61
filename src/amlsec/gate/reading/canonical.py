"""Rows of any file cut into canonical chunks: the same rows give the same chunks, whatever file they came in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from amlsec.errors import InvalidInput
from amlsec.gate.form import Form, Holds
from amlsec.gate.reading.cells import Cells, is_words, words
from amlsec.gate.reading.content import contents
from amlsec.gate.reading.labels import labels
from amlsec.gate.reading.limits import LONGEST_ROW
from amlsec.gate.reading.numbers import numbers
from amlsec.gate.reading.offered import Offered
from amlsec.gate.reading.times import times
from amlsec.gate.reading.unzipped import most_unzipped, too_expanded

Sizes = NDArray[np.int64]


def canonical(batches: Iterator[pa.RecordBatch], offered: Offered) -> Iterator[pa.Table]:
    """Canonical chunks of at most `chunk_rows` rows and 16 MiB, in the order of the rows.

    Raises InvalidInput where a cell breaks a rule of the form, there are too many rows or none, or they become too large.
    """
    for parts in _cut(_allowed(batches, offered), offered):
        rows = []
        for part in parts:
            rows.append(_read(part, offered))
            offered.read += part.num_rows
        yield _whole(rows, offered.form)
    if not offered.read:
        raise InvalidInput("data", offered.name, "the table has no rows")


def _allowed(batches: Iterator[pa.RecordBatch], offered: Offered) -> Iterator[tuple[pa.RecordBatch, Sizes]]:
    """Each batch with its rows' bytes, while their number and their bytes stay within the limits."""
    rows, left = 0, most_unzipped(offered)
    for batch in batches:
        rows += batch.num_rows
        if rows > offered.limits.rows:
            raise InvalidInput("data", offered.name, f"has more than {offered.limits.rows} rows")
        sizes = _sizes(batch, offered)
        left -= int(sizes.sum())
        if left < 0:
            raise too_expanded(offered)
        yield batch, sizes


def _sizes(batch: pa.RecordBatch, offered: Offered) -> Sizes:
    """Bytes (n,) that each row's cells take: 8 for a number, a time or a label."""
    texts = [name for name, kind in zip(offered.form.names, offered.form.holds, strict=True) if kind != Holds.NUMBER]
    total = np.full(batch.num_rows, 8 * (len(offered.wanted) - len(texts)), np.int64)
    for name in texts:
        total += _lengths(batch.column(name))
    return total


def _lengths(column: pa.Array) -> Sizes:
    if pa.types.is_dictionary(column.type):
        return _of_levels(column)
    if not is_words(column.type):
        return np.full(len(column), 8, np.int64)
    return np.array(pc.fill_null(pc.binary_length(column), 0), dtype=np.int64)


def _of_levels(column: pa.DictionaryArray) -> Sizes:
    lengths = _lengths(column.dictionary)
    codes = pc.fill_null(column.indices.cast(pa.int64()), len(lengths))
    return np.append(lengths, 0)[np.asarray(codes, dtype=np.int64)]


def _cut(batches: Iterator[tuple[pa.RecordBatch, Sizes]], offered: Offered) -> Iterator[list[pa.RecordBatch]]:
    """The slices of batches that make up one chunk, chunk after chunk."""
    chunk, number = _Filling(offered.limits.chunk_rows), 1
    for batch, sizes in batches:
        ends, start = np.concatenate([[0], np.cumsum(sizes)]), 0
        while start < batch.num_rows:
            taken = chunk.take(batch, ends, start)
            if not (taken or chunk.parts):
                raise InvalidInput(f"row {number}", f"of {sizes[start]} bytes", f"may have {LONGEST_ROW} at most")
            if not taken:
                yield chunk.parts
                chunk = _Filling(offered.limits.chunk_rows)
            start, number = start + taken, number + taken
    if chunk.parts:
        yield chunk.parts


class _Filling:
    """The chunk that is being filled, and the room it has left."""

    def __init__(self, rows: int) -> None:
        self.parts: list[pa.RecordBatch] = []
        self._rows, self._bytes = rows, LONGEST_ROW

    def take(self, batch: pa.RecordBatch, ends: Sizes, start: int) -> int:
        """Take what fits of a batch from a row on; how many rows that is."""
        fitting = int(np.searchsorted(ends, ends[start] + self._bytes, "right")) - 1 - start
        taken = min(fitting, self._rows)
        if taken:
            self.parts.append(batch.slice(start, taken))
            self._rows -= taken
            self._bytes -= int(ends[start + taken] - ends[start])
        return taken


def _read(part: pa.RecordBatch, offered: Offered) -> pa.RecordBatch:
    form, columns = offered.form, {}
    holds = dict(zip(form.names, form.holds, strict=True))
    for name in offered.wanted:
        cells = Cells(name, part.column(name), offered.read + 1, offered.limits.cell)
        columns[name] = _reader(name, form, holds)(cells)
    return pa.RecordBatch.from_pydict(columns)


def _reader(name: str, form: Form, holds: Mapping[str, Holds]) -> Callable[[Cells], pa.Array]:
    if name == form.columns.target:
        return partial(labels, known=form.known_labels)
    if name == form.columns.time:
        return times
    return numbers if holds[name] == Holds.NUMBER else words


def _whole(parts: list[pa.RecordBatch], form: Form) -> pa.Table:
    """One chunk, with the hash of each row's content."""
    (rows,) = pa.Table.from_batches(parts).combine_chunks().to_batches()
    return pa.Table.from_arrays([*rows.columns, contents(rows)], schema=form.schema)
