"""The table of a bench: what each defense leaves of each attack, and what that shows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from amlsec.catalogue import Card
from amlsec.evaluation.results import Results, defended
from amlsec.evaluation.severity import LEAST
from amlsec.evidence import MEDIUM_HARM, Interval, Severity


class Mark(StrEnum):
    """What was shown of a defense against an attack, by measurement alone.

    ::

        holds               at most 10 % harm is left by both attackers, the one who knows the defense included, and less
                            than without it; the whole interval says so
        helps               less harm is left than without it, beyond chance, but more than that
        breaks adaptively   the attacker who does not know it is stopped or hindered, the one who does is not
        breaks              harm is left beyond chance, and no less than without it that could be told from chance
        not shown           what is left can be told neither from none nor from the harm alone: too few rows were there
        not run             one of the two attackers was not played
        not applicable      the attack alone is not shown to do harm of 2 % at least
    """

    HOLDS = "holds"
    HELPS = "helps"
    BREAKS_ADAPTIVELY = "breaks adaptively"
    BREAKS = "breaks"
    NOT_SHOWN = "not shown"
    NOT_RUN = "not run"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Row:
    """One attack at one share on one data set, alone or behind one defense.

    Attributes
    ----------
    alone : harm where nothing defends
    blind, knowing : harm left by an attacker who does not know the defense, and by one who does
    seeds : how often the game was repeated, by the attacker who was played less often
    innocents : the share of innocent rows that a screen does not accept
    price : how many more clean rows are judged wrongly
    because : why something was not measured
    """

    data: str
    attack: str
    share: float
    alone: Interval
    defense: str = ""
    blind: Interval | None = None
    knowing: Interval | None = None
    innocents: Interval | None = None
    price: Interval | None = None
    trials: int = 0
    seeds: int = 0
    mark: Mark = Mark.NOT_RUN
    because: str = ""

    @property
    def left(self) -> Interval:
        """What the stronger of the attackers played gains; without a defense, the harm alone."""
        played = [found for found in (self.blind, self.knowing) if found]
        return max(played, key=lambda found: found.value) if played else self.alone


def does_harm(alone: Interval) -> bool:
    """Whether there is harm to answer: the whole interval lies above 2 %, from where an audit calls it low."""
    return alone.low >= LEAST[Severity.LOW]


def percent(share: float) -> str:
    """A share as it was asked for.

    >>> percent(0.07), percent(0.005)
    ('7%', '0.5%')
    """
    return f"{100 * share:.6g}%"


def alone(data: str, card: Card, share: float, results: Results) -> Row | None:
    """The row of an attack without a defense; None where it was not measured."""
    outcomes, found = results.of(card.name, scale=share), results.harm(card.name, share)
    if found is None:
        return None
    harmful = Mark.BREAKS if does_harm(found) else Mark.NOT_APPLICABLE
    return Row(data, card.name, share, found, trials=outcomes[0].trials, seeds=len(outcomes), mark=harmful)


_NO_TRIALS = "no row was left to attack"


def behind(base: Row, card: Card, defense: str, results: Results) -> Row:
    """The row of the same attack behind a defense."""
    outcomes = results.of(card.name, defense, base.share)
    if not outcomes:
        why = results.why(card.name, defense, base.share) or _NO_TRIALS
        return replace(base, defense=defense, trials=0, seeds=0, mark=Mark.NOT_RUN, because=why)
    found = defended(card, defense, results, base.share)
    knowing = results.of(card.name, defense, base.share, adaptive=True)
    return replace(
        base,
        defense=defense,
        blind=found.harm,
        knowing=found.adaptive,
        innocents=found.innocents,
        price=found.price,
        trials=found.trials,
        seeds=min(len(outcomes), len(knowing) or len(outcomes)),
        mark=mark(base.alone, found.harm, found.adaptive),
        because="" if knowing else results.why(card.name, defense, base.share, adaptive=True) or _NO_TRIALS,
    )


def mark(alone: Interval, blind: Interval, knowing: Interval | None) -> Mark:
    """What these measurements show.

    >>> from amlsec.evidence import rate
    >>> mark(rate(80, 100), rate(1, 100), rate(70, 100))
    <Mark.BREAKS_ADAPTIVELY: 'breaks adaptively'>
    """
    if not does_harm(alone):
        return Mark.NOT_APPLICABLE
    first = _stands(alone, blind)
    if knowing is None:
        return Mark.BREAKS if first == Mark.BREAKS else Mark.NOT_RUN
    second = _stands(alone, knowing)
    if second == Mark.BREAKS and first in (Mark.HOLDS, Mark.HELPS):
        return Mark.BREAKS_ADAPTIVELY
    return max(first, second, key=list(_WORSE).index)


_WORSE = (Mark.HOLDS, Mark.HELPS, Mark.NOT_SHOWN, Mark.BREAKS)


def _stands(alone: Interval, left: Interval) -> Mark:
    enough = min(MEDIUM_HARM, alone.low)
    if left.high < enough:
        return Mark.HOLDS
    if left.high < alone.low:
        return Mark.HELPS
    return Mark.BREAKS if left.low > 0 else Mark.NOT_SHOWN
