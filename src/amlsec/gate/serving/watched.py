"""Every call gets an id, is timed and counted, and is one line in the log."""

from __future__ import annotations

import re
import time
import uuid
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from amlsec.gate.serving.logs import event, failed, request_id
from amlsec.gate.serving.metrics import Metrics

_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
NOWHERE = "(no such endpoint)"


class Watched:
    """Stands around the whole application.

    A client's X-Request-ID is kept where it is up to 64 letters, digits, dots, dashes and underscores. The log names the
    endpoint and never the path or its query, as these hold what was asked.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        call = _Call(scope, send)
        before = request_id.set(call.id)
        try:
            await self._app(scope, receive, call.send)
        except Exception as error:  # the application answered it with 500, and raised it again for us to log
            failed("call failed", error)
            if call.status is None:
                raise
        finally:
            call.end(self._metrics)
            request_id.reset(before)


class _Call:
    """One call on its way; `status` is None until it is answered."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.id = _id(scope)
        self.status: int | None = None
        self._began, self._send = time.monotonic(), send
        self._state: dict[str, Any] = scope.setdefault("state", {})

    async def send(self, message: Message) -> None:
        """Hand an answer on, with the call's id."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", []), (b"x-request-id", self.id.encode())]
        await self._send(message)

    def end(self, metrics: Metrics) -> None:
        """Count it and log it."""
        seconds, status = time.monotonic() - self._began, self.status or 500
        endpoint, person = self._state.get("endpoint", NOWHERE), self._state.get("person")
        metrics.called(endpoint, status, seconds)
        who = person.who if person else None
        event("call", endpoint=endpoint, status=status, who=who, seconds=round(seconds, 4))


def _id(scope: Scope) -> str:
    given = dict(scope["headers"]).get(b"x-request-id", b"")
    return given.decode() if _ID.fullmatch(given) else uuid.uuid4().hex
