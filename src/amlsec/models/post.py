"""One POST of JSON: what came back, or why nothing did; bounded in time and size."""

from __future__ import annotations

import asyncio
import atexit
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from http import HTTPStatus
from importlib import import_module
from threading import Thread
from typing import Any

from amlsec.errors import InvalidInput

MOST_BYTES = 1 << 26
"""An answer of more bytes is not read to its end."""
LONGEST_KIND = 80
HERE = ("localhost", "127.0.0.1", "::1")
"""This machine, as addresses name it."""
_MAY_PASS = {0, 408, 425, 429, 500, 502, 503, 504}
"""What may be otherwise when asked again; 0 stands for no answer at all."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: its status, content and kind, and how many seconds it asks to wait; status 0 says why there is none."""

    status: int
    content: bytes = b""
    kind: str = ""
    after: float | None = None
    why: str = ""

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300

    @property
    def may_pass(self) -> bool:
        """Whether the same question may be answered later."""
        return self.status in _MAY_PASS

    def __str__(self) -> str:
        if not self.status:
            return self.why
        known = self.status in HTTPStatus._value2member_map_
        return f"answered {self.status} {HTTPStatus(self.status).phrase}" if known else f"answered {self.status}"


def post(url: str, body: bytes, headers: Mapping[str, str], seconds: float) -> Reply:
    """Post JSON and read the answer as it is sent, in so many seconds all in all; a redirection is an answer, not followed.

    Raises InvalidInput where httpx is missing.
    """
    asked = asyncio.run_coroutine_threadsafe(_in_time(url, body, headers, seconds), _loop())
    try:
        return asked.result()
    finally:
        asked.cancel()


async def _in_time(url: str, body: bytes, headers: Mapping[str, str], seconds: float) -> Reply:
    """However slowly single bytes of its head or content come."""
    httpx = _httpx()
    try:
        async with asyncio.timeout(seconds):
            return await _answered(url, body, headers)
    except TimeoutError:
        return Reply(0, why=f"gave no answer in {seconds:g} s")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Reply(0, why=f"could not be asked: {type(error).__name__}")


async def _answered(url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
    """Nothing is unpacked, as a few bytes can hold gigabytes: what is sent packed, unasked, is no JSON."""
    told = {"content-type": "application/json", "accept": "application/json", "accept-encoding": "identity", **headers}
    async with _client().stream("POST", url, content=body, headers=told) as response:
        content = bytearray()
        async for chunk in response.aiter_raw():
            content += chunk
            if len(content) > MOST_BYTES:
                return Reply(0, why=f"answered with more than {MOST_BYTES >> 20} MiB")
        kind = response.headers.get("content-encoding") or response.headers.get("content-type", "").partition(";")[0]
        after = _seconds(response.headers.get("retry-after", ""))
        return Reply(response.status_code, bytes(content), kind[:LONGEST_KIND], after)


def _seconds(told: str) -> float | None:
    """What Retry-After says: seconds, or a date; None where it says neither."""
    if told.strip().isdecimal():
        return float(told)
    try:
        return max((parsedate_to_datetime(told) - datetime.now(UTC)).total_seconds(), 0.0)
    except (TypeError, ValueError):
        return None


def _httpx() -> Any:
    try:
        return import_module("httpx")
    except ImportError as error:
        raise InvalidInput("url", "an endpoint", "needs the extra: pip install 'amlsec[http]'") from error


def _at(host: str) -> str:
    return f"all://[{host}]" if ":" in host else f"all://{host}"


@cache
def _client() -> Any:
    """One for each process, as opening one takes longer than asking; what it asks of this machine goes through no proxy."""
    client = _httpx().AsyncClient(timeout=None, mounts=dict.fromkeys(map(_at, HERE)))
    atexit.register(lambda: asyncio.run_coroutine_threadsafe(client.aclose(), _loop()).result())
    return client


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """A thread of its own, so that whoever asks may have a loop that is running, as notebooks do."""
    loop = asyncio.new_event_loop()
    Thread(target=loop.run_forever, daemon=True).start()
    return loop
