"""The page docs/gate-year.md: what was played, the harm, how soon it was seen, what honest people lost, taking it back."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import numpy as np
from _gate_results import (
    GATE,
    HONEST,
    OPEN,
    REVIEWED,
    STOPS,
    Played,
    at_the_end,
    by_source,
    decided,
    detections,
    of,
    rejected,
    why_innocent,
    worst,
)
from _gate_words import BACK, HEAD, HOW

DOORS = (HONEST, OPEN, GATE, REVIEWED)


def page(years: Sequence[Played], late: int, taken_back: Sequence[Any] = ()) -> str:
    """The page as Markdown; `late` years were not played for want of time, `taken_back` is what rollbacks came to."""
    return "\n".join(_page(years, late, taken_back))


def _page(years: Sequence[Played], late: int, taken_back: Sequence[Any]) -> Iterator[str]:
    yield HEAD
    yield f"{len(years)} years, played on {date.today().isoformat()} with Python {platform.python_version()}."
    if late:
        yield f"{late} more were planned, and not played for want of time."
    yield "\n![Harm by week](gate-year.svg)\n"
    yield "## What the campaigns did\n"
    yield from _harm(years)
    yield "\n## How soon it was seen\n"
    yield from _delays(years)
    yield "\n## What honest reporters lost\n"
    yield from _innocents(years)
    if taken_back:
        yield BACK
        yield from _taken_back(taken_back)
    yield f"\n{HOW}"


def attacks(years: Sequence[Played]) -> list[str]:
    """The attacks that were played, in their order."""
    return list(dict.fromkeys(year.attack for year in years if year.attack))


def _harm(years: Sequence[Played]) -> Iterator[str]:
    heads = ("attack, measured", "at the door", "sources", "harm", "worst source", "with a partition ensemble")
    yield f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}"
    for attack in attacks(years):
        measured = "ham lost, last quarter" if attack in STOPS else "mails that go his way, last week"
        for gate in DOORS:
            here = of(years, attack, gate)
            if here:
                name, most = worst(here)
                cells = [f"{attack}: {measured}", gate, str(len(here)), str(at_the_end(here)), f"{most:.0%} ({name})"]
                yield f"| {' | '.join([*cells, str(at_the_end(here, ensemble=True))])} |"


def _delays(years: Sequence[Played]) -> Iterator[str]:
    """Medians over the sources, and how many campaigns were ever seen so."""
    named = list(detections(years[0]))
    yield f"| attack | mails of it learned | {' | '.join(named)} |\n|{'---|' * (2 + len(named))}"
    for attack in attacks(years):
        here = of(years, attack, GATE)
        if here:
            found = [[detections(year)[name] for year in here] for name in named]
            learned = f"{decided(here, 'hostile')[0].value:.1%}"
            yield f"| {' | '.join([attack, learned, *(_median(weeks) for weeks in found)])} |"


def _median(weeks: Sequence[int | None]) -> str:
    known = [week for week in weeks if week is not None]
    if not known:
        return f"never in {len(weeks)}"
    return f"{np.median(known):g} weeks (at most {max(known)}), {len(known)} of {len(weeks)}"


def _innocents(years: Sequence[Played]) -> Iterator[str]:
    clean = of(years, "", GATE)
    if not clean:
        return
    _, held, lost = decided(clean, "innocent")
    released = sum(week["released"] for year in of(years, "", REVIEWED) for week in year.weeks)
    yield f"A year without any attack: quarantined {held}, rejected {lost}; {released} released by the reviewer.\n"
    yield f"Reasons: {', '.join(f'{name.lower()} {count}' for name, count in why_innocent(clean).items())}.\n"
    yield "| source | mails | quarantined | rejected |\n|---|---|---|---|"
    for name, total, here, lost in by_source(clean):
        yield f"| {name} | {total:,} | {here} | {lost} |"
    yield "\nUnder attack, the honest mails of all sources, and how many of all rejected mails are honest:\n"
    yield "| attack | quarantined | rejected | rejected, honest | honest, of other sources |\n|---|---|---|---|---|"
    for attack in attacks(years):
        here = of(years, attack, GATE)
        if here:
            _, *shares = decided(here, "innocent")
            yield f"| {' | '.join(map(str, [attack, *shares, *_of_rejected(here)]))} |"


def _of_rejected(years: Sequence[Played]) -> tuple[str, int]:
    total, honest, neighbors = rejected(years)
    return f"{total}, {honest}", neighbors


def _taken_back(found: Sequence[Any]) -> Iterator[str]:
    heads = (
        "campaign",
        "policy",
        "its mails learned, hostile",
        "tainted snapshots named",
        "largest difference of scores, same decisions",
        "rows that differ from the gate that never saw it",
        "verdicts that differ",
        "ham lost before, after",
    )
    yield f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}"
    for policy, one in found:
        cells = (
            one.campaign,
            policy,
            f"{one.learned}, {one.hostile}",
            f"{one.tainted[0]} of {one.tainted[1]}",
            f"{one.same_rows:g}",
            f"{one.differ} of {sum(one.rows):,}",
            f"{one.verdicts} of {one.tests:,}",
            f"{one.lost}, {one.lost_after} of {one.ham:,}",
        )
        yield f"| {' | '.join(cells)} |"
