"""Training data as it follows from a position of the ledger: the same position, the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa
from pyarrow import parquet
from sqlalchemy import Connection

from amlsec.evidence import Decision
from amlsec.gate.decisions import read
from amlsec.gate.form import ROOT, Form
from amlsec.gate.home import Home
from amlsec.gate.in_force import InForce, rows_of
from amlsec.gate.learned import Trusted, chunks
from amlsec.gate.ledger import Entry, Wrote, entries, entry
from amlsec.gate.replay import Held, replayed

ORIGIN = ("source", "submission", "position")
"""Columns that tell where a row came from."""
_KINDS = (Wrote.SUBMITTED, Wrote.JUDGED, Wrote.REVIEWED, Wrote.UNDONE, Wrote.ROLLED_BACK, Wrote.ROOT)
_GROUP_ROWS, _GROUP_BYTES = 50_000, 64 * 2**20
_PIECE = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class Training:
    """What is trained on at a position.

    Attributes
    ----------
    last : the ledger's entry at the position
    submissions : those of which rows are learned, in the order in which they came
    """

    last: Entry
    force: InForce
    submissions: tuple[Held, ...]

    @classmethod
    def at(cls, connection: Connection, position: int) -> Self:
        """As the ledger tells; raises NotFound where it has no such position."""
        state = replayed(entries(connection, upto=position, kinds=_KINDS))
        held = (one for one in state.submissions.values() if one.learned and one.rolled_back is None)
        return cls(entry(connection, position), InForce.at(connection, upto=position), tuple(held))


@dataclass(slots=True)
class Written:
    """How many rows were written, of the root and of each submission."""

    root: int = 0
    submissions: dict[int, int] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """All of them."""
        return self.root + sum(self.submissions.values())


def write(home: Home, training: Training, file: Path) -> Written:
    """Write the rows as Parquet, in bounded memory: the root's, then of each submission those that are learned."""
    written, schema = Written(), schema_of(home.form)
    with parquet.ParquetWriter(file, schema, compression="zstd", store_schema=False) as out:
        for group in _grouped(_parts(home, training, written, schema)):
            out.write_table(group, row_group_size=len(group))
    return written


def schema_of(form: Form) -> pa.Schema:
    """Of training data: a canonical chunk's, and where each row came from."""
    source, submission, position = form.beside(*ORIGIN)
    where = [(source, pa.string()), (submission, pa.int64()), (position, pa.int64())]
    return pa.schema([*form.schema, *(pa.field(*column) for column in where)])


def _parts(home: Home, training: Training, written: Written, schema: pa.Schema) -> Iterator[pa.Table]:
    root = rows_of(home, training.force.root)
    written.root = len(root)
    for start in range(0, len(root), _PIECE):
        piece = root.slice(start, _PIECE)
        yield _placed(piece, schema, ROOT, 0, np.arange(start, start + len(piece)))
    trusted = Trusted.of(home.form, root)
    for held in training.submissions:
        for part in _learned(home, held, trusted, schema):
            written.submissions[held.id] = written.submissions.get(held.id, 0) + len(part)
            yield part


def _learned(home: Home, held: Held, trusted: Trusted, schema: pa.Schema) -> Iterator[pa.Table]:
    """The rows of a submission that are learned, chunk by chunk."""
    accepted, start = read(home.store, held.decisions or "") == Decision.ACCEPT, 0
    for chunk in chunks(home.store, held.chunks):
        rows = np.flatnonzero(accepted[start : start + len(chunk)] & ~trusted.holds(chunk))
        if len(rows):
            yield _placed(chunk.take(rows), schema, held.source, held.id, start + rows)
        start += len(chunk)


def _placed(rows: pa.Table, schema: pa.Schema, source: str, submission: int, positions: np.ndarray) -> pa.Table:
    """Rows with the columns that tell where they came from."""
    n = len(rows)
    where = [pa.repeat(source, n), pa.repeat(pa.scalar(submission, pa.int64()), n), pa.array(positions, pa.int64())]
    return pa.Table.from_arrays([*rows.columns, *where], schema=schema)


def _grouped(parts: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Parts laid together until they are many rows, or many bytes."""
    pending: list[pa.Table] = []
    rows = size = 0
    for part in parts:
        pending.append(part)
        rows, size = rows + len(part), size + part.nbytes
        if rows >= _GROUP_ROWS or size >= _GROUP_BYTES:
            yield pa.concat_tables(pending).combine_chunks()
            pending.clear()
            rows = size = 0
    if pending:
        yield pa.concat_tables(pending).combine_chunks()
