"""Calls that another site makes in the name of who is signed in here."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Receive

from amlsec.gate.http.bodies import again
from amlsec.gate.people import hidden
from amlsec.gate.people.person import Person

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
HEADER, FIELD = "X-CSRF-Token", "csrf"
MOST_FIELDS = 10_000
_FORM = "application/x-www-form-urlencoded"


async def genuine(request: Request, person: Person | None, receive: Receive) -> Receive:
    """How to receive the body of a call that is no forgery.

    A browser brings the session's cookie by itself, so a call that changes anything must also bring the session's token,
    in a header or a form's field. Raises HTTPException with 403 where it does not, or says that it comes from elsewhere.
    """
    if request.method in SAFE or (person is not None and person.kind == "token"):
        return receive
    if not _from_here(request):
        raise HTTPException(403, "the call comes from another site")
    if person is None:
        return receive
    sent, receive = await _token(request, receive)
    if not hidden.same(sent, person.csrf):
        raise HTTPException(403, f"the session's token is missing or wrong: send it as {HEADER}, or as the field {FIELD}")
    return receive


def _from_here(request: Request) -> bool:
    """As far as a browser tells; programs tell nothing."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        return site in ("same-origin", "none")
    return origin is None or origin.partition("://")[2] == request.headers.get("host")


async def _token(request: Request, receive: Receive) -> tuple[str, Receive]:
    sent = request.headers.get(HEADER)
    if sent is not None or not request.headers.get("content-type", "").startswith(_FORM):
        return sent or "", receive
    body = await Request(request.scope, receive).body()
    try:
        fields = parse_qs(body.decode(), max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise HTTPException(400, "the form cannot be read") from error
    return fields.get(FIELD, [""])[0], again(body, receive)
