"""Rows written out for other programs, with what is said of each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from amlsec.gate.http.answers import a_file, streamed
from amlsec.gate.http.deps import TheGate
from amlsec.gate.http.values import Number

router = APIRouter(tags=["export"])
Format = Literal["csv", "jsonl", "parquet"]
MEDIA = {"csv": "text/csv", "jsonl": "application/x-ndjson", "parquet": "application/vnd.apache.parquet"}
_FILE = a_file(*MEDIA.values())


@router.get("/submissions/{number}/export", operation_id="export_rows", response_class=StreamingResponse, responses=_FILE)
def export_rows(gate: TheGate, number: Number, format: Format = "csv") -> StreamingResponse:
    """All rows of a submission; in CSV, cells that a spreadsheet could take for formulas are made harmless."""
    return _written(lambda file: gate.export_rows(number, file, format), f"submission-{number}", format)


@router.get("/quarantine/export", operation_id="export_quarantine", response_class=StreamingResponse, responses=_FILE)
def export_quarantine(gate: TheGate, format: Format = "csv") -> StreamingResponse:
    """All rows that wait for a person."""
    return _written(lambda file: gate.export_quarantine(file, format), "quarantine", format)


def _written(write: Callable[[Path], None], name: str, format: Format) -> StreamingResponse:
    """A file that is written first, so that what fails is told, and has no name any more while it is sent."""
    with TemporaryDirectory(prefix="amlsec-") as folder:
        path = Path(folder, "rows")
        write(path)
        file = path.open("rb")
    return streamed(file, MEDIA[format], f"{name}.{format}")
