"""Where a gate and a source stand: the little that must be kept between two submissions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any, Self

from amlsec.gate.judging.sentinel import Watch


@dataclass(frozen=True, slots=True)
class Common:
    """Where the gate stands.

    Attributes
    ----------
    root : trusted rows
    learned : rows of all sources that became training data since, and were not taken back
    batches, rejected : submissions judged in this period of the false rejection rate, and rows rejected in it
    """

    root: int
    learned: int = 0
    batches: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class Own:
    """Where one source stands.

    Attributes
    ----------
    learned : its rows that became training data and were not taken back
    window : the first day of the present window of the growth cap, as days since the year 1 began
    opening : training rows of the gate when the source first sent something in this window
    added : its rows that became training data in this window
    judged, rejected, quarantined : its rows, over all time
    watch : the sentinel's
    """

    learned: int = 0
    window: int = -1
    opening: int = 0
    added: int = 0
    judged: int = 0
    rejected: int = 0
    quarantined: int = 0
    watch: Watch = field(default_factory=Watch)

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        """What `dataclasses.asdict` gave."""
        return cls(**{**said, "watch": Watch.from_json(said["watch"])})


@dataclass(frozen=True, slots=True)
class Standing:
    """Of the gate, and of the source that submits.

    >>> standing = Standing(Common(root=1000))
    >>> Standing.from_json(standing.as_json()) == standing, standing.training
    (True, 1000)
    """

    common: Common
    own: Own = Own()

    @property
    def training(self) -> int:
        """Training rows, trusted ones and all learned."""
        return self.common.root + self.common.learned

    def as_json(self) -> dict[str, Any]:
        """Both parts, `common` to be kept for the gate and `own` for the source."""
        return asdict(self)

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        """What `as_json` gave."""
        return cls(Common(**said["common"]), Own.from_json(said["own"]))

    def learning(self, rows: int) -> Self:
        """After so many more rows of the source became training data: a review's; fewer than 0 were taken back.

        Rows that were taken back leave room for others under the source's share, not under its growth.
        """
        after = self.again(rows)
        return replace(after, own=replace(after.own, added=after.own.added + max(rows, 0)))

    def again(self, rows: int) -> Self:
        """After so many rows that a rollback had taken back are learned again: they were added when they came first."""
        common = replace(self.common, learned=self.common.learned + rows)
        return replace(self, common=common, own=replace(self.own, learned=self.own.learned + rows))

    def at(self, day: date, days: int) -> Self:
        """In the window of this day, windows being so many days long; a new one begins with nothing added.

        None begins twice: where this day is of an earlier one, as when a worker's clock is slow, the present one goes on.
        """
        window = day.toordinal() // days * days
        if window <= self.own.window:
            return self
        return replace(self, own=replace(self.own, window=window, opening=self.training, added=0))

    def cleared(self) -> Self:
        """After a person looked at the source: no longer suspended, and watched from the beginning."""
        return replace(self, own=replace(self.own, watch=Watch()))


def rotated(standing: Standing, root: int) -> Standing:
    """Under another policy or other trusted rows, so many: what spoke against a source still does."""
    own = replace(standing.own, watch=standing.own.watch.elsewhere())
    return Standing(replace(standing.common, root=root), own)
