"""All routes under /api/v1."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Security
from fastapi.responses import JSONResponse
from fastapi.security import APIKeyCookie, HTTPBearer

from amlsec.gate.http.answers import ANY_CALL
from amlsec.gate.http.api import (
    entrance,
    exporting,
    governing,
    ledger,
    me,
    people,
    reviewing,
    snapshots,
    sources,
    submissions,
)
from amlsec.gate.http.endpoints import ALLOWED, API

_SESSION = "of a person; over https it is called __Host-amlsec-gate. What changes anything also brings X-CSRF-Token"
_CREDENTIALS = [
    Security(HTTPBearer(auto_error=False, scheme_name="token", description="of a program")),
    Security(APIKeyCookie(name="amlsec-gate", auto_error=False, scheme_name="session", description=_SESSION)),
]
"""For the OpenAPI alone: the guard checks them before a call comes here."""
router = APIRouter(prefix=API, responses=ANY_CALL)
router.include_router(entrance.router)
for _part in (submissions, exporting, reviewing, sources, snapshots, governing, ledger, people, me):
    router.include_router(_part.router, dependencies=_CREDENTIALS)


@router.get("/openapi.json", include_in_schema=False)
def openapi(request: Request) -> JSONResponse:
    """The OpenAPI of this gate; `x-roles` names who may call what."""
    told: dict[str, Any] = request.app.openapi()
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            operation["x-roles"] = sorted(role or "anyone" for role in ALLOWED[f"{method.upper()} {path}"])
    return JSONResponse(told)
