"""One POST of JSON: what came back, or why nothing did; bounded in time and size."""

from __future__ import annotations

import atexit
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from http import HTTPStatus
from importlib import import_module
from time import monotonic
from typing import Any

from amlsec.errors import InvalidInput

MOST_BYTES = 1 << 26
"""An answer of more bytes is not read to its end."""
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
    """Post JSON and read the answer, in so many seconds; a redirection is an answer, not followed.

    Raises InvalidInput where httpx is missing.
    """
    httpx, deadline = _httpx(), monotonic() + seconds
    told = {"content-type": "application/json", "accept": "application/json", **headers}
    try:
        with _client().stream("POST", url, content=body, headers=told, timeout=seconds) as response:
            content = bytearray()
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > MOST_BYTES or monotonic() > deadline:
                    return Reply(0, why=f"was not done answering in {seconds:g} s and {MOST_BYTES >> 20} MiB")
            kind = response.headers.get("content-type", "").partition(";")[0]
            return Reply(response.status_code, bytes(content), kind, _seconds(response.headers.get("retry-after", "")))
    except httpx.TimeoutException:
        return Reply(0, why=f"gave no answer in {seconds:g} s")
    except httpx.HTTPError as error:
        return Reply(0, why=f"could not be asked: {type(error).__name__}")


def _seconds(told: str) -> float | None:
    """What Retry-After says: seconds, or a date; None where it says neither."""
    if told.strip().isdigit():
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


@cache
def _client() -> Any:
    """One for each process, as opening one takes longer than asking."""
    client = _httpx().Client()
    atexit.register(client.close)
    return client
