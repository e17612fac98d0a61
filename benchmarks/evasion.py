"""Evasion: ours against peers, on five real tables and six models, in one run; writes docs/evasion-peers.md.

Every attacker changes the same rows of the same fitted model, each row within the same queries, and is judged by the
cheapest change it was seen to win with. The rivals are the Adversarial Robustness Toolbox, foolbox and
adversarial-library; without them their games are left out and said so. A run that was stopped goes on where it was.
`--small` is a run of seconds on two tables.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import _evasion_gradients as gradients
import _evasion_toolbox as toolbox
import numpy as np
from _evasion_cells import DATA, MODELS, Cell, cell
from _evasion_figure import save
from _evasion_page import page
from _evasion_results import Result, by_hand, table

from amlsec.budget import EvasionBudget
from amlsec.catalogue import discover, named
from amlsec.data import BENIGN
from amlsec.engine import Store, Task, Workers, run
from amlsec.errors import NotApplicable
from amlsec.frame import evade

ROWS = {0: 20, 100: 20, 1000: 10, 10000: 2}
"""How many rows of each table and model are attacked with so many queries each."""
AT_MOST = {10000: ("logistic", "forest")}
"""With so many queries, these models only."""
STEPS = 1000
"""How often a gradient attack of a rival sees the model."""
TREES = ("tree", "forest", "boosting")
OURS = {
    "labels": ("label-search", "substitute-transfer"),
    "scores": ("score-search",),
    "gradients": ("linear-exact", "fmn", "apgd", "jsma", "standard-ensemble"),
    "leaves": ("exact-trees", "leaf-regions"),
}
RIVALS = {
    "labels": ("ART HopSkipJump", "ART BoundaryAttack"),
    "scores": ("ART ZooAttack",),
    "gradients": tuple(gradients.RIVALS),
    "leaves": ("ART DecisionTreeAttack",),
}
PACKAGES = {"ART": "art", "foolbox": "foolbox", "adv-lib": "adv_lib"}
DOCS = Path(__file__).resolve().parents[1] / "docs"


@dataclass(frozen=True, slots=True)
class Game:
    """One attacker against one model; queries 0 where he sees the model itself."""

    data: str
    model: str
    access: str
    attacker: str
    queries: int
    rows: int

    @property
    def of(self) -> tuple[str, str, int]:
        """What all attackers of one comparison have in common."""
        return self.data, self.model, self.queries

    @property
    def key(self) -> str:
        return "-".join([*(str(part) for part in astuple(self))]).replace(" ", "_")


def games(data: Sequence[str], models: Sequence[str], rows: Mapping[int, int]) -> Iterator[Game]:
    """All games, those with few queries first."""
    for queries, many in rows.items():
        for model, name in product([one for one in models if one in AT_MOST.get(queries, MODELS)], data):
            for access in ("labels", "scores") if queries else _accesses(model):
                yield from (Game(name, model, access, who, queries, many) for who in (*OURS[access], *RIVALS[access]))


def _accesses(model: str) -> list[str]:
    """How a white-box attacker may look into it."""
    return ["gradients"] * (model in gradients.DIFFERENTIABLE) + ["leaves"] * (model in TREES)


def missing(attacker: str) -> str:
    """Why it cannot play here; empty where it can."""
    package = PACKAGES.get(attacker.partition(" ")[0])
    if package is None:
        return "" if attacker in {card.name for card in discover()} else "no such member"
    return "" if importlib.util.find_spec(package) else f"{package} is not installed"


def play(game: Game) -> dict[str, Any]:
    """What each row's cheapest win cost in the space, and without it; the queries and the time spent."""
    place = cell(game.data, game.model)
    place = replace(place, X=place.X[: game.rows])
    began = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = (_ours if game.attacker in OURS[game.access] else _theirs)(game, place)
        except NotApplicable as error:
            return {"skipped": str(error)}
    return {**found, "seconds": time.process_time() - began, "accuracy": place.accuracy}


def _ours(game: Game, place: Cell) -> dict[str, Any]:
    budget, rng = EvasionBudget(np.inf, game.queries), np.random.default_rng(0)
    evaded = evade(named(game.attacker), place.model, place.X, space=place.space, budget=budget, rng=rng)
    won = place.model.labels(evaded.X) == BENIGN
    cost = np.where(won, evaded.cost, np.inf).tolist()
    return {"cost": cost, "free": cost, "spent": evaded.queries.tolist()}


def _theirs(game: Game, place: Cell) -> dict[str, Any]:
    """The better of two runs: on the model behind the space's projection, and on the model as it is."""
    runs = [_run(game, place, inside) for inside in (True, False)]
    costs = np.array([[best for best, _ in one] for one, _ in runs]).min(axis=0)
    return {"cost": costs.tolist(), "free": [free for _, free in runs[1][0]], "spent": runs[0][1]}


def _run(game: Game, place: Cell, inside: bool) -> tuple[list[tuple[float, float]], list[int]]:
    if game.access == "gradients":
        attack = gradients.RIVALS[game.attacker]
        return gradients.attacked(attack, place, place.X, STEPS, inside), [0] * len(place.X)
    if game.access == "leaves":
        return [toolbox.by_tree(place, x, inside) for x in place.X], [0] * len(place.X)
    rival = toolbox.RIVALS[game.attacker]
    seen = [toolbox.attacked(rival, place, x, game.queries, inside) for x in place.X]
    return [watched.best for watched in seen], [watched.spent for watched in seen]


def results(plan: Sequence[Game], out: Path, minutes: float, jobs: int = 1) -> tuple[list[Result], dict[str, str]]:
    """The games that were played, those of a table, model and budget all or none; and why others were not."""
    absent = {game.attacker: missing(game.attacker) for game in plan}
    reasons = {name: why for name, why in absent.items() if why}
    tasks = [Task(game.key, game) for game in plan if not absent[game.attacker] and not _foreign(game)]
    done: list[Result] = []
    late: set[tuple[str, str, int]] = set()
    for place, (task, found) in enumerate(run(play, tasks, Store(out), workers=Workers(jobs), seconds=60 * minutes)):
        game = task.payload
        if found is None:
            late.add(game.of)
        elif "skipped" not in found:
            done.append(by_hand(game, found, game.attacker in OURS[game.access]))
        if place % 25 == 0:
            print(f"{place + 1} of {len(tasks)} games, last: {task.key}", file=sys.stderr, flush=True)
    reasons |= {f"{model} on {data}, {queries:,} queries": "no time was left" for data, model, queries in sorted(late)}
    done = [one for one in done if (one.data, one.model, one.queries) not in late]
    return done, reasons


def _foreign(game: Game) -> bool:
    """ART's attack on trees takes single trees only; the exact one takes minutes on a forest."""
    return game.attacker in ("ART DecisionTreeAttack", "exact-trees") and game.model != "tree"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a run of seconds on two tables; writes no page")
    parser.add_argument("--minutes", type=float, default=90.0, help="time after which no game is begun")
    parser.add_argument("--out", type=Path, default=Path("amlsec-bench/evasion"), help="folder of the finished games")
    chosen = parser.parse_args()
    data, models, rows = list(DATA), list(MODELS), ROWS
    if chosen.small:
        data, models, rows = ["phishing", "clamp_pe"], ["logistic", "forest"], {0: 5, 100: 5}
    found, reasons = results(list(games(data, models, rows)), chosen.out, chosen.minutes)
    written = page(found, reasons)
    if chosen.small:
        print(written)
        return
    (DOCS / "evasion-peers.md").write_text(written, "utf-8")
    (DOCS / "evasion-peers.csv").write_text(table(found), "utf-8")
    save(found, DOCS / "evasion-peers.svg")


if __name__ == "__main__":
    main()
