"""An empty gate."""

import pytest

from gate.begun import begun


@pytest.fixture(scope="module")
def gate(tmp_path_factory):
    made = begun(tmp_path_factory.mktemp("gates") / "gate")
    yield made
    made.close()
