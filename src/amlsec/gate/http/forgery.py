"""Calls that another site makes in the name of who is signed in here."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request

from amlsec.gate.people import hidden
from amlsec.gate.people.person import Person

HEADER, FIELD = "X-CSRF-Token", "csrf"


def genuine(request: Request, person: Person | None, fields: Mapping[str, list[str]]) -> None:
    """Raises HTTPException with 403 where a call that changes something may be a forgery.

    A browser brings the session's cookie by itself, so such a call must also bring the session's token, in a header or
    in a form's field. No browser brings a program's token by itself.
    """
    if person is not None and person.kind == "token":
        return
    if not _from_here(request):
        raise HTTPException(403, "the call comes from another site")
    sent = request.headers.get(HEADER) or fields.get(FIELD, [""])[0]
    if person is not None and not hidden.same(sent, person.csrf):
        raise HTTPException(403, f"the session's token is missing or wrong: send it as {HEADER}, or as the field {FIELD}")


def _from_here(request: Request) -> bool:
    """As far as a browser tells; programs tell nothing."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        return site in ("same-origin", "none")
    return origin is None or origin.partition("://")[2] == request.headers.get("host")
