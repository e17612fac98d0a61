"""A worker: judges what waits until it is asked to stop."""

from __future__ import annotations

import time

from amlsec.errors import GateUnavailable
from amlsec.gate.service import Gate
from amlsec.gate.serving.logs import event, failed
from amlsec.gate.serving.stopping import Asked

SHORTEST, LONGEST = 0.1, 2.0
"""Seconds between two looks at an empty queue."""
AWAY = 30.0
"""The most seconds between two tries to reach a database or store that is away."""

_TOLD = ("source", "stands", "rows", "accepted", "quarantined", "rejected")


def run(gate: Gate, name: str, asked: Asked) -> int:
    """Judge, one submission after another, until `asked` says to stop; how many were judged."""
    count, pause = 0, SHORTEST
    event("worker started", worker=name)
    while not asked(0.0):
        try:
            judged = _one(gate, name)
        except GateUnavailable as error:
            failed("gate unavailable", error, worker=name)
            pause = min(2 * pause, AWAY)
        else:
            pause = SHORTEST if judged else min(2 * pause, LONGEST)
            count += judged
            if judged:
                continue
        asked(pause)
    event("worker stopped", worker=name, judged=count)
    return count


def _one(gate: Gate, name: str) -> bool:
    """Whether a submission was judged, or failed to be: then it is tried again, or waits for a person."""
    began = time.monotonic()
    number = gate.work(name)
    if number is None:
        return False
    found = gate.submission(number)
    told = {part: getattr(found, part) for part in _TOLD}
    kind = found.error.partition(":")[0]
    event("judged", worker=name, submission=number, seconds=round(time.monotonic() - began, 3), error=kind or None, **told)
    return True
