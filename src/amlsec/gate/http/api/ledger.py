"""The ledger, whether it holds, and what was refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from threading import Lock
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from amlsec.errors import Conflict
from amlsec.gate.http.answers import a_file, problems
from amlsec.gate.http.deps import TheGate
from amlsec.gate.http.refusals import Refusal, refusals
from amlsec.gate.http.values import After, Before, Limit
from amlsec.gate.ledger import Entry, Wrote, canonical, entries
from amlsec.gate.records import Verified
from amlsec.gate.service import Gate

router = APIRouter(tags=["ledger"])
_VERIFYING = Lock()
_PAGE = 1000


@router.get("/ledger", operation_id="ledger")
def ledger(gate: TheGate, after: After = 0, limit: Limit = 100) -> list[Entry]:
    """Entries in order."""
    return [Entry(**entry) for entry in _page(gate, after, limit)]


@router.get(
    "/ledger/export",
    operation_id="export_ledger",
    response_class=StreamingResponse,
    responses=a_file("application/x-ndjson"),
)
def export_ledger(gate: TheGate, after: After = 0) -> StreamingResponse:
    """All entries, as JSON lines."""
    headers = {"Content-Disposition": 'attachment; filename="ledger.jsonl"'}
    return StreamingResponse(_lines(gate, after), media_type="application/x-ndjson", headers=headers)


@router.get("/checkpoints", operation_id="checkpoints")
def checkpoints(gate: TheGate) -> list[Entry]:
    """Signed positions of the ledger."""
    with gate.home.database.reading() as connection:
        return list(entries(connection, kinds=[Wrote.CHECKPOINT]))


@router.post("/ledger/verify", operation_id="verify", responses=problems(409))
def verify(gate: TheGate) -> Verified:
    """Look at every entry, object and signature; one at a time, as it takes long."""
    if not _VERIFYING.acquire(blocking=False):
        raise Conflict("the ledger is being verified already")
    try:
        return gate.verify()
    finally:
        _VERIFYING.release()


@router.get("/refusals", operation_id="refusals")
def refused(gate: TheGate, request: Request, limit: Limit = 100, before: Before = None) -> list[Refusal]:
    """Calls that were refused, added up by the minute, the latest first."""
    request.app.state.refusals.write()
    return refusals(gate.home.database, limit=limit, before=before)


def _page(gate: Gate, after: int, limit: int) -> list[dict[str, Any]]:
    with closing(gate.entries(after=after)) as found:  # type: ignore[type-var]
        return list(islice(found, limit))


def _lines(gate: Gate, after: int) -> Iterator[str]:
    """A page a transaction: a slow reader keeps nobody from anything."""
    while page := _page(gate, after, _PAGE):
        yield "".join(f"{canonical(entry)}\n" for entry in page)
        after = page[-1]["seq"]
