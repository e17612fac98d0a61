"""In front of every route: only what the table names, only who may, no forgery, not too often, not too much."""

from __future__ import annotations

import re
from collections.abc import Mapping
from time import monotonic

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from amlsec.errors import AmlsecError
from amlsec.gate.act import now
from amlsec.gate.http.bodies import measured
from amlsec.gate.http.callers import MUST, caller
from amlsec.gate.http.endpoints import ALLOWED, ANYONE, FILES
from amlsec.gate.http.errors import SAFE, TooMany, answer
from amlsec.gate.http.forgery import genuine
from amlsec.gate.http.forms import fields
from amlsec.gate.http.rates import Rates, address
from amlsec.gate.people.person import Person, Role
from amlsec.gate.service import Gate

_HOST = re.compile(r"[A-Za-z0-9._-]*(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
LONGEST_URL = 8 << 10
LONGEST_HEADERS = 16 << 10
LARGEST_BODY = 1 << 20
"""Bytes of a call; of a file, the gate's own limit holds."""


class Guard:
    """Nothing comes to the router but by the table of endpoints, so a route that is not in it is out of reach."""

    def __init__(self, app: ASGIApp, gate: Gate, allowed: Mapping[str, frozenset[Role | None]] = ALLOWED) -> None:
        self._app, self._gate, self._allowed = app, gate, allowed
        self._rates = Rates(gate.home.config.server.calls)
        self._paths = [(named.split(" ")[0], named, compile_path(named.split(" ")[1])[0]) for named in allowed]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a call on, or tell why not."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        request = Request(scope, receive)
        try:
            checked = await self._checked(request)
        except (HTTPException, AmlsecError) as error:
            await answer(request, error)(scope, receive, send)
        else:
            await self._app(scope, checked, send)

    async def _checked(self, request: Request) -> Receive:
        """How to receive the body of a call that may be made."""
        _short(request)
        endpoint = self._endpoint(request)
        request.state.endpoint = endpoint
        roles = self._allowed[endpoint]
        person = await self._person(request, roles)
        request.state.person = person
        self._not_too_often(person.who if person else address(request))
        _may(person, roles)
        if endpoint in FILES:
            genuine(request, person, {})
            return measured(request, self._gate.home.config.limits.request_bytes)
        receive = measured(request, LARGEST_BODY)
        if request.method in SAFE:
            return receive
        sent, receive = await fields(request, receive)
        genuine(request, person, sent)
        return receive

    def _endpoint(self, request: Request) -> str:
        """The line of the table that a call is of."""
        path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
        there = {method: named for method, named, pattern in self._paths if pattern.match(path)}
        if not there:
            raise HTTPException(404, "there is nothing at this address")
        if request.method not in there:
            raise HTTPException(405, "this cannot be done at this address", {"Allow": ", ".join(sorted(there))})
        return there[request.method]

    async def _person(self, request: Request, roles: frozenset[Role | None]) -> Person | None:
        """Who calls, where it matters: what anyone may call answers while the database is away."""
        if roles == ANYONE:
            return None
        try:
            return await run_in_threadpool(caller, self._gate.home, request, now())
        except HTTPException:
            self._not_too_often(address(request))  # who tries tokens is counted too
            raise

    def _not_too_often(self, client: str) -> None:
        if wait := self._rates.wait(client, monotonic()):
            raise TooMany(wait)


def _short(request: Request) -> None:
    if len(request.scope["raw_path"]) + len(request.scope["query_string"]) > LONGEST_URL:
        raise HTTPException(414, f"the address is longer than {LONGEST_URL} bytes")
    if sum(len(name) + len(value) for name, value in request.headers.raw) > LONGEST_HEADERS:
        raise HTTPException(431, f"the headers are longer than {LONGEST_HEADERS} bytes")
    if b"%00" in request.scope["query_string"] or _CONTROL.search(request.scope["path"]):
        raise HTTPException(400, "the address holds a control character")
    if not _HOST.fullmatch(request.headers.get("host", "")):
        raise HTTPException(400, "the host's name is none")


def _may(person: Person | None, roles: frozenset[Role | None]) -> None:
    role = person.role if person else None
    if role in roles:
        return
    if role is None:
        raise HTTPException(401, "sign in, or send a token", MUST)
    raise HTTPException(403, f"this is not for a {role}")
