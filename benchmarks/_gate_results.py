"""What the years gave, put together over the sources that turned hostile in turn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from _gate_mails import QUARTER
from numpy.typing import NDArray

from amlsec.evidence import Interval, rate

Weeks = Sequence[Mapping[str, Any]]
"""The weeks of one year, as `_gate_play.as_json` stores them."""
Floats = NDArray[np.float64]
OPEN, GATE, REVIEWED, HONEST = "no gate", "gate", "gate and reviewer", "no attack"
STOPS = ("dictionary",)
"""Attacks whose harm is ham of anybody's that is lost; that of others is what became of the mails they are about."""


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """One year: what attack, from which source, behind which gate."""

    attack: str
    source: str
    gate: str
    begins: int
    weeks: Weeks


def of(years: Sequence[Played], attack: str, gate: str) -> list[Played]:
    """The years of one attack at one door, of the sources that were played with the gate and without it."""
    doors = (OPEN, GATE) if attack else (GATE,)
    played = [{year.source for year in years if (year.attack, year.gate) == (attack, door)} for door in doors]
    both = set.intersection(*played)
    return [year for year in years if (year.attack, year.gate) == (attack, gate) and year.source in both]


def harm(year: Played, *, ensemble: bool = False) -> Floats:
    """The share (weeks,) of the mails he is after that go his way; of an ensemble once a quarter, else NaN."""
    of, wrong = ("ham", "ham_lost") if year.attack in STOPS else ("aims", "aims_met")
    figures = [week["ensemble"] if ensemble else week for week in year.weeks]
    return np.array([found[wrong] / found[of] if found else np.nan for found in figures])


def at_the_end(years: Sequence[Played], *, ensemble: bool = False) -> Interval:
    """The harm that is left when the year ends, over all sources: of the last quarter's ham, or of all mails aimed at."""
    if years[0].attack in STOPS:
        last = [year.weeks[-QUARTER:] if not ensemble else [year.weeks[-1]] for year in years]
        counts = [[(w["ensemble"] if ensemble else w) for w in weeks] for weeks in last]
        lost = float(np.mean([sum(found["ham_lost"] for found in each) for each in counts]))
        return rate(lost, sum(found["ham"] for found in counts[0]))
    ends = [year.weeks[-1]["ensemble"] if ensemble else year.weeks[-1] for year in years]
    return rate(sum(end["aims_met"] for end in ends), sum(end["aims"] for end in ends))


def worst(years: Sequence[Played]) -> tuple[str, float]:
    """The source whose campaign did most at the end, and how much."""
    ends = {year.source: at_the_end([year]).value for year in years}
    return max(ends.items(), key=lambda pair: pair[1])


def delay(year: Played, found: Callable[[Mapping[str, Any]], bool]) -> int | None:
    """Weeks from the campaign's first mail to the first week in which this holds: 0 is at once; None is never."""
    later = [week["week"] for week in year.weeks if week["week"] >= year.begins and found(week)]
    return later[0] - year.begins if later else None


def detections(year: Played) -> dict[str, int | None]:
    """How many weeks the campaign ran until each of these happened; None is never."""
    events: dict[str, Callable[[Mapping[str, Any]], bool]] = {
        "a mail of it held": lambda week: sum(week["hostile"][1:]) > 0,
        "half of a week's held": lambda week: sum(week["hostile"]) > 0 and sum(week["hostile"][1:]) >= week["hostile"][0],
        "a mail of it rejected": lambda week: week["hostile"][2] > 0,
        "source suspended": lambda week: year.source in week["suspended"],
    }
    return {name: delay(year, found) for name, found in events.items()}


def decided(years: Sequence[Played], whose: str) -> tuple[Interval, Interval, Interval]:
    """Of the "hostile" or "innocent" mails of these years, the shares accepted, quarantined and rejected."""
    accepted, held, lost = np.sum([week[whose] for year in years for week in year.weeks], axis=0).tolist()
    total = max(1, accepted + held + lost)
    return rate(accepted, total), rate(held, total), rate(lost, total)


def rejected(years: Sequence[Played]) -> tuple[int, int, int]:
    """How many mails were rejected, how many of these are honest, and how many of these not of who turned hostile."""
    honest = hostile = neighbors = 0
    for year in years:
        for week in year.weeks:
            honest, hostile = honest + week["innocent"][2], hostile + week["hostile"][2]
            neighbors += sum(counts[2] for name, counts in week["by_source"].items() if name != year.source)
    return honest + hostile, honest, neighbors


def by_source(years: Sequence[Played]) -> Iterator[tuple[str, int, Interval, Interval]]:
    """Each source's innocent mails: how many, the share quarantined, the share rejected."""
    for source in sorted(years[0].weeks[0]["by_source"]):
        each = [week["by_source"][source] for year in years for week in year.weeks if source in week["by_source"]]
        accepted, held, lost = np.sum(each, axis=0).tolist()
        total = accepted + held + lost
        yield source, total, rate(held, total), rate(lost, total)


def why_innocent(years: Sequence[Played]) -> Mapping[str, int]:
    """For which reasons innocent mails were not accepted, and how many."""
    counts: Counter[str] = Counter()
    for year in years:
        for week in year.weeks:
            counts.update(week["why_innocent"])
    return {name: count for name, count in counts.most_common() if name not in ("PASSED", "KNOWN")}
