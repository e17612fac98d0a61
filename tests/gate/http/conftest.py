"""A gate served once a module, with passwords that are quick to check."""

import pytest
from argon2 import PasswordHasher

from amlsec.gate.people import passwords
from amlsec.gate.serving.metrics import Metrics
from amlsec.gate.serving.routes import router
from gate.http.calling import client_of, furnished, served


@pytest.fixture(scope="module", autouse=True)
def _quick_passwords():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="module")
def place(tmp_path_factory, _quick_passwords):
    """A furnished gate, with the routes of its operation."""
    gate = furnished(tmp_path_factory.mktemp("gates") / "gate")
    with client_of(gate, router) as client:
        client.app.state.metrics = Metrics(gate)
        yield served(gate, client)
    gate.close()
