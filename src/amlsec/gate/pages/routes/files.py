"""Style and icon, from this package and from nowhere else."""

from __future__ import annotations

from importlib.resources import files

from fastapi import APIRouter
from fastapi.responses import Response

from amlsec.errors import NotFound

router = APIRouter()
_KINDS = {"gate.css": "text/css", "gate.svg": "image/svg+xml"}


@router.get("/static/{name}")
def static(name: str) -> Response:
    """A file of the pages."""
    if name not in _KINDS:
        raise NotFound(f"there is no file {name}")
    data = (files("amlsec.gate.pages") / "static" / name).read_bytes()
    return Response(data, media_type=_KINDS[name], headers={"Cache-Control": "public, max-age=300"})
