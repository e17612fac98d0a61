"""What was found of each row, and why it was decided on as it was: objects that, laid end to end, tell of all rows."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from amlsec.evidence import Decision
from amlsec.gate.judging.judged import Judged
from amlsec.gate.judging.sentence import Sentence
from amlsec.gate.store import Store

SCHEMA = pa.schema([("p", pa.float64()), ("score", pa.float64()), ("reason", pa.string())])
"""Of a chunk's verdicts; what was decided is an object of its own, as people change it."""


def kept(store: Store, judged: Judged, passed: Sentence, sizes: list[int]) -> list[str]:
    """Store the verdicts on chunks of these sizes; the names of the objects."""
    reasons = passed.reasons
    for row, told in judged.told.items():
        reasons[row] = f"{reasons[row]} ({'; '.join(told)})"
    table = pa.table([judged.p, judged.harm, reasons], schema=SCHEMA)
    return [store.put(_bytes(part)) for part in _cut(table, sizes)]


def unjudged(store: Store, rows: int, reason: str) -> list[str]:
    """Store that so many rows were not judged, and why not; the names of the objects."""
    nothing = np.full(rows, np.nan)
    return [store.put(_bytes(pa.table([nothing, nothing, [reason] * rows], schema=SCHEMA)))]


def harm_of(judged: Judged, passed: Sentence) -> float:
    """How harmful what waits is, in rows: each as far as it is worse than a usual one; all, where protected rows turn.

    The queue is ordered by it.
    """
    held = passed.decision == Decision.QUARANTINE
    return float(np.clip(2 * judged.harm[held] - 1, 0, 1).sum()) + len(judged) * bool(judged.turned)


def _cut(table: pa.Table, sizes: list[int]) -> Iterator[pa.Table]:
    start = 0
    for size in sizes:
        yield table.slice(start, size)
        start += size


def _bytes(table: pa.Table) -> bytes:
    sink = BytesIO()
    parquet.write_table(table, sink, compression="zstd")
    return sink.getvalue()
