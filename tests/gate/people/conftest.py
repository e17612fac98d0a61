"""An empty gate, with passwords that are quick to check."""

import pytest
from argon2 import PasswordHasher

from amlsec.gate.people import passwords
from gate.begun import begun


@pytest.fixture(scope="module")
def quick_passwords():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="module")
def gate(tmp_path_factory):
    made = begun(tmp_path_factory.mktemp("gates") / "gate")
    yield made
    made.close()
