"""What was found of each row, and why it was decided on as it was: objects that, laid end to end, tell of all rows."""

from __future__ import annotations

import math
from io import BytesIO

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from amlsec.evidence import Decision
from amlsec.gate.judging.findings import Findings
from amlsec.gate.judging.judged import Judged
from amlsec.gate.judging.panel import MOST_ROWS
from amlsec.gate.judging.sentence import Codes, Sentence, reasons
from amlsec.gate.store import Store

SCHEMA = pa.schema([("p", pa.float64()), ("score", pa.float64()), ("reason", pa.string())])
"""Of a chunk's verdicts; what was decided is an object of its own, as people change it."""


def kept(store: Store, found: Findings, passed: Sentence) -> list[str]:
    """Store the verdicts, an object for each piece; their names."""
    return [store.put(_bytes(_told(piece, passed.why[rows]))) for rows, piece in found.placed()]


def unjudged(store: Store, rows: int, reason: str) -> list[str]:
    """Store that so many rows were not judged, and why not; the names of the objects."""
    sizes = [MOST_ROWS] * (rows // MOST_ROWS) + [rows % MOST_ROWS] * (rows % MOST_ROWS > 0)
    return [store.put(_bytes(_nothing(size, reason))) for size in sizes]


def harm_of(found: Findings, passed: Sentence) -> float:
    """How harmful what waits is, in rows: each as far as it is worse than a usual one; all, where protected rows turn.

    The queue is ordered by it.
    """
    held = (piece.harm[passed.decision[rows] == Decision.QUARANTINE] for rows, piece in found.placed())
    worse = math.fsum(value for harm in held for value in np.clip(2 * harm - 1, 0, 1).tolist())
    return worse + found.tally.rows * bool(found.turned)


def _told(judged: Judged, why: Codes) -> pa.Table:
    reason = reasons(why)
    for row, told in judged.told.items():
        reason[row] = f"{reason[row]} ({'; '.join(told)})"
    return pa.table([judged.p, judged.harm, reason], schema=SCHEMA)


def _nothing(rows: int, reason: str) -> pa.Table:
    nothing = np.full(rows, np.nan)
    return pa.table([nothing, nothing, [reason] * rows], schema=SCHEMA)


def _bytes(table: pa.Table) -> bytes:
    sink = BytesIO()
    parquet.write_table(table, sink, compression="zstd")
    return sink.getvalue()
