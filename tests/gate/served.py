"""The application of a gate, quickly: what its routes take and give is worked out once for all gates of a test run."""

from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute

from amlsec.gate.http.app import app
from amlsec.gate.service import Gate

ROUTES: dict[tuple[int, ...], list[BaseRoute]] = {}
"""By the routers beside the gate's own, which are modules' and stay where they are."""


def application(gate: Gate, *routers: APIRouter) -> FastAPI:
    """As `app` makes it; only the first with these routers takes a third of a second at its first call."""
    made = app(gate, *routers)
    made.router.routes[:] = ROUTES.setdefault(tuple(map(id, routers)), list(made.router.routes))
    return made
