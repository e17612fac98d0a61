"""Which rows are learned: accepted ones that the trusted rows do not hold already, whatever their time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, Select, select

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


@dataclass(frozen=True, slots=True)
class Seen:
    """What rows that shall be trusted are to a submission.

    Attributes
    ----------
    learned : its accepted rows that would be learned still
    accepted, others : which of those that are not trusted yet stand in it, accepted or not
    """

    learned: int
    accepted: frozenset[int]
    others: frozenset[int]


Look = Callable[[str | None, str], Seen]
"""At a submission, by the object of its decisions, None where it is not judged yet, and its chunks (JSON)."""


def looking(home: Home, rows: pa.Table, former: pa.Table) -> Look:
    """How submissions are looked at when these rows shall be trusted in place of former ones; at each once."""
    trusted = Trusted.of(home.form, rows)
    newcomers = trusted.likenesses.filter(pa.array(~Trusted.of(home.form, former).holds(rows)))

    @cache
    def look(decisions: str | None, names: str) -> Seen:
        places = [_likeness(chunk, home.form) for chunk in chunks(home.store, json.loads(names))]
        among = [np.asarray(pc.is_in(part, value_set=trusted.likenesses)) for part in places]
        found = np.concatenate([pc.index_in(part, value_set=newcomers).fill_null(-1).to_numpy() for part in places])
        accepted = read(home.store, decisions) == Decision.ACCEPT if decisions else np.zeros(len(found), dtype=bool)
        told = (frozenset(found[where & (found >= 0)].tolist()) for where in (accepted, ~accepted))
        return Seen(int((accepted & ~np.concatenate(among)).sum()), *told)

    return look


def recounted(connection: Connection, look: Look) -> dict[int, int]:
    """How many rows of each submission would be learned; only where the number changes."""
    judged = (row for row in _submitted(connection) if row.decisions is not None)
    counts = ((row, look(row.decisions, row.chunks).learned) for row in judged)
    return {row.id: count for row, count in counts if count != row.learned}


def held_back(connection: Connection, look: Look) -> int:
    """How many rows that are not trusted yet wait for a verdict or a person or were rejected, or were rolled back and nobody
    else's rows hold them."""
    held: set[int] = set()
    back: set[int] = set()
    learned: set[int] = set()
    for row in _submitted(connection):
        seen = look(row.decisions, row.chunks)
        (back if row.rolled_back else learned).update(seen.accepted)
        (back if row.rolled_back else held).update(seen.others)
    return len(held | back - learned)


def _submitted(connection: Connection) -> Iterator[Row[Any]]:
    own = submissions.c
    query: Select[Any] = select(own.id, own.decisions, own.chunks, own.learned, own.rolled_back)
    yield from connection.execute(query.order_by(own.id))


def _likeness(rows: pa.Table, form: Form) -> pa.Array:
    if form.columns.time is None:
        return rows.column(CONTENT).combine_chunks()
    return contents(rows.select([*form.names, form.columns.target]).combine_chunks().to_batches()[0])
