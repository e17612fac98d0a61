"""The decisions on a submission's rows, as an object: one byte a row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from amlsec.evidence import Decision
from amlsec.gate.store import Store

Decisions = NDArray[np.int8]
COLUMNS = {Decision.ACCEPT: "accepted", Decision.QUARANTINE: "quarantined", Decision.REJECT: "rejected"}
"""The column of submissions that counts each decision."""


def kept(store: Store, decisions: Decisions) -> str:
    """Store decisions (n,); the object's name."""
    return store.put(np.ascontiguousarray(decisions, dtype=np.int8).tobytes())


def read(store: Store, name: str) -> Decisions:
    """The decisions (n,) in an object."""
    return np.frombuffer(store.get(name), dtype=np.int8)


def counts(decisions: Decisions) -> dict[str, int]:
    """How many rows are accepted, quarantined and rejected.

    >>> counts(np.array([0, 0, 2], dtype=np.int8))
    {'accepted': 2, 'quarantined': 0, 'rejected': 1}
    """
    return {column: int((decisions == decision).sum()) for decision, column in COLUMNS.items()}
