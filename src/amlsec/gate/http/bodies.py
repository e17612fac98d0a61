"""A call's body, no longer than allowed and not drop by drop."""

from __future__ import annotations

import asyncio
from time import monotonic

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive

PAUSE = 30.0
"""Seconds within which a next part of a body must come."""
SLOWEST = 1024
"""Bytes a second that a body must come with, once `PAUSE` seconds are over."""


def measured(request: Request, most: int) -> Receive:
    """How to receive a body of at most so many bytes.

    Raises HTTPException with 413 or 408 where it breaks the rules, 400 where the client goes away before its end.
    """
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told[:20]) > most:
        raise _too_large(most)
    began, got, ended = monotonic(), 0, False

    async def receive() -> Message:
        nonlocal got, ended
        if ended:  # what comes now says that the client went away
            return await request.receive()
        message = await _in_time(request.receive)
        if message["type"] == "http.disconnect":
            raise HTTPException(400, "the body ends too early")
        got, ended = got + len(message.get("body", b"")), not message.get("more_body", False)
        if got > most:
            raise _too_large(most)
        if not ended and monotonic() - began > PAUSE + got / SLOWEST:
            raise _too_slow()
        return message

    return receive


def again(body: bytes, receive: Receive) -> Receive:
    """How to receive a body once more that was read already."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def first() -> Message:
        return left.pop() if left else await receive()

    return first


async def _in_time(receive: Receive) -> Message:
    try:
        return await asyncio.wait_for(receive(), PAUSE)
    except TimeoutError:
        raise _too_slow() from None


def _too_large(most: int) -> HTTPException:
    return HTTPException(413, f"the body is larger than the {most} bytes that are taken")


def _too_slow() -> HTTPException:
    return HTTPException(408, "the body comes too slowly")
