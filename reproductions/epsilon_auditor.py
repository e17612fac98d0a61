"""The auditor of epsilon against mechanisms that keep what they claim, and against the same ones broken.

A bound from many trainings (Clopper and Pearson, Kairouz et al. 2015) and one from a single training (Steinke et al. 2023),
both at 99 % confidence, so 10 of 1,000 runs may contradict a mechanism that is just as private as it claims; asked are 20.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from _claims import Claim, conclude, main, note, save
from _private_games import MISCOUNTED, OWN_NORM, TENTH, WHOLE, Game, games

from amlsec.evaluation.epsilon import lower_bound
from amlsec.evaluation.one_run import one_run, run_of_pairs

NEEDS: tuple[str, ...] = ()
CONFIDENCE = 0.99
MANY, ONE = "many trainings", "one training"

LEARNERS = ("output perturbation", "the same, normal noise", "objective perturbation")
TOO_FINE = {(name, case, ONE) for name in LEARNERS for case in (TENTH, OWN_NORM, MISCOUNTED)}
"""What a single model of so few labels does not show: drawn, but nothing is claimed of it."""

Shares = dict[tuple[str, str, str], float]
"""How many of the runs contradict the claim, by mechanism, case and bound."""


def contradicted(game: Game, bound: str, case: str, seed: int) -> bool:
    """Whether one run of the auditor proves more than is claimed."""
    rng = np.random.default_rng([seed, *f"{game.name}{bound}{case}".encode()])
    proves, guesses = (lower_bound, game.many) if bound == MANY else (_of_one(game), game.one)
    members, others = guesses(case, rng)
    return proves(members, others, game.claimed.delta, CONFIDENCE, seed) > game.claimed.epsilon


def _of_one(game: Game) -> Callable[..., float]:
    return run_of_pairs if game.in_pairs else one_run


def shares(played: list[Game], whole: int, broken: int) -> Shares:
    """Over so many runs of each mechanism as it claims, and so many of each broken one."""
    found = {}
    for game in played:
        for case in game.cases:
            runs = whole if case == WHOLE else broken
            for bound in (MANY, ONE):
                found[game.name, case, bound] = float(np.mean([contradicted(game, bound, case, k) for k in range(runs)]))
        note(f"{game.name} done")
    return found


def claims(found: Shares, whole: int) -> list[Claim]:
    """20 of 1,000 false alarms at most, in the small run as many as chance allows; and what must be caught."""
    from scipy.stats import binom

    most = 0.02 if whole >= 1000 else binom.ppf(0.9999, whole, 1 - CONFIDENCE) / whole
    return [
        Claim(f"{name}, {case}: contradicted by {bound}", [share], *((0, most) if case == WHOLE else (0.95, 1)))
        for (name, case, bound), share in found.items()
        if (name, case, bound) not in TOO_FINE
    ]


def draw(found: Shares, out: Path) -> None:
    """How often each claim is contradicted, mechanism by mechanism."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.4, 5.4))
    panels = figure.subplots(1, 2, sharey=True)
    names = list(dict.fromkeys(name for name, _, _ in found))
    for axes, bound in zip(panels, (MANY, ONE), strict=True):
        for k, case in enumerate(dict.fromkeys(case for _, case, _ in found)):
            at = [i for i, name in enumerate(names) if (name, case, bound) in found]
            values = [100 * found[names[i], case, bound] for i in at]
            axes.plot(values, [i + (k - 2) / 8 for i in at], "osD^v"[k], label=case, markersize=6)
        axes.set(title=f"bound of {bound}", xlabel="runs that contradict the claim, %", xlim=(-4, 104))
        axes.set_yticks(range(len(names)), names)
        axes.grid(alpha=0.3)
    panels[0].invert_yaxis()
    figure.legend(*panels[0].get_legend_handles_labels(), loc="lower center", ncols=3, bbox_to_anchor=(0.5, -0.1))
    save(figure, "epsilon_auditor", out)


def run(small: bool, out: Path) -> int:
    """How often the auditor contradicts mechanisms that are whole, and broken ones."""
    whole, broken = (20, 3) if small else (1000, 100)
    found = shares(games(), whole, broken)
    draw(found, out)
    return conclude(
        f"The auditor of epsilon, {whole:,} runs of each mechanism, {broken} of each broken", claims(found, whole)
    )


if __name__ == "__main__":
    main(run)
