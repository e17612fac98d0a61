"""A gate with mails, made once and copied for each test that changes it."""

import shutil

import pytest

from amlsec.gate.service import Gate
from gate.pages.mails import furnished
from gate.pages.reader import Reader


@pytest.fixture(scope="session")
def furnished_home(tmp_path_factory, quick_passwords):
    folder = tmp_path_factory.mktemp("gates") / "gate"
    furnished(folder).close()
    return folder


@pytest.fixture
def gate(furnished_home, tmp_path):
    folder = shutil.copytree(furnished_home, tmp_path / "gate")
    gate = Gate.open(folder)
    yield gate
    gate.close()


@pytest.fixture
def two_persons(furnished_home, tmp_path):
    """The same, where two must say the same."""
    folder = shutil.copytree(furnished_home, tmp_path / "gate")
    with (folder / "gate.toml").open("a") as file:
        file.write("\n[review]\npersons = 2\n")
    gate = Gate.open(folder)
    yield gate
    gate.close()


@pytest.fixture
def ada(gate):
    return Reader(gate, "ada")


@pytest.fixture
def ines(gate):
    return Reader(gate, "ines")
