"""Which rows are learned: accepted ones that the trusted rows do not hold already, whatever their time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, select

from amlsec.evidence import Decision
from amlsec.gate.decisions import Decisions, read
from amlsec.gate.form import CONTENT, Form
from amlsec.gate.home import Home
from amlsec.gate.reading.chunks import from_bytes
from amlsec.gate.reading.content import contents
from amlsec.gate.schema import submissions
from amlsec.gate.store import Store

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Trusted:
    """What the trusted rows hold: a hash of the features and the label of each."""

    form: Form
    likenesses: pa.Array

    @classmethod
    def of(cls, form: Form, rows: pa.Table) -> Self:
        """From a root's canonical rows."""
        return cls(form, _likeness(rows, form))

    def holds(self, chunk: pa.Table) -> Flags:
        """Which rows (n,) of a canonical chunk are among the trusted ones."""
        return np.asarray(pc.is_in(_likeness(chunk, self.form), value_set=self.likenesses).to_numpy(zero_copy_only=False))

    def holds_of(self, chunks: Iterable[pa.Table]) -> Flags:
        """The same of all rows (n,) of a submission."""
        return np.concatenate([self.holds(chunk) for chunk in chunks])


def learned(decisions: Decisions, held: Flags) -> int:
    """How many rows become training data, by the decisions (n,) and whether the trusted rows hold them (n,).

    >>> learned(np.array([0, 0, 2], dtype=np.int8), np.array([True, False, False]))
    1
    """
    return int(((decisions == Decision.ACCEPT) & ~held).sum())


def chunks(store: Store, names: Iterable[str]) -> Iterator[pa.Table]:
    """A submission's chunks, one at a time."""
    return (from_bytes(store.get(name)) for name in names)


def recounted(home: Home, connection: Connection, rows: pa.Table) -> dict[int, int]:
    """How many rows of each submission would be learned were these the trusted ones; only where the number changes."""
    trusted = Trusted.of(home.form, rows)
    judged = connection.execute(select(submissions).where(submissions.c.accepted > 0).order_by(submissions.c.id))
    counts = ((row, learned(*_decided(home, row, trusted))) for row in judged)
    return {row.id: count for row, count in counts if count != row.learned}


def held_back(home: Home, connection: Connection, rows: pa.Table) -> int:
    """How many rows of submissions that wait in quarantine, or were rejected, are among these."""
    trusted = Trusted.of(home.form, rows)
    held = (submissions.c.quarantined + submissions.c.rejected > 0) & submissions.c.rolled_back.is_(None)
    found = (_decided(home, row, trusted) for row in connection.execute(select(submissions).where(held)))
    return sum(int(((decisions != Decision.ACCEPT) & among).sum()) for decisions, among in found)


def _decided(home: Home, row: Row[Any], trusted: Trusted) -> tuple[Decisions, Flags]:
    """A submission's decisions (n,), and which of its rows (n,) are among trusted ones."""
    return read(home.store, row.decisions), trusted.holds_of(chunks(home.store, json.loads(row.chunks)))


def _likeness(rows: pa.Table, form: Form) -> pa.Array:
    if form.columns.time is None:
        return rows.column(CONTENT).combine_chunks()
    return contents(rows.select([*form.names, form.columns.target]).combine_chunks().to_batches()[0])
