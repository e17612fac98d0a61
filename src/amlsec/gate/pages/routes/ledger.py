"""The ledger, page by page, and whether it is as it was written."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from amlsec.gate.http.deps import TheGate
from amlsec.gate.ledger import entries, head
from amlsec.gate.pages.rendering import page
from amlsec.gate.pages.views.history import lines
from amlsec.gate.records import Verified
from amlsec.gate.service import Gate

router = APIRouter()
_STEP = 50


@router.get("/ledger")
def ledger(request: Request, gate: TheGate, before: Annotated[int | None, Query(ge=1, lt=2**62)] = None) -> Response:
    """Entries before a position, newest first; the latest ones without it."""
    return _page(request, gate, before)


@router.post("/ledger/verify")
def verify(request: Request, gate: TheGate) -> Response:
    """Look at everything; this changes nothing, so the answer is the page itself."""
    return _page(request, gate, verified=gate.verify())


def _page(request: Request, gate: Gate, before: int | None = None, verified: Verified | None = None) -> Response:
    with gate.home.database.reading() as connection:
        last = head(connection)
        end = last.seq + 1 if last else 1
        before = min(before or end, end)
        found = list(entries(connection, after=max(before - 1 - _STEP, 0), upto=before - 1))
    newer = before + _STEP if before < end else None
    told = lines(asdict(one) for one in reversed(found))
    return page(request, "ledger.html", head=last, lines=told, newer=newer, older=before - _STEP, verified=verified)
