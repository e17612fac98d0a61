"""A year of Enron-Spam in front of the gate, with one reporter in ten hostile, and the page docs/gate-year.md.

Ten reporters hand in their mails week by week, and a SpamBayes filter is trained on what is accepted. One reporter
begins a campaign in week 10: a dictionary, a focused, a pseudospam attack, or a boiling frog. The same year is played
without the gate, with it while nobody looks at what it holds, and with a reviewer; a partition ensemble is trained beside
the filter. A run that was stopped goes on where it was. `--small` is a run of seconds: a short year, one reporter.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from _gate_campaigns import Campaign
from _gate_figure import save
from _gate_keeper import Court, Keeper, Reviewed
from _gate_mails import READERS, WEEKS, enron, year
from _gate_page import page
from _gate_play import Doorkeeper, Open, as_json, played
from _gate_results import GATE, HONEST, OPEN, REVIEWED, Played
from _gate_taken_back import TakenBack, taken_back

from amlsec.engine import Store, Task, run

GROWTH = {"boiling frog": 1.1}
"""How fast a campaign grows from one mail a week; the others begin with all they may."""
CAMPAIGNS = ("dictionary", "focused", "pseudospam", "boiling frog")
REPORTERS = [f"{inbox}a" for inbox in READERS]
"""Who turns hostile, each in a year of his own: one of each inbox, as the other who reads it would do the same."""
DOORS = (HONEST, OPEN, GATE, REVIEWED)
DOCS = Path(__file__).resolve().parents[1] / "docs"


@dataclass(frozen=True, slots=True)
class Game:
    """One year: an attack from a source, or "" and none; what stands at the door; how many weeks."""

    attack: str
    source: str
    gate: str
    weeks: int
    one_in: int = 1

    @property
    def key(self) -> str:
        return "-".join([self.attack or "clean", self.source, self.gate, str(self.weeks)]).replace(" ", "_")

    @property
    def campaign(self) -> Campaign | None:
        """None in a clean year; before an attack that is aimed at certain mails, what becomes of them is seen even then."""
        share = 0.0 if self.gate == HONEST else 0.03
        begins = min(10, 1 + self.weeks // 4)
        told = Campaign(self.attack, self.source, begins, share, GROWTH.get(self.attack, np.inf))
        return told if self.attack else None


def games(attacks: Sequence[str], sources: Sequence[str], weeks: int, one_in: int = 1) -> list[Game]:
    """The clean years, then every attack from every source at every door; of one in so many mails."""
    clean = [Game("", "", gate, weeks, one_in) for gate in DOORS[1:]]
    return clean + [Game(a, source, gate, weeks, one_in) for source in sources for a in attacks for gate in DOORS]


def play(game: Game) -> dict[str, Any]:
    """The weeks of one year."""
    court = _court(game.weeks, game.one_in)
    return as_json(played(court.year, game.campaign, _at_the_door(game, court)))


def _at_the_door(game: Game, court: Court) -> Doorkeeper:
    if game.gate in (OPEN, HONEST):
        return Open()
    return (Keeper if game.gate == GATE else Reviewed)(court, game.campaign)


@cache
def _court(weeks: int, one_in: int) -> Court:
    """One for all games of this process, as most judgements are the same in many of them."""
    return Court(year(enron(one_in), weeks))


def results(plan: Sequence[Game], out: Path, minutes: float) -> tuple[list[Played], list[Game]]:
    """The years that were played, and those for which no time was left."""
    done: list[Played] = []
    late: list[Game] = []
    for place, (task, found) in enumerate(run(play, [Task(g.key, g) for g in plan], Store(out), seconds=60 * minutes)):
        game = task.payload
        if found is None:
            late.append(game)
        else:
            begins = game.campaign.begins if game.campaign else 0
            done.append(Played(game.attack, game.source, game.gate, begins, found["weeks"]))
        print(f"{place + 1} of {len(plan)} years, last: {game.key}", file=sys.stderr, flush=True)
    return done, late


def rollbacks() -> list[tuple[str, TakenBack]]:
    """Campaigns of the first weeks taken back in the real gate, by policy."""
    whole = year(enron())
    focused, dictionary = (Campaign(attack, REPORTERS[0], begins=3) for attack in ("focused", "dictionary"))
    return [
        ("default", taken_back(whole, focused, 5)),
        ("source alone", taken_back(whole, dictionary, 5, 'rule = "provenance"\n[screens.provenance]\n')),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a run of seconds; writes no page")
    parser.add_argument("--minutes", type=float, default=90.0, help="time after which no year is begun")
    parser.add_argument("--out", type=Path, default=Path("amlsec-bench/gate-year"), help="folder of the finished years")
    chosen = parser.parse_args()
    plan = games(["pseudospam"], ["enron1a"], 4, 8) if chosen.small else games(CAMPAIGNS, REPORTERS, WEEKS)
    found, late = results(plan, chosen.out, chosen.minutes)
    if chosen.small:
        print(page(found, len(late)))
        return
    written = page(found, len(late), rollbacks())
    (DOCS / "gate-year.md").write_text(written, "utf-8")
    save(found, DOCS / "gate-year.svg")


if __name__ == "__main__":
    main()
