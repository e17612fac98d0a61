"""Databases and stores of every kind a gate can stand on, fresh for each test."""

import os
import subprocess
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from gate.servers import Place, Postgres, Urls, bucket, postgres_server, s3_server

BUCKETS = count()


@pytest.fixture(scope="session")
def shared_postgres() -> Iterator[Postgres]:
    with postgres_server() as server:
        yield server


@pytest.fixture
def private_postgres() -> Iterator[Postgres]:
    """A server of the test's own, to stop and to start."""
    with postgres_server() as server:
        yield server


@pytest.fixture
def postgres(shared_postgres) -> Iterator[Callable[[], str]]:
    """Call it for the URL of a new, empty database."""
    made: list[str] = []

    def fresh() -> str:
        made.append(shared_postgres.database())
        return made[-1]

    yield fresh
    for url in made:
        shared_postgres.drop(url)


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    with s3_server() as endpoint:
        yield endpoint


@pytest.fixture
def s3(s3_endpoint) -> Place:
    """A new, empty bucket."""
    return bucket(s3_endpoint, f"gate{next(BUCKETS)}")


@pytest.fixture
def full_disk(tmp_path) -> Iterator[Path]:
    """A disk of 256 KiB, to fill."""
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(tmp_path)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root, outside a sandbox, may mount a small disk")
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


@pytest.fixture(params=["sqlite and folder", pytest.param("postgres and s3", marks=pytest.mark.system)])
def gate_urls(request, tmp_path) -> Urls:
    """Both kinds of gate, so that the same test runs on each."""
    if request.param == "sqlite and folder":
        return Urls(f"sqlite:///{tmp_path}/gate.sqlite", (tmp_path / "objects").as_uri(), {})
    return Urls(request.getfixturevalue("postgres")(), *request.getfixturevalue("s3"))


@pytest.fixture(scope="session", autouse=True)
def _quick_gates(one_draw: None, lent_readers: None) -> None:
    """Gates of these tests are opened quickly, and draw alike."""
