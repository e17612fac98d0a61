"""A real PostgreSQL server and an S3 endpoint, started by the tests themselves and gone with them."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest

DEBIAN = Path("/usr/lib/postgresql")
UNPRIVILEGED = {"user": "nobody", "group": "nogroup", "extra_groups": []}  # PostgreSQL refuses to run as root
KEYS = {"key": "anybody", "secret": "not-a-secret", "config_kwargs": {"retries": {"max_attempts": 1}}}
S3 = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(*server.get_host_and_port(), flush=True)
sys.stdin.read()
"""


class Place(NamedTuple):
    """A store for `Store(url, options)`."""

    url: str
    options: dict[str, object]


class Urls(NamedTuple):
    """Where a gate keeps its tables and its objects."""

    database: str
    store: str
    options: dict[str, object]


class Postgres:
    """A server in `folder`, on a socket there; `start` and `stop` as often as a test likes."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.names = folder, count()
        self._process: subprocess.Popen[bytes] | None = None
        _programs(
            "initdb", "-D", str(folder / "data"), "-U", "gate", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"
        )

    def __enter__(self) -> "Postgres":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self.stop()

    def start(self) -> None:
        """Back only when it answers; if we are killed, it ends too."""
        options = ["-D", str(self.folder / "data"), "-k", str(self.folder), "-c", "listen_addresses="]
        command = ["setpriv", "--pdeathsig", "INT", _program("postgres"), *options]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, **_nobody())
        wait_until(self.answers, "PostgreSQL to answer")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT throws its clients out and writes all down; SIGQUIT is a crash, repaired at the next start."""
        self._process.send_signal(how)
        self._process.wait(30)

    def answers(self) -> bool:
        """Whether it takes statements."""
        import psycopg

        with suppress(psycopg.OperationalError):
            self.does("SELECT 1")
            return True
        return False

    def does(self, statement: str) -> None:
        """As the owner of the server, outside any transaction."""
        import psycopg

        with psycopg.connect(host=str(self.folder), user="gate", dbname="postgres", autocommit=True) as connection:
            connection.execute(statement)

    def database(self) -> str:
        """The URL of a new, empty one."""
        name = f"gate{next(self.names)}"
        self.does(f"CREATE DATABASE {name}")
        return f"postgresql+psycopg://gate@/{name}?host={self.folder}"

    def drop(self, url: str) -> None:
        """Throws its clients out first."""
        name = re.search(r"/(gate\d+)\?", url)[1]
        self.does(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """Running, with fsync; skips the test where PostgreSQL is not installed."""
    if not list(DEBIAN.glob("*/bin/postgres")):
        pytest.skip("PostgreSQL is missing: `make system-deps` installs it")
    folder = Path(tempfile.mkdtemp(prefix="amlsec-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, UNPRIVILEGED["user"], UNPRIVILEGED["group"])
    try:
        server = Postgres(folder)
        with server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def s3_server() -> Iterator[str]:
    """The endpoint's address. It ends when we do, as its standard input then ends."""
    command = [sys.executable, "-c", S3]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        host, port = process.stdout.readline().split()
        yield f"http://{host.decode()}:{port.decode()}"


def bucket(endpoint: str, name: str) -> Place:
    """A new one of that name."""
    import s3fs

    options = {"endpoint_url": endpoint, **KEYS}
    s3fs.S3FileSystem(**options).mkdir(name)
    return Place(f"s3://{name}", options)


def wait_until(condition, what: str, seconds: float = 120.0) -> None:
    """Asks `condition` again and again."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.01)


def _nobody() -> dict:
    return UNPRIVILEGED if os.geteuid() == 0 else {}


def _program(name: str) -> str:
    newest = max(DEBIAN.glob("*/bin"), key=lambda folder: float(folder.parent.name))
    return str(newest / name)


def _programs(name: str, *options: str) -> None:
    subprocess.run([_program(name), *options], check=True, capture_output=True, cwd="/", **_nobody())
