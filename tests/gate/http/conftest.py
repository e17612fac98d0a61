"""A gate that is served, with passwords that are quick to check."""

from contextlib import contextmanager

import pytest

from amlsec.gate.serving.metrics import Metrics
from amlsec.gate.serving.routes import router
from gate.http.calling import client_of, furnished, served


@contextmanager
def _served(folder):
    gate = furnished(folder / "gate")
    with client_of(gate, router) as client:
        client.app.state.metrics = Metrics(gate)
        yield served(gate, client)
    gate.close()


@pytest.fixture(scope="session")
def place(tmp_path_factory, quick_passwords):
    """A furnished gate, with the routes of its operation; tests share it, and count on nothing that others left."""
    with _served(tmp_path_factory.mktemp("gates")) as made:
        yield made


@pytest.fixture(scope="module")
def wild_place(tmp_path_factory, quick_passwords):
    """Another, on which anything may be done."""
    with _served(tmp_path_factory.mktemp("gates")) as made:
        yield made
