"""Worker processes of a server: each is begun anew when it ends, and none outlives the server."""

from __future__ import annotations

import asyncio
import os
import time
from asyncio.subprocess import Process
from collections.abc import Sequence
from contextlib import suppress

from amlsec.gate.serving.logs import event

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds before a worker that ended is begun anew; the pause doubles each time."""
STEADY = 60.0
"""Seconds after which a worker counts as steady, and its pause is the first again."""
MARGIN = 5.0
"""Seconds that a worker has beyond its patience before it is killed."""


class Processes:
    """So many processes of one command, each with a name of its own as its last argument.

    A pipe that only this process holds is their standard input: it ends when this process does, however it does.

    Attributes
    ----------
    alive : how many run now
    count : how many should
    """

    def __init__(self, command: Sequence[str], names: Sequence[str], patience: float) -> None:
        self.count, self.alive = len(names), 0
        self._command, self._names, self._patience = command, names, patience

    async def run(self) -> None:
        """Keep them running until cancelled; then they have ended, by themselves within their patience or killed."""
        told, held = os.pipe()
        try:
            async with asyncio.TaskGroup() as group:  # it ends after all of them, gather after the first that is cancelled
                for name in self._names:
                    group.create_task(self._kept(name, told))
        finally:
            os.close(told)
            os.close(held)

    async def _kept(self, name: str, stdin: int) -> None:
        pause = FIRST_PAUSE
        while True:
            began = time.monotonic()
            await self._once(name, stdin)
            pause = FIRST_PAUSE if time.monotonic() - began > STEADY else min(2 * pause, LONGEST_PAUSE)
            await asyncio.sleep(pause)

    async def _once(self, name: str, stdin: int) -> None:
        """One process from its beginning to its end."""
        try:
            process = await self._begun(name, stdin)
        except OSError as error:  # no memory or no process is left just now
            event("worker not begun", worker=name, error=error.strerror)
            return
        self.alive += 1
        try:
            event("worker ended", worker=name, code=await process.wait())
        finally:
            self.alive -= 1
            await _ended(process, self._patience + MARGIN)

    async def _begun(self, name: str, stdin: int) -> Process:
        """A new process; where this is cancelled while it begins, it has ended too."""
        command = asyncio.create_subprocess_exec(*self._command, name, stdin=stdin, start_new_session=True)
        beginning = asyncio.ensure_future(command)
        try:
            return await asyncio.shield(beginning)
        except asyncio.CancelledError:
            with suppress(OSError):
                await _ended(await beginning, self._patience + MARGIN)
            raise


async def _ended(process: Process, seconds: float) -> None:
    """Ask a process to stop and wait for it; kill it if it takes longer."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), seconds)
    except TimeoutError:
        process.kill()
        await process.wait()
