"""Pages that open a gate do so as the tests of the gate do: quickly, and with one draw of the trusted rows."""

import pytest

from gate.conftest import _lent_readers, one_draw, quick_passwords

__all__ = ["_lent_readers", "one_draw", "quick_passwords"]


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The site of the documentation, built."""
    from pages.site import built

    return built(tmp_path_factory.mktemp("site"))
