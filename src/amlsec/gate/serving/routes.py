"""Whether the server lives, whether it can do its work, and what Prometheus wants to know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST

from amlsec.errors import AmlsecError
from amlsec.gate import migrate
from amlsec.gate.http.deps import TheGate
from amlsec.gate.service import Gate

router = APIRouter(tags=["operation"])


@router.get("/health", operation_id="health")
def health() -> dict[str, str]:
    """This process lives."""
    return {"status": "alive"}


@router.get("/ready", operation_id="ready", responses={503: {"description": "something that is needed is away"}})
def ready(gate: TheGate, request: Request) -> JSONResponse:
    """The database and the store answer, the tables are of this version, and a worker of this server runs."""
    parts = {"database": _answers(lambda: _database(gate)), "objects": _answers(lambda: _objects(gate))}
    processes = getattr(request.app.state, "processes", None)
    if processes is not None and processes.count:
        parts["workers"] = "ready" if processes.alive else "none runs"
    good = all(said == "ready" for said in parts.values())
    return JSONResponse({"status": "ready" if good else "not ready", **parts}, 200 if good else 503)


@router.get("/metrics", operation_id="metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def metrics(request: Request) -> Response:
    """Calls, queues, rows and verdicts, for Prometheus."""
    return Response(request.app.state.metrics.text(), media_type=CONTENT_TYPE_LATEST)


def _answers(look: Callable[[], Any]) -> str:
    """What is wrong is in the log; anybody may ask, so the answer names no place."""
    try:
        look()
    except AmlsecError:
        return "away"
    return "ready"


def _database(gate: Gate) -> None:
    migrate.check(gate.home.database)


def _objects(gate: Gate) -> None:
    gate.home.store.has("0" * 64)
