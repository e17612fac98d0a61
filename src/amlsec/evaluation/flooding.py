"""How many rows drown an alarm: what raises its rate to a level, and what its readers no longer keep up with."""

from __future__ import annotations

import math
from dataclasses import dataclass

from amlsec.errors import InvalidInput
from amlsec.evidence import Interval


@dataclass(frozen=True, slots=True)
class Watch:
    """An alarm and those who read it.

    Attributes
    ----------
    rows : rows a day without the attack, above 0
    rate : the share of them that raise an alarm, in [0, 1]
    read : how many alarms are read a day, above 0

    Raises InvalidInput, naming the argument, where a value breaks these rules.
    """

    rows: float
    rate: float
    read: float

    def __post_init__(self) -> None:
        _require("rows", self.rows, 0 < self.rows < math.inf, "must be above 0 and finite")
        _require("rate", self.rate, 0 <= self.rate <= 1, "must lie in [0, 1]")
        _require("read", self.read, 0 < self.read < math.inf, "must be above 0 and finite")

    def alarms(self, sent: float, raised: float) -> float:
        """Alarms a day while so many rows are sent, of which this share raises one."""
        return self.rows * self.rate + sent * raised

    def seen(self, sent: float, raised: float) -> float:
        """The chance that an alarm is read on its day, where those that are read are drawn from all.

        >>> Watch(rows=10_000, rate=0.01, read=150).seen(sent=1000, raised=0.5)
        0.25
        """
        alarms = self.alarms(sent, raised)
        return 1.0 if alarms <= self.read else self.read / alarms

    def waiting(self, sent: float, raised: float, days: float) -> float:
        """How many days an alarm waits that comes in after so many days of flood, where they are read in turn.

        What is not read grows by the alarms less those read, each day: `days (alarms / read - 1)`, the fluid limit of the
        queue, without the attack's beginning counted.
        """
        return days * max(self.alarms(sent, raised) / self.read - 1.0, 0.0)


def rows_to_level(watch: Watch, level: float, raised: float) -> float:
    """How many rows a day raise the share of rows that alarm to `level`, in (0, 1); infinity where none do.

    From (rows rate + sent raised) / (rows + sent) = level. 0 where it is there already.

    >>> rows_to_level(Watch(rows=10_000, rate=0.01, read=150), level=0.1, raised=0.5)
    2250.0
    """
    _require("level", level, 0 < level < 1, "must lie in (0, 1)")
    if watch.rate >= level:
        return 0.0
    return watch.rows * (level - watch.rate) / (raised - level) if raised > level else math.inf


def rows_to_drown(watch: Watch, seen: float, raised: float) -> float:
    """How many rows a day leave an alarm only this chance, in (0, 1), to be read on its day; infinity where none do.

    >>> rows_to_drown(Watch(rows=10_000, rate=0.01, read=150), seen=0.25, raised=0.5)
    1000.0
    """
    _require("seen", seen, 0 < seen < 1, "must lie in (0, 1)")
    missing = watch.read / seen - watch.rows * watch.rate
    if missing <= 0:
        return 0.0
    return missing / raised if raised > 0 else math.inf


def over(found: Interval, of: Watch, level: float) -> Interval:
    """`rows_to_level` for a measured share of rows that alarm: the more of them do, the fewer are needed."""
    value, most, least = (rows_to_level(of, level, end) for end in (found.value, found.low, found.high))
    return Interval(value, least, most, found.confidence)


def _require(name: str, value: float, holds: bool, rule: str) -> None:
    if not holds:
        raise InvalidInput(name, value, rule)
