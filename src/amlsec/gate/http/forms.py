"""A form, as a browser sends it, read before anybody works with it."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Receive

from amlsec.gate.http.bodies import again

MOST_FIELDS = 10_000
_FORM = "application/x-www-form-urlencoded"


async def fields(request: Request, receive: Receive) -> tuple[Mapping[str, list[str]], Receive]:
    """The fields of a call's body, none where it is no form, and how to receive it once more.

    Raises HTTPException with 400 where it cannot be read, or holds a NUL character, which not every database keeps.
    """
    if not request.headers.get("content-type", "").lower().startswith(_FORM):
        return {}, receive
    body = await Request(request.scope, receive).body()
    try:
        found = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise HTTPException(400, "the form cannot be read") from error
    if any("\0" in text for name, values in found.items() for text in (name, *values)):
        raise HTTPException(400, "the form holds a NUL character")
    return found, again(body, receive)
