"""The page docs/privacy-peers.md: who found how much how fast, where ours is not ahead, the settings."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from _membership_results import RATES, Pooled, Result, ahead, best, pooled
from _membership_words import AFTER, HEAD, SETTINGS
from _point import of_duels

LIRA, ONLINE = "lira", "lira-online"
TIMES = 10
"""How many times faster ours is meant to be."""


def page(results: Sequence[Result], reasons: Mapping[str, str], shadows: int) -> str:
    """The page as Markdown."""
    return "\n".join(_page(results, reasons, shadows)) + "\n"


def _page(results: Sequence[Result], reasons: Mapping[str, str], shadows: int) -> Iterator[str]:
    duels = list(_duels(results))
    yield HEAD.format(point=of_duels(duels), shadows=shadows)
    yield (
        f"{len(results)} games of {date.today().isoformat()}; {sum(one.seconds for one in results) / 60:.0f} minutes of "
        f"processor time, a shared machine of 2 cores ({platform.machine()}), Python {platform.python_version()}.\n"
    )
    yield from (f"* Not played: {name}: {why}." for name, why in reasons.items())
    yield "\n![Members found against false claims](privacy-peers.svg)\n"
    yield "## Ours against the best peer\n"
    yield from duels
    yield "\n## How fast, at as much found\n"
    yield from _equals(results)
    yield f"\n## How fast: how many times as long as our `{LIRA}` each peer takes, whatever it finds\n"
    yield from _speeds(results)
    yield "\n## Every attacker\n"
    yield from _all(results)
    yield f"\n{AFTER}\n\n{SETTINGS}"


def _places(results: Sequence[Result]) -> list[tuple[str, str]]:
    return list(dict.fromkeys((one.data, one.model) for one in results))


def rates(results: Sequence[Result]) -> list[float]:
    """The rates at which every game could be measured, the lowest first."""
    return [rate for rate in RATES if all(rate in one.found for one in results)]


def _duels(results: Sequence[Result]) -> Iterator[str]:
    """Our `lira` as it is, though another of ours may find more, against whoever of the peers finds most."""
    yield f"| false claims | data | model | {LIRA} | best peer | found | ahead by, points | |\n|{'---|' * 8}"
    for rate in rates(results):
        for place in _places(results):
            found = pooled(results, *place)
            ours, theirs = [one for one in found if one.attacker == LIRA], [one for one in found if not one.ours]
            if ours and theirs:
                yield f"| {' | '.join([f'{rate:.1%}', *place, *_duel(ours[0], best(theirs, rate), rate)])} |"


def _duel(ours: Pooled, theirs: Pooled, rate: float) -> list[str]:
    more = ahead(ours, theirs, rate)
    mark = "ahead" if more.low > 0 else "**behind**" if more.high < 0 else "level"
    shown = [f"{ours.found(rate).value:.1%}", theirs.attacker, f"{theirs.found(rate).value:.1%}"]
    return [*shown, str(more).replace("%", ""), mark]


def _equals(results: Sequence[Result]) -> Iterator[str]:
    """The peer that finds most, and the quickest of ours that finds at least as much."""
    yield f"| false claims | data | model | best peer | found | seconds | ours | found | seconds | times |\n|{'---|' * 10}"
    for rate in rates(results):
        for place in _places(results):
            found = pooled(results, *place)
            theirs = [one for one in found if not one.ours]
            if theirs:
                yield f"| {' | '.join([f'{rate:.1%}', *place, *_equal(found, best(theirs, rate), rate)])} |"


def _equal(found: Sequence[Pooled], peer: Pooled, rate: float) -> list[str]:
    least = peer.found(rate).value
    told = [peer.attacker, f"{least:.1%}", f"{peer.seconds:.2f}"]
    if not least:
        return [*told, "no peer finds any", "", "", ""]
    enough = [one for one in found if one.ours and one.found(rate).value >= least]
    if not enough:
        return [*told, "none of ours finds as much", "", "", ""]
    quickest = min(enough, key=lambda one: one.seconds)
    times = peer.seconds / quickest.seconds
    return [*told, quickest.attacker, f"{quickest.found(rate).value:.1%}", f"{quickest.seconds:.2f}", f"{times:.1f}"]


def _speeds(results: Sequence[Result]) -> Iterator[str]:
    peers = list(dict.fromkeys(one.attacker for one in results if not one.ours))
    heads = ["data", "model", f"{LIRA}, seconds", f"{ONLINE}, seconds", *peers]
    yield f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}"
    for place in _places(results):
        by_name = {one.attacker: one for one in pooled(results, *place)}
        own = [f"{by_name[name].seconds:.2f}" if name in by_name else "" for name in (LIRA, ONLINE)]
        yield f"| {' | '.join([*place, *own, *(_times(by_name, peer) for peer in peers)])} |"


def _times(by_name: Mapping[str, Pooled], peer: str) -> str:
    if peer not in by_name or LIRA not in by_name:
        return ""
    times = by_name[peer].seconds / by_name[LIRA].seconds
    return f"**{times:.0f} x**" if times >= TIMES else f"{times:.1f} x"


def _all(results: Sequence[Result]) -> Iterator[str]:
    measured = rates(results)
    heads = " | ".join(f"found at {rate:.1%}" for rate in measured)
    yield f"| data | model | attacker | {heads} | seconds |\n|{'---|' * (4 + len(measured))}"
    for place in _places(results):
        for one in pooled(results, *place):
            name = f"**{one.attacker}**" if one.ours else one.attacker
            yield f"| {' | '.join([*place, name, *(str(one.found(rate)) for rate in measured), f'{one.seconds:.2f}'])} |"
