"""A file in a call's body, brought to the disk as it comes."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import anyio
from fastapi import Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from amlsec.errors import GateUnavailable
from amlsec.gate.act import now
from amlsec.gate.http.callers import MUST, caller
from amlsec.gate.http.deps import Caller, TheGate
from amlsec.gate.http.errors import TooMany
from amlsec.gate.reading.formats import Format

AT_ONCE = 8
"""Files received at once; more wait a little, and are then told to come again."""
EACH = 2
"""Of these, files of one caller."""
_PATIENCE = 10.0
MEDIA: Mapping[str, Format | None] = {
    "text/csv": Format.CSV,
    "application/x-ndjson": Format.JSONL,
    "application/jsonl": Format.JSONL,
    "application/vnd.apache.parquet": Format.PARQUET,
    "application/vnd.apache.arrow.stream": Format.ARROW,
    "application/vnd.apache.arrow.file": Format.ARROW,
    "application/octet-stream": None,
}
"""Content types of files; of what none says, the first bytes do."""
_PLACES = anyio.Semaphore(AT_ONCE)
_TAKEN: Counter[str] = Counter()


async def spooled(request: Request, gate: TheGate, person: Caller) -> AsyncIterator[Path]:
    """The body as a file, which is gone after the call.

    Raises GateUnavailable where there is no room for it, HTTPException with 401 where who calls may no more when it ends.
    """
    async with _place(person.who):
        with TemporaryDirectory(prefix="amlsec-") as folder:
            path = Path(folder, "rows")
            await _received(request, path)
            if await run_in_threadpool(caller, gate.home, request, now()) != person:
                raise HTTPException(401, "the session ended before the file did", MUST)
            yield path


async def _received(request: Request, path: Path) -> None:
    try:
        with path.open("wb") as file:
            async for block in request.stream():
                await run_in_threadpool(file.write, block)
    except OSError as error:
        raise GateUnavailable(f"temporary files: {error.strerror}") from error


@asynccontextmanager
async def _place(who: str) -> AsyncIterator[None]:
    """One of the places, of which one caller has few: who sends slowly keeps no other from sending."""
    if _TAKEN[who] >= EACH:
        raise TooMany(_PATIENCE)
    _TAKEN[who] += 1
    try:
        with anyio.move_on_after(_PATIENCE) as waiting:
            await _PLACES.acquire()
        if waiting.cancelled_caught:
            raise HTTPException(503, "too many files come at once")
        try:
            yield
        finally:
            _PLACES.release()
    finally:
        _TAKEN[who] -= 1
        if not _TAKEN[who]:
            del _TAKEN[who]


def format_of(
    request: Request, format: Annotated[Format | None, Query(description="goes before Content-Type")] = None
) -> str | None:
    """The format that the caller names; raises HTTPException with 415 where he names none, and no file is of that type."""
    if format is not None:
        return str(format)
    media = request.headers.get("content-type", "application/octet-stream").partition(";")[0].strip().lower()
    if media not in MEDIA:
        raise HTTPException(415, f"name the format, or let Content-Type be one of {', '.join(MEDIA)}")
    found = MEDIA[media]
    return None if found is None else str(found)


BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "rows; CSV and JSON lines may be zipped by gzip",
        "content": {media: {"schema": {"type": "string", "format": "binary"}} for media in MEDIA},
    }
}
"""What OpenAPI says of such a body."""
SpooledFile = Annotated[Path, Depends(spooled)]
ToldFormat = Annotated[str | None, Depends(format_of)]
