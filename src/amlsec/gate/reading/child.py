"""The process that reads hostile files for a gate: it forks for each, and the fork may crash or be stopped."""

from __future__ import annotations

import math
import os
import resource
import signal
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NoReturn

import pyarrow as pa

from amlsec.errors import InvalidInput, UnsafeFile
from amlsec.gate.form import Form
from amlsec.gate.reading.chunks import as_bytes
from amlsec.gate.reading.content import digest
from amlsec.gate.reading.limits import LONGEST_ROW, Limits
from amlsec.gate.reading.messages import ANSWER_FILE, DISK_FULL, OUT_OF_MEMORY, Job, Parsed, Refused
from amlsec.gate.reading.offered import Offered
from amlsec.gate.reading.read import rows

_LARGEST_FILE = 16 * LONGEST_ROW


def main() -> None:
    """Read one job a line from standard input, and answer each with how its fork ended, until there are no more."""
    pa.array([""])  # Arrow looks for pandas at its first array; each fork would
    for line in sys.stdin.buffer:
        child = os.fork()
        if not child:
            _forked(line)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _forked(line: bytes) -> NoReturn:
    """Do the job and end, so that nothing of it is left in the process that forks."""
    try:
        _work(Job.model_validate_json(line))
        os._exit(0)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        os._exit(1)


def _work(job: Job) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    _confine(job.limits, job.path.stat().st_size)
    answer = _answer(job)
    _write(job.folder / ANSWER_FILE, answer.model_dump_json().encode())


def _answer(job: Job) -> Parsed | Refused:
    offered = Offered(job.path, job.name, Form.from_json(job.form), job.limits)
    files: list[Path] = []
    try:
        total = digest(_kept(rows(offered, job.format), job.folder, files))
    except (InvalidInput, UnsafeFile) as error:
        return Refused.of(error)
    return Parsed(files=tuple(files), rows=offered.read, digest=total, notes=offered.notes)


def _kept(chunks: Iterable[pa.Table], folder: Path, files: list[Path]) -> Iterator[pa.Table]:
    """The chunks as they come, each written to a file."""
    for chunk in chunks:
        files.append(folder / f"{len(files):06}.arrow")
        _write(files[-1], as_bytes(chunk))
        yield chunk


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError:
        os._exit(DISK_FULL)


def _confine(limits: Limits, size: int) -> None:
    """Set what the kernel ends this process for: time, processor time, memory beside the file's own, and no core dump."""
    signal.setitimer(signal.ITIMER_REAL, limits.seconds)
    _most(resource.RLIMIT_CPU, math.ceil(limits.seconds))
    _most(resource.RLIMIT_AS, _in_use() + limits.memory + size)
    _most(resource.RLIMIT_FSIZE, _LARGEST_FILE)
    _most(resource.RLIMIT_CORE, 0)


def _most(what: int, most: int) -> None:
    hard = resource.getrlimit(what)[1]
    low = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (low, low))


def _in_use() -> int:
    """Bytes of address space."""
    pages = Path("/proc/self/statm")
    return int(pages.read_text().split()[0]) * resource.getpagesize() if pages.exists() else 0


if __name__ == "__main__":
    main()
