"""Membership: ours against peers, on two real tables and five classical models, in one run; writes docs/privacy-peers.md.

Every attacker asks the same fitted model once about each of the same rows and has the same rows of his own; whoever trains
shadow models trains as many. Found is what share of members he finds at so few false claims. The rivals are the Adversarial
Robustness Toolbox and Privacy Meter; without them their games are left out and said so. A run that was stopped goes on where
it was. `--small` is a run of seconds on one table.
"""

from __future__ import annotations

import argparse
import importlib.util
import inspect
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import _membership_art as toolbox
import _membership_meter as meter
import numpy as np
from _membership_cells import DATA, MODELS, cell
from _membership_figure import save
from _membership_page import page
from _membership_results import Result, of, table, told
from threadpoolctl import threadpool_limits

from amlsec.budget import QueryBudget
from amlsec.catalogue import discover, named
from amlsec.engine import Store, Task, Workers, run
from amlsec.frame import recognise

OURS: dict[str, dict[str, int]] = {
    "membership-by-loss": {},
    "calibrated-loss": {},
    "shadow-models": {},
    "lira": {},
    "lira-online": {},
    "lira, 2 models": {"models": 2},
}
"""Ours by name, with what is not their default."""
RIVALS = toolbox.RIVALS | meter.RIVALS
SEEDS = 3
SLOW = {"ART BlackBox nn": (("adult", "naive Bayes", 0), ("adult", "logistic", 0), ("adult", "tree", 0))}
"""Where these play: each of their games takes half a minute."""
DOCS = Path(__file__).resolve().parents[1] / "docs"


@dataclass(frozen=True, slots=True)
class Game:
    """One attacker against one model."""

    data: str
    model: str
    seed: int
    attacker: str

    @property
    def of(self) -> tuple[str, str, int]:
        """What all attackers of one comparison have in common."""
        return self.data, self.model, self.seed

    @property
    def key(self) -> str:
        return "-".join(str(part) for part in astuple(self)).replace(" ", "_")


def games(data: Sequence[str], models: Sequence[str], seeds: int) -> Iterator[Game]:
    """All games, those of one model together."""
    for seed, name, model in product(range(seeds), data, models):
        for who in (*OURS, *RIVALS):
            if (name, model, seed) in SLOW.get(who, [(name, model, seed)]):
                yield Game(name, model, seed, who)


def missing(attacker: str) -> str:
    """Why it cannot play here; empty where it can."""
    if attacker in OURS:
        return "" if _member(attacker) in {card.name for card in discover()} else "no such member"
    if attacker == "PM RMIA":
        return "" if meter.checkout() else "PRIVACY_METER names no checkout of its repository"
    wanted = ["art", "torch"] if attacker.startswith("ART") else ["privacy_meter", "torch", "opacus"]
    absent = [package for package in wanted if importlib.util.find_spec(package) is None]
    return f"{' and '.join(absent)} not installed" if absent else ""


def shadows() -> int:
    """How many shadow models LiRA trains by default; rivals train as many."""
    return int(inspect.signature(named("lira").run).parameters["models"].default)


def play(game: Game) -> dict[str, Any]:
    """What the attacker's guesses find, and the processor's seconds that they took, shadow models included."""
    place = cell(game.data, game.model, game.seed)
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")
        began = time.process_time()
        guesses = (_ours if game.attacker in OURS else _theirs)(game)
        seconds = time.process_time() - began
    return {**told(guesses[: place.members], guesses[place.members :]), "seconds": seconds}


def _member(attacker: str) -> str:
    return attacker.partition(",")[0]


def _ours(game: Game) -> Any:
    place, card = cell(*game.of), named(_member(game.attacker))
    attack = replace(card, run=partial(card.run, **OURS[game.attacker]))
    rng, budget = np.random.default_rng(game.seed), QueryBudget(1)
    return recognise(attack, place.model, place.rows, shadow=place.shadow, budget=budget, rng=rng)


def _theirs(game: Game) -> Any:
    return RIVALS[game.attacker](cell(*game.of), shadows(), game.seed)


def results(plan: Sequence[Game], out: Path, minutes: float) -> tuple[list[Result], dict[str, str]]:
    """The games that were played, the slow ones last, else those of a model all or none; and why others were not."""
    absent = {game.attacker: missing(game.attacker) for game in plan}
    reasons = {name: why for name, why in absent.items() if why}
    played = [game for game in plan if not absent[game.attacker]]
    tasks = [Task(game.key, game) for game in sorted(played, key=lambda game: game.attacker in SLOW)]
    done: list[Result] = []
    late: set[tuple[str, str, int]] = set()
    for place, (task, found) in enumerate(run(play, tasks, Store(out), workers=Workers(1), seconds=60 * minutes)):
        game = task.payload
        if found is None:
            reasons[f"{game.attacker}, {game.model} on {game.data}, seed {game.seed}"] = "no time was left"
            late |= set() if game.attacker in SLOW else {game.of}
        else:
            done.append(of(game, found, game.attacker in OURS))
        print(f"{place + 1} of {len(tasks)} games, last: {task.key}", file=sys.stderr, flush=True)
    return [one for one in done if (one.data, one.model, one.seed) not in late], reasons


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a run of seconds on one table; writes no page")
    parser.add_argument("--minutes", type=float, default=60.0, help="time after which no game is begun")
    parser.add_argument("--out", type=Path, default=Path("amlsec-bench/membership"), help="folder of the finished games")
    chosen = parser.parse_args()
    data, models, seeds = (["adult"], ["naive Bayes", "tree"], 1) if chosen.small else (list(DATA), list(MODELS), SEEDS)
    found, reasons = results(list(games(data, models, seeds)), chosen.out, chosen.minutes)
    written = page(found, reasons, shadows())
    if chosen.small:
        print(written)
        return
    (DOCS / "privacy-peers.md").write_text(written, "utf-8")
    (DOCS / "privacy-peers.csv").write_text(table(found), "utf-8")
    save(found, DOCS / "privacy-peers.svg")


if __name__ == "__main__":
    main()
