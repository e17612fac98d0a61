"""Who does something at the gate, when and why."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass, field
from datetime import UTC, datetime

from amlsec.errors import InvalidInput

LONGEST_WHO, LONGEST_REASON = 200, 2000


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Act:
    """What every entry of the ledger says of its making.

    Attributes
    ----------
    who : "local:NAME" at the command line, "user:NAME" of a person signed in, "token:NAME" of a program, "gate" itself
    why : the reason given, at most 2,000 characters
    when : a time; without a zone it is one in UTC

    Raises InvalidInput where nobody does it, or a text is too long or none that every database holds.
    """

    who: str
    why: str = ""
    when: datetime = field(default_factory=now)

    def __post_init__(self) -> None:
        if not 0 < len(self.who) <= LONGEST_WHO:
            raise InvalidInput("who", self.who, "must name a person, a program or the gate")
        if len(self.why) > LONGEST_REASON:
            raise InvalidInput("why", f"{len(self.why)} characters", f"must be at most {LONGEST_REASON}")
        for what, text in (("who", self.who), ("why", self.why)):
            must_be_text(what, text)

    def must_say_why(self) -> None:
        """Raises InvalidInput where no reason is given."""
        if not self.why.strip():
            raise InvalidInput("why", self.why, "must give a reason, for whoever reads the ledger later")

    @property
    def time(self) -> str:
        """When, as ISO 8601 with microseconds: as text it sorts in order of time."""
        return as_text(self.when)


def here(why: str = "") -> Act:
    """What the person who runs this process does now, by the account's name, else its number: no variable changes it."""
    return Act(f"local:{_account(os.getuid())}", why)


def _account(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:  # as in a container that runs under any number
        return str(number)


def must_be_text(what: str, text: str) -> None:
    """Raises InvalidInput where a text is none that every database holds."""
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise InvalidInput(what, text, "must hold no NUL and no half of a surrogate pair")


def as_text(when: datetime) -> str:
    """A time as the tables hold it: UTC, ISO 8601 with microseconds, which sorts in order of time.

    One without a zone is in UTC. Raises InvalidInput where in UTC it is before the year 1 or after the year 9999.

    >>> as_text(datetime(2026, 3, 1, 12, tzinfo=UTC))
    '2026-03-01T12:00:00.000000+00:00'
    """
    try:
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC).isoformat(timespec="microseconds")
    except OverflowError as error:
        raise InvalidInput("time", when.isoformat(), "must lie in the years 1 to 9999 of UTC") from error
