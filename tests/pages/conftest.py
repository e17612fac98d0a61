"""Pages open gates as the tests of the gate do; their site is built once."""

import os
from fcntl import LOCK_EX, flock

import pytest


@pytest.fixture(scope="session", autouse=True)
def _quick_gates(one_draw, lent_readers, quick_passwords):
    """Gates of pages are opened quickly, and draw alike."""


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The site of the documentation, built once for all workers."""
    from pages.site import built

    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with open(shared / "site.lock", "w") as lock:
        flock(lock, LOCK_EX)
        if not (shared / "site").exists():
            built(tmp_path_factory.mktemp("building")).rename(shared / "site")
    return shared / "site"
