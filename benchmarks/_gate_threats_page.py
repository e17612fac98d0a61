"""The page docs/gate-threats.md."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from _gate_threats_words import CELLS, HEAD, KNOWS, LEFT, NEXT, TOLD

from amlsec.evidence import rate
from amlsec.standards import of_cell
from amlsec.threat import ThreatModel


def page(
    found: Sequence[Any],
    years: Sequence[Any],
    spreads: Sequence[Any],
    flood: Any,
    others: Sequence[Any],
    probed: Sequence[Any],
) -> str:
    """The page as Markdown."""
    return "\n".join(_page(found, years, spreads, flood, others, probed))


def _page(
    found: Sequence[Any],
    years: Sequence[Any],
    spreads: Sequence[Any],
    flood: Any,
    others: Sequence[Any],
    probed: Sequence[Any],
) -> Iterator[str]:
    yield HEAD
    yield from _cells()
    yield KNOWS
    yield from _insiders(found)
    yield ""
    yield from (_diluted(one) for one in years)
    yield NEXT
    yield from _spreads(spreads)
    yield ""
    yield from _flood(flood)
    yield from (_neighbours(one) for one in others)
    yield f"\n{TOLD}"
    yield from (_probing(one) for one in probed)
    yield f"\n{LEFT}"


def _cells() -> Iterator[str]:
    yield "| what he does | cell | ATLAS | what stands against it |\n|---|---|---|---|"
    for what, axes, answer in CELLS:
        cell = ThreatModel(*axes)
        yield f"| {what} | {cell} | {', '.join(of_cell(cell).atlas)} | {answer} |"


def _insiders(found: Sequence[Any]) -> Iterator[str]:
    knows = list(dict.fromkeys(one.knows for one in found))
    yield f"| mails | {' | '.join(f'knows {who}' for who in knows)} |\n|{'---|' * (1 + len(knows))}"
    for name, each in groupby(sorted(found, key=lambda one: _order(found, one.family)), key=lambda one: one.family):
        own = list(each)
        yield f"| {name} | {' | '.join(_cell([one for one in own if one.knows == who]) for who in knows)} |"


def _order(found: Sequence[Any], family: str) -> int:
    return list(dict.fromkeys(one.family for one in found)).index(family)


def _cell(own: Sequence[Any]) -> str:
    """How many he handed in, the share accepted, and the share of the mails he is after that go his way."""
    tried, accepted = sum(one.tried for one in own), sum(one.accepted for one in own)
    if not tried:
        return "hands in none"
    wrong, of = sum(one.wrong for one in own), sum(one.of for one in own)
    return f"{accepted} of {tried} learned; harm {rate(wrong, of)}"


def _diluted(one: Any) -> str:
    when = "was never suspended" if one.suspended is None else f"was suspended after {one.suspended} weeks"
    return (
        f"**Behind the whole gate**, for a year, a dozen a week of pseudospam with a tenth of the words ({one.source}): "
        f"{one.learned} of {one.mails} learned; the source {when}; {one.most} of his {one.aims} spams passed in the worst "
        f"week, {one.last} in the last."
    )


def _spreads(spreads: Sequence[Any]) -> Iterator[str]:
    yield "| sources | mails of each in a week | weeks until one is suspended |\n|---|---|---|"
    for one in spreads:
        yield f"| {one.sources} | {one.mails} | {one.weeks or 'never in ten years'} |"


def _flood(flood: Any) -> Iterator[str]:
    calm, wild = rate(flood.released, max(flood.held, 1)), rate(flood.released_flooded, max(flood.held_flooded, 1))
    yield (
        f"**A flooded queue.** Of honest mails that are held, a reviewer with time for 30 mails a week releases {calm}; "
        f"while one source sends nothing but dictionary mails, {wild} (of {flood.held} and {flood.held_flooded}): "
        "so many so bad mails are rejected, and wait for nobody. A flood of mails that are held and not rejected, or from a "
        "source that suddenly sends far more than it did, was not measured; the queue has no room of its own for a source."
    )


def _neighbours(one: Any) -> str:
    return (
        f"\n**The neighbours.** Of {one.mails:,} mails of the nine other sources, a campaign of the tenth "
        f"({one.attack}) changed the decision on {one.changed}: {rate(one.changed, one.mails)}; "
        f"{one.rejected} of them were rejected."
    )


def _probing(one: Any) -> str:
    return (
        f"Of {one.held} mails ({one.family}) that were held, {one.reordered} pass when their words come in another order, "
        f"and {one.padded} when a real spam follows them."
    )
