"""Hostile files are read by processes that may crash, so that the gate does not."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import LifoQueue
from selectors import EVENT_READ, DefaultSelector
from typing import Self
from weakref import finalize

from pydantic import ValidationError

from amlsec.errors import GateUnavailable, InvalidInput
from amlsec.gate.form import Form
from amlsec.gate.reading.formats import Format
from amlsec.gate.reading.limits import Limits
from amlsec.gate.reading.messages import ANSWER, ANSWER_FILE, DISK_FULL, OUT_OF_MEMORY, Job, Parsed
from amlsec.gate.reading.spooled import measured

_GRACE = 10.0
"""Seconds beyond its limit after which a child that does not even die is killed."""
_PASSED_ON = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TMPDIR", "HOME")
"""The rest of the environment may hold passwords."""
_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "MALLOC_ARENA_MAX": "1",
}
"""What forks should have one thread, and memory that the kernel can count."""


class Children:
    """Reading processes, started when they are first needed, replaced when they die; for any number of threads.

    Each file is read in a fork of its own, under the limits of memory and time; what it reads is written to files.

    Parameters
    ----------
    count : how many files are read at once, at least 1; further ones wait
    """

    def __init__(self, count: int = 1) -> None:
        self._idle: LifoQueue[_Child | None] = LifoQueue()
        self._count = count
        for _ in range(count):
            self._idle.put(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def parsed(
        self, path: Path, form: Form, limits: Limits, format: Format | None, folder: Path, name: str | None = None
    ) -> Parsed:
        """Read a file into canonical chunks, as files in a new folder in `folder`.

        `name` is what its sender called it, as errors say it; by default its path.

        Raises what `amlsec.gate.reading.read` raises, and InvalidInput where the file crashes its reader or takes too much
        memory or time, GateUnavailable where there is no room for the chunks; then nothing is left in `folder`.
        """
        shown = name or str(path)
        measured(path, limits.request_bytes, shown)
        place = Path(tempfile.mkdtemp(dir=folder, prefix="chunks-"))
        job = Job(path=path.resolve(), name=shown, form=form.as_json(), limits=limits, format=format, folder=place.resolve())
        try:
            with self._borrowed() as child:
                ended = child.asked(job)
            return answered(ended, job)
        except BaseException:
            shutil.rmtree(place)
            raise

    def close(self) -> None:
        """End them all, once they are idle."""
        for _ in range(self._count):
            child = self._idle.get()
            if child:
                child.end()
        for _ in range(self._count):
            self._idle.put(None)

    @contextmanager
    def _borrowed(self) -> Iterator[_Child]:
        child = self._idle.get()
        try:
            child = child or _Child()
            yield child
        except BaseException:
            if child:
                child.end()
            child = None
            raise
        finally:
            self._idle.put(child)


def parsed_in_child(path: Path, form: Form, limits: Limits, format: Format | None, folder: Path) -> Parsed:
    """Read one file in a process of its own; arguments and errors as those of `Children.parsed`."""
    with Children() as children:
        return children.parsed(path, form, limits, format, folder)


class _Child:
    """One reading process, out of reach of the terminal's Ctrl-C; it ends when told, or when nobody holds it any more."""

    def __init__(self) -> None:
        kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        command = [sys.executable, "-P", "-m", "amlsec.gate.reading.child"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=kept | _ONE_THREAD, start_new_session=True
        )
        self.end = finalize(self, _ended, self._process, os.getpid())

    def asked(self, job: Job) -> int:
        """How the fork that did the job ended, as an exit code; raises GateUnavailable where no answer comes."""
        asking, answering = self._process.stdin, self._process.stdout
        assert asking
        assert answering
        try:
            asking.write(job.model_dump_json().encode() + b"\n")
            asking.flush()
        except BrokenPipeError as error:
            raise GateUnavailable("the process that reads files has died") from error
        with DefaultSelector() as selector:
            selector.register(answering, EVENT_READ)
            line = answering.readline() if selector.select(job.limits.seconds + _GRACE) else b""
        if not line:
            raise GateUnavailable("the process that reads files does not answer")
        return int(line)


def _ended(process: subprocess.Popen[bytes], parent: int) -> None:
    """Kill a child, and a fork that may be at work; a fork of the parent leaves it alone."""
    if os.getpid() != parent:
        return
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def answered(ended: int, job: Job) -> Parsed:
    """What a child read, of whom nothing is believed that cannot be checked; errors as those of `Children.parsed`."""
    if ended == DISK_FULL:
        raise GateUnavailable("no room to write the rows of a file")
    if ended:
        raise InvalidInput("data", job.name, _why(ended, job.limits))
    file = job.folder / ANSWER_FILE
    try:
        answer = ANSWER.validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise InvalidInput("data", job.name, "its reader gave no answer") from error
    if not isinstance(answer, Parsed):
        raise answer.error
    if not all(chunk.parent == job.folder and chunk.is_file() and not chunk.is_symlink() for chunk in answer.files):
        raise InvalidInput("data", job.name, "its reader named files that are not its own")
    file.unlink()
    return answer


def _why(ended: int, limits: Limits) -> str:
    if ended in (-signal.SIGALRM, -signal.SIGXCPU):
        return f"takes longer to read than the {limits.seconds:g} seconds it may"
    if ended in (OUT_OF_MEMORY, -signal.SIGKILL, -signal.SIGABRT):
        return f"needs more memory than the {limits.memory >> 20} MiB it may take"
    return f"crashed the process that read it ({signal.Signals(-ended).name if ended < 0 else 'an error of the reader'})"
