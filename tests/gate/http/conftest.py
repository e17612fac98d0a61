"""A gate that is served, with passwords that are quick to check."""

import pytest

from amlsec.gate.serving.metrics import Metrics
from amlsec.gate.serving.routes import router
from gate.http.calling import client_of, furnished, served


@pytest.fixture(scope="session")
def place(tmp_path_factory, quick_passwords):
    """A furnished gate, with the routes of its operation; tests share it, and count on nothing that others left."""
    gate = furnished(tmp_path_factory.mktemp("gates") / "gate")
    with client_of(gate, router) as client:
        client.app.state.metrics = Metrics(gate)
        yield served(gate, client)
    gate.close()
