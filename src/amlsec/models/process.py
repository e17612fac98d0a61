"""One run of a program: what it is given, what it says, and an end to it in time."""

from __future__ import annotations

import os
import selectors
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from subprocess import PIPE, Popen, TimeoutExpired
from tempfile import TemporaryFile
from time import monotonic
from typing import Any

from amlsec.errors import ModelFailed

MOST_SAID = 1 << 20
"""Bytes that a program may print for one row; one that prints more is stopped."""


@dataclass(frozen=True, slots=True)
class Said:
    """The exit code of a program, and what it printed."""

    code: int
    out: str
    err: str


def run(argv: Sequence[str], given: bytes, seconds: float) -> Said:
    """Run a program, without a shell, in a process group of its own that is ended with it; what leaves the group goes on.

    Raises ModelFailed where it cannot be started, is not done in time, or prints more than a mebibyte.
    """
    with TemporaryFile() as row:
        row.write(given)
        row.seek(0)
        try:
            process = Popen(argv, stdin=row, stdout=PIPE, stderr=PIPE, start_new_session=True)
        except OSError as error:
            raise ModelFailed(f"the command {argv[0]} cannot be started: {error.strerror}") from error
    with process:
        try:
            return _done(process, monotonic() + seconds)
        except TimeoutExpired as error:
            raise ModelFailed(f"the command {argv[0]} gave no answer in {seconds:g} s") from error
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _done(process: Popen[bytes], deadline: float) -> Said:
    out, err = _heard(process, deadline)
    return Said(process.wait(max(deadline - monotonic(), 0)), out, err)


def _heard(process: Popen[bytes], deadline: float) -> tuple[str, str]:
    """What it prints on both streams until it closes them; raises TimeoutExpired at the deadline."""
    heard: dict[Any, bytearray] = {process.stdout: bytearray(), process.stderr: bytearray()}
    with selectors.DefaultSelector() as still_open:
        for stream in heard:
            still_open.register(stream, selectors.EVENT_READ)
        while still_open.get_map():
            if (left := deadline - monotonic()) <= 0:
                raise TimeoutExpired(process.args, left)
            for key, _ in still_open.select(left):
                heard[key.fileobj] += os.read(key.fd, 1 << 16) or _closed(still_open, key.fileobj)
            if max(map(len, heard.values())) > MOST_SAID:
                raise ModelFailed(f"the command printed more than {MOST_SAID >> 20} MiB for one row")
    out, err = (bytes(said).decode("utf-8", "replace") for said in heard.values())
    return out, err


def _closed(still_open: selectors.BaseSelector, stream: Any) -> bytes:
    still_open.unregister(stream)
    return b""
