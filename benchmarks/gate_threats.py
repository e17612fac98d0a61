"""Attackers who know the gate, on the mails of the year (`gate_year.py`), and the page docs/gate-threats.md.

Mails of many strengths are tried on copies of the gate by attackers who know nothing, the policy, the trusted mails, or
these and the secret of their split; a filter then learns what the gate accepts. Small harms are spread over few and many
sources; the queue is flooded; what one source does to the decisions on another's mails is counted; and what a submitter is
told is used to pass. `--small` is a run of seconds.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from _gate_campaigns import Campaign, handed_in
from _gate_insiders import AT, FAMILIES, Outcome, accepted, outcomes
from _gate_keeper import Court, Keeper, Reviewed
from _gate_mails import OFFERED, enron, year
from _gate_play import played
from _gate_threats_page import page

from amlsec.data import MALICIOUS, texts
from amlsec.evidence import Decision
from amlsec.gate.judging.judged import Judged
from amlsec.gate.judging.sentinel import Watch
from amlsec.gate.judging.tally import tally

WRITTEN = 300
"""Mails that an attacker writes, of each kind."""
DOCS = Path(__file__).resolve().parents[1] / "docs"


@dataclass(frozen=True, slots=True)
class Spread:
    """Small harms from some sources: mails of each in a week, and weeks until the sentinel has it; None is never."""

    sources: int
    mails: int
    weeks: int | None


@dataclass(frozen=True, slots=True)
class Flood:
    """Honest mails that were held over the year and of these released, without and with a flood of the queue."""

    held: int
    released: int
    held_flooded: int
    released_flooded: int


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What a campaign did to the mails of the nine others: decisions on them, and those that were not as without it."""

    attack: str
    mails: int
    changed: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Diluted:
    """A year of pseudospam with a tenth of the words.

    Attributes
    ----------
    mails, learned : hostile ones handed in, and learned
    suspended : weeks until its source was; None is never
    most, last, aims : of so many spams to come those that pass in the worst week, and in the last
    """

    source: str
    mails: int
    learned: int
    suspended: int | None
    most: int
    last: int
    aims: int


@dataclass(frozen=True, slots=True)
class Probing:
    """Mails that the gate held, and how many passed when their words came in another order, or with a real spam more."""

    family: str
    held: int
    reordered: int
    padded: int


def spreads(court: Court, mails: int, most: int = 520) -> list[Spread]:
    """The mails of a week of one source, from ever more sources, none with an honest mail beside them."""
    family = next(one for one in FAMILIES if one.name == "focused")
    written = family.write(court.year, Campaign(family.attack, court.year.sources[0]), 400, np.random.default_rng(3))
    judged = court.panel(AT).judge(written)
    return [Spread(sources, mails // sources, _until(court, judged, mails // sources, most)) for sources in (1, 3, mails)]


def _until(court: Court, judged: Judged, each: int, most: int) -> int | None:
    """Weeks until one source is suspended that sends so many of these mails in each, drawn anew."""
    watch, rng = Watch(), np.random.default_rng(5)
    for week in range(1, most + 1):
        drawn = judged.rows(rng.choice(len(judged), each, replace=False))
        watch = watch.seen(tally([drawn]), court.policy.sentinel)
        if watch.suspended:
            return week
    return None


def flood(court: Court, source: str) -> Flood:
    """A source whose mails are all of a dictionary attack, and a reviewer with time for 30 mails a week."""
    calm = played(court.year, None, Reviewed(court))
    campaign = Campaign("dictionary", source, begins=1, share=0.2)
    wild = played(court.year, campaign, Reviewed(court, campaign))
    counts = [(sum(week.innocent[1] for week in weeks), sum(week.released for week in weeks)) for weeks in (calm, wild)]
    return Flood(*counts[0], *counts[1])


def neighbours(court: Court, source: str, attack: str) -> Neighbours:
    """The decisions of a year on all others' mails, with the campaign and without."""
    campaign = Campaign(attack, source)
    calm, wild = Keeper(court), Keeper(court, campaign)
    mails = changed = rejected = 0
    for week in range(1, court.year.weeks + 1):
        for one in court.year.sources:
            before = calm.decide(court.year, week, handed_in(court.year, None, one, week, None)).decision
            after = wild.decide(court.year, week, handed_in(court.year, campaign, one, week, None)).decision
            if one != source:
                mails, changed = mails + len(before), changed + int((before != after).sum())
                rejected += int((after == Decision.REJECT).sum())
    return Neighbours(attack, mails, changed, rejected)


def probing(court: Court, source: str, name: str, write: int) -> Probing:
    """What is held is written again, twice, and tried once more."""
    rng = np.random.default_rng(11)
    family = next(one for one in FAMILIES if one.name == name)
    mails = family.write(court.year, Campaign(family.attack, source), write, rng)
    held = mails.rows(~accepted(court.panel(AT), mails.from_source(source)))
    spam = court.year.mails.rows(court.year.which(OFFERED, 1, source)).labelled(MALICIOUS).X
    shuffled = [" ".join(rng.permutation(mail.split())) for mail in held.X]
    longer = [f"{mail} {rng.choice(spam)}" for mail in held.X]
    passed = [
        int(accepted(court.panel(AT), replace(held, X=texts(each)).from_source(source)).sum()) for each in (shuffled, longer)
    ]
    return Probing(name, len(held), *passed)


def diluted(court: Court, source: str) -> Diluted:
    """A year of pseudospam with a tenth of the words, behind the whole gate."""
    campaign = Campaign("diluted pseudospam", source)
    weeks = played(court.year, campaign, Keeper(court, campaign))
    hostile = [week.hostile for week in weeks]
    suspended = next((week.week - campaign.begins for week in weeks if source in week.suspended), None)
    most = max(week.aims_met for week in weeks)
    return Diluted(
        source, sum(map(sum, hostile)), sum(one[0] for one in hostile), suspended, most, weeks[-1].aims_met, weeks[-1].aims
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a run of seconds; writes no page")
    chosen = parser.parse_args()
    court = Court(year(enron(4), 20) if chosen.small else year(enron()))
    sources = court.year.sources[:1]
    write = 40 if chosen.small else WRITTEN
    found: list[Outcome] = [one for source in sources for one in outcomes(court, source, WRITTEN, write)]
    others = [neighbours(court, sources[0], attack) for attack in ("pseudospam", "dictionary")]
    probed = [probing(court, sources[0], "focused", write)]
    years = [diluted(court, source) for source in sources]
    text = page(found, years, spreads(court, 12), flood(court, sources[0]), others, probed)
    if chosen.small:
        print(text)
        return
    (DOCS / "gate-threats.md").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
