"""Signing in and out, not too often and never many at once: a password takes 64 MiB and a moment to check."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from time import monotonic

from starlette.requests import Request
from starlette.responses import Response

from amlsec.gate.act import now
from amlsec.gate.http.callers import cookie, forget, remember
from amlsec.gate.http.errors import SignInFailed, TooMany
from amlsec.gate.http.rates import address
from amlsec.gate.people import sessions
from amlsec.gate.people.person import Person

LOG = logging.getLogger(__name__)
_AT_ONCE = BoundedSemaphore(2)
_IN_LINE = BoundedSemaphore(8)
"""Of the threads that answer calls, those that passwords may take up; the others go on meanwhile."""
_SOON = 10.0
"""Seconds after which who found the line full may come again."""


def sign_in(request: Request, response: Response, name: str, password: str) -> Person:
    """Sign a person in, and hand his cookie to the response.

    Raises SignInFailed (401) where name and password do not belong together, TooMany (429) where one client tries too often.
    """
    home = request.app.state.gate.home
    with attempt(request):
        session = sessions.begin(home, name, password, now())
    if session is None:
        raise SignInFailed
    remember(response, home, session)
    LOG.info("signed in", extra={"told": {"who": session.person.who, "from": address(request)}})
    return session.person


def sign_out(request: Request, response: Response) -> None:
    """End the session, and take its cookie back."""
    home = request.app.state.gate.home
    sessions.end(home, request.cookies.get(cookie(home), ""))
    forget(response, home)


@contextmanager
def attempt(request: Request) -> Iterator[None]:
    """One check of a password by this client; raises TooMany where it tries too often, or too many others do."""
    if wait := request.app.state.attempts.wait(address(request), monotonic()):
        raise TooMany(wait)
    if not _IN_LINE.acquire(blocking=False):
        raise TooMany(_SOON)
    try:
        with _AT_ONCE:
            yield
    finally:
        _IN_LINE.release()
