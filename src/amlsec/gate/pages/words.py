"""Numbers, times and names as a reader wants them."""

from __future__ import annotations

from datetime import UTC, datetime

from amlsec.gate.records import Stands

TONES = {
    Stands.WAITING: "told",
    Stands.ACCEPTED: "good",
    Stands.QUARANTINED: "held",
    Stands.REJECTED: "bad",
    Stands.ROLLED_BACK: "gone",
    "accept": "good",
    "quarantine": "held",
    "reject": "bad",
}
"""Colour and shape of what holds of a submission or a row."""
_STANDS = {Stands.QUARANTINED: "held", "accept": "accepted", "quarantine": "held", "reject": "rejected"}
_KINDS = {"token": " (program)", "local": " (command line)"}


def stands(value: str) -> str:
    """What holds, in a word.

    >>> stands(Stands.QUARANTINED), stands("reject"), stands(Stands.ROLLED_BACK)
    ('held', 'rejected', 'rolled back')
    """
    return _STANDS.get(value, str(value))


def when(time: str) -> str:
    """A time of the ledger, in UTC.

    >>> when("2026-03-05T07:08:09.000001+00:00")
    '5 Mar 2026, 07:08'
    """
    at = datetime.fromisoformat(time).astimezone(UTC)
    return f"{at.day} {at:%b %Y, %H:%M}"


def who(name: str) -> str:
    """Who did it.

    >>> who("user:ada"), who("token:nightly"), who("gate")
    ('ada', 'nightly (program)', 'the gate')
    """
    kind, _, own = name.partition(":")
    return f"{own}{_KINDS.get(kind, '')}" if own else f"the {name}"


def count(number: int, thing: str = "", many: str = "") -> str:
    """A number of things.

    >>> count(1200), count(1, "row"), count(0, "row"), count(2, "entry", "entries")
    ('1,200', '1 row', '0 rows', '2 entries')
    """
    return f"{number:,} {thing if number == 1 else many or thing + 's'}" if thing else f"{number:,}"


def number(value: float | None) -> str:
    """A measured number.

    >>> number(0.00312), number(1234.0), number(-12.34), number(None)
    ('0.0031', '1,234', '−12.3', '–')
    """
    if value is None:
        return "–"
    digits = ".2g" if abs(value) < 1 else ".3g" if abs(value) < 100 else ",.0f"
    return f"{value:{digits}}".replace("-", "−")


def percent(share: float) -> str:
    """A share.

    >>> percent(0.451), percent(0.0004), percent(0.0)
    ('45.1%', '0.04%', '0.0%')
    """
    digits = 2 if 0 < share < 0.001 else 1
    return f"{share:.{digits}%}"
