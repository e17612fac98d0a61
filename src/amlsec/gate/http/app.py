"""The gate as a web application: the API, the pages, and what stands in front of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

import amlsec
from amlsec.errors import AmlsecError
from amlsec.gate.http.errors import as_answer, failed
from amlsec.gate.http.guard import Guard
from amlsec.gate.http.headers import SecurityHeaders
from amlsec.gate.http.rates import Rates
from amlsec.gate.http.refusals import Refusals
from amlsec.gate.http.routes import router as api
from amlsec.gate.http.watching import Watching
from amlsec.gate.pages.errors import error_page
from amlsec.gate.pages.router import router as pages
from amlsec.gate.service import Gate


def app(place: Gate | Path, *routers: APIRouter) -> FastAPI:
    """The application of a gate, or of one in a folder, with more routes where they are handed in.

    Every route must be in `endpoints.ALLOWED`: others are answered with 404.
    """
    gate = place if isinstance(place, Gate) else Gate.open(place)
    made = FastAPI(lifespan=_life, docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False, **_about())
    made.state.gate, made.state.error_page = gate, error_page
    made.state.attempts = Rates(gate.home.config.server.signing_in)
    made.state.refusals = Refusals(gate.home.database)
    for router in (api, pages, *routers):
        made.include_router(router)
    for kind in (AmlsecError, HTTPException, RequestValidationError):
        made.add_exception_handler(kind, as_answer)
    made.add_exception_handler(Exception, failed)
    made.add_middleware(Guard, gate=gate)
    made.add_middleware(Watching, refusals=made.state.refusals)
    made.add_middleware(SecurityHeaders, secure=gate.home.config.server.https)
    return made


@asynccontextmanager
async def _life(app: FastAPI) -> AsyncIterator[None]:
    yield
    await run_in_threadpool(app.state.refusals.write)


def _about() -> dict[str, Any]:
    return {"title": "amlsec gate", "version": amlsec.__version__, "summary": "A training-data firewall."}
