"""Pages that open a gate do so as the tests of the gate do: quickly, and with one draw of the trusted rows."""

from gate.conftest import _lent_readers, one_draw, quick_passwords

__all__ = ["_lent_readers", "one_draw", "quick_passwords"]
