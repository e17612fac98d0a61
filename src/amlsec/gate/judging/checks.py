"""The checks of a submission: what each measured, and beyond which limit it fires."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from amlsec.gate.judging.caps import room_of_growth, room_of_share
from amlsec.gate.judging.findings import Findings
from amlsec.gate.judging.sentinel import Watch, limit
from amlsec.gate.judging.standing import Common, Standing
from amlsec.gate.judging.tally import Tally
from amlsec.gate.judging.whole import whole_p
from amlsec.gate.policy import Policy
from amlsec.online_fdr import OnlineFDR

_MOST_NAMED = 20


class Why(IntEnum):
    """Why a row was decided on as it was."""

    PASSED = 0
    KNOWN = 1
    OTHERWISE = 2
    FOUND = 3
    SCREENS = 4
    WORST = 5
    WHOLE = 6
    SUSPENDED = 7
    TURNED = 8
    SHARE = 9
    GROWTH = 10


SAID = {
    Why.PASSED: "passed every check",
    Why.KNOWN: "stands among the trusted rows already, and adds nothing",
    Why.OTHERWISE: "stands among the trusted rows under the other label",
    Why.FOUND: "is worse than trusted rows are, at the rate of false rejections that the policy allows",
    Why.SCREENS: "is held back by the screens",
    Why.WORST: "is among the most harmful rows, compared with trusted ones",
    Why.WHOLE: "came with rows that are, taken together, more harmful than trusted ones",
    Why.SUSPENDED: "comes from a source that is suspended, as its small harms add up",
    Why.TURNED: "came with rows that would turn a protected row wrong",
    Why.SHARE: "is over the source's share of the training data",
    Why.GROWTH: "is over what the source may add in these days",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a submission.

    Attributes
    ----------
    why : what it gives as a reason
    value : what was measured
    limit : where it fires
    fired : whether it did
    says : the same in words
    of_all : whether it judges the submission as a whole
    rows : how many rows it decided on
    """

    why: Why
    value: float
    limit: float
    fired: bool
    says: str
    of_all: bool = False
    rows: int = 0

    @property
    def name(self) -> str:
        """Its name in a word."""
        return self.why.name.lower()


class Cap(NamedTuple):
    """A cap's check, and how many rows it leaves room for; None is any number."""

    check: Check
    room: int | None


def stream(common: Common, policy: Policy) -> OnlineFDR:
    """The stream of submissions, where it stands."""
    rates = policy.rates
    return OnlineFDR(rates.false_rejection, rates.period, common.batches % rates.period, common.rejected)


def of_rows(tally: Tally, common: Common, policy: Policy) -> Iterator[Check]:
    """The checks that decide row by row."""
    now, p, most = stream(common, policy), tally.p, policy.rates.quarantine
    lowest, level = float(p.values.min(initial=1.0)), now.level(max(p.rows, 1))
    count, worst = p.upto(now.judge_counted(*p)[0]), p.upto(most)
    told = f"rows found at a false discovery rate of {level:.2g}: {count}; the smallest p-value is {lowest:.2g}"
    yield Check(Why.FOUND, lowest, level, bool(count), told)
    told = f"rows that the screens ({policy.rule}) hold back: {tally.held}"
    yield Check(Why.SCREENS, tally.held, 0, tally.held > 0, told)
    yield Check(Why.WORST, lowest, most, worst > 0, f"rows with p-values of at most {most:.2g}: {worst}")
    told = f"rows that the trusted ones hold under the other label: {tally.otherwise}"
    yield Check(Why.OTHERWISE, tally.otherwise, 0, tally.otherwise > 0, told)


def of_all(found: Findings, watch: Watch, source: str, policy: Policy) -> Iterator[Check]:
    """The checks that decide on all of the submission."""
    p, most = whole_p(found.tally, policy.whole.tolerance), policy.whole.level
    told = f"rows so harmful on average have a chance of {p:.2g} if they are like trusted ones, limit {most:.2g}"
    yield Check(Why.WHOLE, p, most, p < most, told, of_all=True)
    reach = limit(policy.sentinel.level)
    told = f"the evidence against {source!r} is {watch.strength:.2f} over {watch.submissions} submissions, limit {reach:.2f}"
    yield Check(Why.SUSPENDED, watch.strength, reach, watch.suspended, told, of_all=True)
    turned, more = len(found.turned), " ..." if len(found.turned) > _MOST_NAMED else ""
    named = f" ({', '.join(map(str, found.turned[:_MOST_NAMED]))}{more})" if turned else ""
    yield Check(Why.TURNED, turned, 0, turned > 0, f"protected rows that turn wrong: {turned}{named}", of_all=True)


def of_caps(standing: Standing, passing: int, source: str, policy: Policy) -> Iterator[Cap]:
    """The checks of how much a source gives, each for so many rows as pass all checks before it."""
    caps, own = policy.caps, standing.own
    room = room_of_share(standing, caps)
    share = (own.learned + passing) / max(standing.training + passing, 1)
    told = f"{source!r} would have {share:.1%} of the training data, limit {caps.share:.1%} or {caps.floor} rows"
    yield Cap(Check(Why.SHARE, share, caps.share, _over(passing, room), told), room)
    left = passing if room is None else min(passing, room)
    room = room_of_growth(standing, caps)
    growth = (own.added + left) / max(own.opening, 1)
    told = f"{source!r} would add {growth:.1%} of the training data in {caps.days} days, limit {caps.growth:.1%}"
    yield Cap(Check(Why.GROWTH, growth, caps.growth, _over(left, room), f"{told} or {caps.floor} rows"), room)


def _over(rows: int, room: int | None) -> bool:
    return room is not None and rows > room
