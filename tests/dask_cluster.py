"""A real Dask scheduler and real worker processes on loopback."""

import os
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple


class Cluster(NamedTuple):
    address: str
    scheduler: int


@contextmanager
def cluster(folder: Path, workers: int):
    """Its address and the scheduler's process; a killed worker is replaced by its nanny."""
    from distributed import Client

    file = folder / "scheduler.json"
    with ExitStack() as stack:
        scheduler = stack.enter_context(_started("scheduler", "--host", "127.0.0.1", "--port", "0", file=file))
        for number in range(workers):
            local = str(folder / f"worker{number}")
            options = ["--nworkers", "1", "--nthreads", "1", "--local-directory", local]
            stack.enter_context(_started("worker", *options, file=file))
        with Client(scheduler_file=str(file), set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=60)
            address = client.scheduler.address
        yield Cluster(address, scheduler.pid)


@contextmanager
def _started(what: str, *options: str, file: Path):
    command = [
        sys.executable,
        "-m",
        f"distributed.cli.dask_{what}",
        *options,
        "--no-dashboard",
        "--scheduler-file",
        str(file),
    ]
    paths = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    with subprocess.Popen(command, env=os.environ | {"PYTHONPATH": paths}, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.terminate()
