"""Sees every answer, and notes those that refuse."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from amlsec.gate.act import now
from amlsec.gate.http.rates import address
from amlsec.gate.http.refusals import Refusals

REFUSED = frozenset({401, 403, 408, 413, 414, 415, 429, 431})
"""Answers that may mean that somebody tries what he may not."""


class Watching:
    """Notes refused calls, and has them written a minute at a time."""

    def __init__(self, app: ASGIApp, refusals: Refusals) -> None:
        self._app, self._refusals = app, refusals

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by the app."""

        async def seen(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in REFUSED:
                self._note(Request(scope), message["status"])
            await send(message)

        await self._app(scope, receive, seen)
        if self._refusals.due(now()):
            await run_in_threadpool(self._refusals.write)

    def _note(self, request: Request, status: int) -> None:
        state = request.state
        person, endpoint = getattr(state, "person", None), getattr(state, "endpoint", "(unknown)")
        who = person.who if person else address(request)
        self._refusals.note(who, endpoint, status, getattr(state, "problem", ""), now())
