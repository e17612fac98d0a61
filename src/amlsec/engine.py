"""Resumable work: each task's result is stored the moment it is there, so any crash or stop resumes."""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from amlsec.errors import InvalidInput
from amlsec.whole import whole

Outcome = dict[str, Any]
FAILED = "failed"
"""A result with this key says why there is none; it is handed on but not stored, so that the next run tries again."""
MOST_RESTARTS = 5
"""How often in a row workers may be killed before any ends a task: then it is the work that kills them."""
ANSWERS_WITHIN = 10.0
"""Seconds that a Dask scheduler has to answer."""


@dataclass(frozen=True, slots=True)
class Workers:
    """Where work runs, and where its data and results are kept.

    Attributes
    ----------
    n_jobs : processes on this machine, at least 1; 1 is this process itself
    cluster : address "tcp://host:port" of a Dask scheduler, whose workers then do the work instead; they need amlsec, what
        the work imports, and `folder` under the same path. A thread at a time works in each process of theirs
    folder : where data and finished results are kept, so that a run that died goes on; None keeps them for one run only

    Raises InvalidInput where n_jobs is below 1, or is asked for together with a cluster.
    """

    n_jobs: int = 1
    cluster: str | None = None
    folder: Path | None = None

    def __post_init__(self) -> None:
        if self.n_jobs < 1:
            raise InvalidInput("n_jobs", self.n_jobs, "must be at least 1")
        if self.cluster is not None and self.n_jobs > 1:
            raise InvalidInput("n_jobs", self.n_jobs, f"processes of this machine, but the work goes to {self.cluster}")


HERE = Workers()


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
    with whole(path) as file:
        file.write(text.encode())


_Work = Callable[[Any], Outcome]
_Pairs = Iterator[tuple[Task, Outcome | None]]


def run(
    work: _Work, tasks: Sequence[Task], store: Store, *, workers: Workers = HERE, seconds: float | None = None
) -> _Pairs:
    """Each task with its result, in the order they end; None for tasks not begun when `seconds` were over.

    Stored results come first and cost nothing. A killed worker's task is done again by another, which loky, or Dask's
    nanny, starts. `work` must depend on its payload alone, so that the numbers are the same wherever it runs.

    Raises InvalidInput where the cluster cannot be reached, or is lost on the way; what `work` raises stops the run. All
    finished results are stored by then.
    """
    left: list[Task] = []
    for task in tasks:
        known = store.get(task.key)
        if known is None:
            left.append(task)
        else:
            yield task, known
    deadline = None if seconds is None else time.monotonic() + seconds
    for task, result in _runner(workers, len(left))(work, left, deadline):
        if result is not None and FAILED not in result:
            store.put(task.key, result)
        yield task, result


def _runner(workers: Workers, tasks: int) -> Callable[[_Work, Sequence[Task], float | None], _Pairs]:
    if workers.cluster is not None and tasks:
        return _on_dask(workers.cluster)
    return _here if workers.n_jobs == 1 or tasks < 2 else _on_loky(workers.n_jobs)


def _here(work: _Work, tasks: Sequence[Task], deadline: float | None) -> _Pairs:
    for task in tasks:
        yield task, None if _over(deadline) else work(task.payload)


def _over(deadline: float | None) -> bool:
    return deadline is not None and time.monotonic() >= deadline


def _on_loky(n_jobs: int) -> Callable[[_Work, Sequence[Task], float | None], _Pairs]:
    def runner(work: _Work, tasks: Sequence[Task], deadline: float | None) -> _Pairs:
        from joblib.executor import get_memmapping_executor  # loky's own, without joblib's part, would break joblib.Parallel

        _let_workers_be_replaced()
        waiting, restarts = list(tasks), 0
        while waiting:
            done, executor = set[int](), get_memmapping_executor(n_jobs, timeout=60)
            try:
                for task, result in _kept_busy(executor, n_jobs + 1, work, waiting, deadline):
                    done.add(id(task))
                    yield task, result
            except BrokenProcessPool:
                restarts = 0 if done else restarts + 1
                if restarts > MOST_RESTARTS:
                    raise
            except BaseException:
                executor.shutdown(wait=True, kill_workers=True)
                raise
            waiting = [task for task in waiting if id(task) not in done]

    return runner


def _let_workers_be_replaced() -> None:
    """loky warns when it replaces a worker that grew; as an error that would end the thread that replaces it."""
    warnings.filterwarnings("ignore", "A worker stopped while some jobs were given", UserWarning)


def _on_dask(address: str) -> Callable[[_Work, Sequence[Task], float | None], _Pairs]:
    def runner(work: _Work, tasks: Sequence[Task], deadline: float | None) -> _Pairs:
        with _client(address) as client:
            threads = sum(client.nthreads().values())
            try:
                yield from _kept_busy(client.get_executor(pure=False), 2 * max(threads, 1), work, tasks, deadline)
            except CancelledError as error:
                raise InvalidInput("cluster", address, "was lost; what it finished is stored, so run again") from error

    return runner


@contextmanager
def _client(address: str) -> Iterator[Any]:
    try:
        distributed = import_module("distributed")
    except ImportError as error:
        raise InvalidInput("cluster", address, "needs the dask extra: pip install 'amlsec[dask]'") from error
    try:
        client = distributed.Client(address, timeout=ANSWERS_WITHIN, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InvalidInput("cluster", address, f"no Dask scheduler answers there: {error}") from error
    with client:
        yield client


def _kept_busy(executor: Executor, most: int, work: _Work, tasks: Sequence[Task], deadline: float | None) -> _Pairs:
    """At most so many tasks are begun and not ended, so that a deadline can stop the others."""
    queue, running = list(reversed(tasks)), dict[Future[Outcome], Task]()
    while queue or running:
        while queue and len(running) < most and not _over(deadline):
            task = queue.pop()
            running[executor.submit(work, task.payload)] = task
        if not running:
            yield from ((task, None) for task in reversed(queue))
            return
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            yield running.pop(future), future.result()
