"""Pages that open a gate do so as the tests of the gate do: quickly, and with one draw of the trusted rows."""

import os
from fcntl import LOCK_EX, flock

import pytest

from gate.conftest import _lent_readers, one_draw, quick_passwords

__all__ = ["_lent_readers", "one_draw", "quick_passwords"]


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
