"""Who calls: by the token in the call's header, else by the session in its cookie."""

from __future__ import annotations

from datetime import datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from amlsec.gate.home import Home
from amlsec.gate.people import sessions, tokens
from amlsec.gate.people.person import Person
from amlsec.gate.people.sessions import Session

_COOKIE = "amlsec-gate"
MUST = {"WWW-Authenticate": "Bearer"}


def caller(home: Home, request: Request, when: datetime) -> Person | None:
    """Who calls, None for nobody known; raises HTTPException with 401 for a token that is not good."""
    told = request.headers.getlist("authorization")
    if not told:
        secret = request.cookies.get(cookie(home))
        return sessions.signed_in(home, secret, when) if secret else None
    scheme, _, secret = ", ".join(told).partition(" ")  # two of them are none
    person = tokens.bearer(home, secret.strip(), when) if scheme.lower() == "bearer" else None
    if person is None:
        raise HTTPException(401, "the token is unknown, expired or revoked", MUST)
    return person


def cookie(home: Home) -> str:
    """The cookie's name: over https one that no other host, and no plain connection, can set."""
    return f"__Host-{_COOKIE}" if home.config.server.https else _COOKIE


def remember(response: Response, home: Home, session: Session) -> None:
    """Hand the session's secret to the browser, out of reach of scripts and of other sites."""
    secure = home.config.server.https
    response.set_cookie(
        cookie(home), session.secret, max_age=session.seconds, secure=secure, httponly=True, samesite="strict"
    )


def forget(response: Response, home: Home) -> None:
    """Take it back."""
    response.delete_cookie(cookie(home), secure=home.config.server.https, httponly=True, samesite="strict")
