"""Resumable work: each task's result is stored the moment it is there, so any crash or stop resumes."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amlsec.errors import InvalidInput

Outcome = dict[str, Any]
FAILED = "failed"
"""A result with this key says why there is none; it is handed on but not stored, so that the next run tries again."""
MOST_RESTARTS = 5


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of work; equal keys in one store mean equal work."""

    key: str
    payload: Any


class Store:
    """Results as JSON files in a folder; a result is there whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def get(self, key: str) -> Outcome | None:
        """The stored result, or None."""
        path = self.folder / f"{key}.json"
        return json.loads(path.read_text("utf-8")) if path.is_file() else None

    def put(self, key: str, result: Outcome) -> None:
        """Store a result."""
        write_whole(self.folder / f"{key}.json", json.dumps(result))


def write_whole(path: Path, text: str) -> None:
    """Write a text file so that a crash leaves the old one or the new one, never a part."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def run(
    work: Callable[[Any], Outcome], tasks: Sequence[Task], store: Store, *, n_jobs: int = 1, seconds: float | None = None
) -> Iterator[tuple[Task, Outcome | None]]:
    """Each task with its result, in the order they end; None for tasks not begun when `seconds` were over.

    Stored results come first and cost nothing. With one job the work is done in this process, with more in loky
    workers; a killed worker is replaced and what it was doing is done again. `work` must depend on its payload alone, so
    that the numbers are the same whatever `n_jobs`.

    Raises InvalidInput where n_jobs is below 1; what `work` raises stops the run, with all finished results stored.
    """
    if n_jobs < 1:
        raise InvalidInput("n_jobs", n_jobs, "must be at least 1")
    left: list[Task] = []
    for task in tasks:
        known = store.get(task.key)
        if known is None:
            left.append(task)
        else:
            yield task, known
    deadline = None if seconds is None else time.monotonic() + seconds
    runner = _here if n_jobs == 1 or len(left) < 2 else _spread(n_jobs)
    for task, result in runner(work, left, deadline):
        if result is not None and FAILED not in result:
            store.put(task.key, result)
        yield task, result


_Pairs = Iterator[tuple[Task, Outcome | None]]


def _here(work: Callable[[Any], Outcome], tasks: Sequence[Task], deadline: float | None) -> _Pairs:
    for task in tasks:
        yield task, None if _over(deadline) else work(task.payload)


def _over(deadline: float | None) -> bool:
    return deadline is not None and time.monotonic() >= deadline


def _spread(n_jobs: int) -> Callable[[Callable[[Any], Outcome], Sequence[Task], float | None], _Pairs]:
    def runner(work: Callable[[Any], Outcome], tasks: Sequence[Task], deadline: float | None) -> _Pairs:
        from joblib.externals.loky import get_reusable_executor

        waiting, restarts = list(tasks), 0
        while waiting:
            done: list[Task] = []
            try:
                for task, result in _pool(get_reusable_executor(n_jobs, timeout=60), n_jobs, work, waiting, deadline):
                    done.append(task)
                    yield task, result
            except BrokenProcessPool:
                restarts += 1
                if restarts > MOST_RESTARTS:
                    raise
            except BaseException:
                get_reusable_executor(n_jobs).shutdown(wait=True, kill_workers=True)
                raise
            waiting = [task for task in waiting if task not in done]

    return runner


def _pool(
    executor: Any, n_jobs: int, work: Callable[[Any], Outcome], tasks: Sequence[Task], deadline: float | None
) -> _Pairs:
    """Keeps the workers busy, and no more than that, so that a deadline can stop what has not begun."""
    queue, running = list(tasks), dict[Future[Outcome], Task]()
    while queue or running:
        while queue and len(running) < n_jobs + 1 and not _over(deadline):
            task = queue.pop(0)
            running[executor.submit(work, task.payload)] = task
        if not running:
            yield from ((task, None) for task in queue)
            return
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            yield running.pop(future), future.result()
