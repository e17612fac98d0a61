"""The boiling frog (Rubinstein et al. 2009) against PCA and ANTIDOTE, retrained every week on what they accepted.

Synthetic weeks, as there are few real ones: each flow's Fourier fit, noise and bursts, fitted to Abilene's week of 1 March
2004, a quiet one, on which the detectors' own limits give about equally many false alarms. Both begin with a clean week.
Then the load of the attacked flow's links grows by 1, 2, 5 or 15 % a week. One attacker knows his ingress link only, as
the paper's; the other sees the detector too, and sends no row that it would reject. Floods are of the volume that the
clean PCA detector misses in 3.67 % of the bins, over flows. Five flows, each with weeks of its own (--small: one flow).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from _abilene import NEEDS as NEEDS
from _abilene import Floats, network, on_links, volumes
from _claims import Claim, conclude, main, note, save
from _weeks import fitted_to
from numpy.typing import NDArray
from scipy.optimize import bisect

from amlsec.attacks.poisoning.boiling_frog import boiling_frog
from amlsec.budget import PoisonBudget
from amlsec.catalogue import Card, named
from amlsec.data import MALICIOUS, Batch
from amlsec.defenses.detectors.antidote import Antidote
from amlsec.defenses.detectors.doubts import DoubtfulFit
from amlsec.defenses.detectors.pca_residual import PCAResidual
from amlsec.evaluation.rounds import admit_passed, played
from amlsec.threat import Knowledge

GROWTHS = (1.01, 1.02, 1.05, 1.15)
DETECTORS = {"PCA": PCAResidual(n_components=4), "ANTIDOTE": Antidote(n_components=4)}
BLIND, SEES = "sees his link", "sees the detector"
MOST, MISSED = PoisonBudget(0.95), 0.0367
Course = dict[tuple[str, str, float], Floats]
"""Detector, attacker and growth -> missed floods, false alarms and the share of the rows rejected, (folds, weeks, 3)."""


def week(seed: int, number: int) -> Batch:
    """Link loads of a synthetic week, the same for the same seed and number."""
    return on_links(_recipe().week(np.random.default_rng([seed, number])))


@cache
def _recipe() -> Any:
    return fitted_to(volumes("X01"))


def frog(attacker: str, growth: float) -> Card:
    """The attack, with the knowledge that this attacker has."""
    card = named("boiling-frog")
    knowledge = Knowledge.MODEL if attacker == SEES else Knowledge.FEATURES
    return replace(card, run=partial(boiling_frog, growth=growth), knowledge=knowledge)


def flood(model: Any, calm: Batch) -> float:
    """The volume in Mbit/s that this model's own limit misses in 3.67 % of bins and flows."""

    def missed(size: float) -> float:
        flows = network().crossing[::4]
        passed = [model.predict(calm.X + size * network().routing[:, flow]) == 1 for flow in flows]
        return float(np.mean(passed)) - MISSED

    return float(bisect(missed, 1.0, 1e5, xtol=0.1))


def course(detector: str, card: Card, flow: int, weeks: int, budget: PoisonBudget) -> Floats:
    """Missed floods, false alarms and rejected rows of each week (weeks, 3)."""
    first, calm = week(flow, 0), week(flow, weeks + 1)
    size = flood(DETECTORS["PCA"].fit(first.X), calm)
    flooded = Batch(calm.X + size * network().routing[:, flow], np.full(len(calm), MALICIOUS))
    outcomes = played(
        card,
        [week(flow, number) for number in range(1, weeks + 1)],
        calm + flooded,
        learner=DETECTORS[detector],
        space=network().space(flow, first.X.mean(axis=0)),
        budget=budget,
        rng=np.random.default_rng(flow),
        admit=admit_passed,
        deployed=DETECTORS[detector].fit(first.X),
    )
    return np.array([(outcome.missed, outcome.alarmed, outcome.rejected) for outcome in outcomes])


def courses(flows: NDArray[np.intp], weeks: int, growths: Sequence[float]) -> Course:
    """Every detector, attacker and growth; growth 1 is no attack."""

    def each(detector: str, attacker: str, growth: float, budget: PoisonBudget) -> Floats:
        note(f"{detector}, {attacker}, growth {growth}")
        card = frog(attacker, growth)
        return np.array([course(detector, card, flow, weeks, budget) for flow in flows.tolist()])

    calm: Course = {(name, BLIND, 1.0): each(name, BLIND, GROWTHS[0], PoisonBudget(0.0)) for name in DETECTORS}
    settings = [(name, attacker, growth) for name in DETECTORS for attacker in (BLIND, SEES) for growth in growths]
    return calm | {setting: each(*setting, MOST) for setting in settings}


def show(found: Course) -> None:
    """Print the weeks as a table, means over folds."""
    weeks = next(iter(found.values())).shape[1]
    print("\n| detector | attacker | growth | what |", " | ".join(str(k) for k in range(1, weeks + 1)), "|")
    print("|---" * (weeks + 4) + "|")
    for (detector, attacker, growth), each in found.items():
        for what, values in zip(("missed", "false alarms", "rejected"), each.mean(axis=0).T, strict=True):
            print(f"| {detector} | {attacker} | {growth} | {what} |", " | ".join(f"{value:.1%}" for value in values), "|")


def claims(found: Course) -> list[Claim]:
    """At the fastest growth, one value a fold; in the last week where no other is named."""

    def at(detector: str, attacker: str, growth: float, what: int = 0, week: int = -1) -> list[float]:
        return list(found[detector, attacker, growth][:, week, what])

    fast = max(GROWTHS)
    worst = found["ANTIDOTE", BLIND, fast][:, :, 2].max(axis=1)
    more = worst - found["PCA", BLIND, fast][:, :, 2].max(axis=1)
    return [
        *[Claim(f"{name} missed, no attack", at(name, BLIND, 1.0), 0, 0.10) for name in DETECTORS],
        *[Claim(f"PCA missed, {who}, growth {fast}, week 3", at("PCA", who, fast, week=2), 0.5, 1) for who in (BLIND, SEES)],
        Claim(f"ANTIDOTE missed, {SEES}, growth {fast} (it does not hold)", at("ANTIDOTE", SEES, fast), 0.5, 1),
        Claim(f"ANTIDOTE rejected in its worst week, {BLIND}, growth {fast}", list(worst), 0.1, 1),
        Claim("the same, more than PCA", list(more), 0, 1),
    ]


def claims_by_growth(found: Course) -> list[Claim]:
    """Of all growths: the faster, the more is missed; and what ANTIDOTE spares."""
    last = {growth: found["PCA", BLIND, growth][:, -1, 0] for growth in GROWTHS}
    steps = np.diff([last[growth].mean() for growth in GROWTHS])
    spared = last[1.15] - found["ANTIDOTE", BLIND, 1.15][:, -1, 0]
    return [
        Claim(f"PCA missed, {BLIND}, growth 1.05", list(last[1.05]), 0.5, 1),
        Claim(f"least that a faster growth adds, PCA, {BLIND}", [float(steps.min())], 0, 1),
        Claim(f"ANTIDOTE caught more than PCA, {BLIND}, growth 1.15", list(spared), 0, 1),
    ]


def draw(found: Course, out: Path) -> None:
    """Missed floods and rejected rows by week; dashed for the attacker who sees the detector."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.4, 6))
    grid = figure.subplots(2, 2, sharex=True, sharey="row")
    growths = sorted({growth for *_, growth in found})
    for (detector, attacker, growth), each in found.items():
        look = {"color": f"C{growths.index(growth)}", "ls": "-" if attacker == BLIND else "--", "marker": "."}
        label = "no attack" if growth == 1 else f"{growth}, {attacker}"
        for axes, what in zip(grid[:, list(DETECTORS).index(detector)], (0, 2), strict=True):
            axes.plot(np.arange(1, each.shape[1] + 1), 100 * each[:, :, what].mean(axis=0), label=label, **look)
    for column, detector in enumerate(DETECTORS):
        grid[0, column].set(title=detector)
        grid[1, column].set(xlabel="week of the attack")
    grid[0, 0].set(ylabel="floods missed, %")
    grid[1, 0].set(ylabel="rows rejected, %")
    figure.tight_layout()
    figure.legend(*grid[0, 0].get_legend_handles_labels(), fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    save(figure, "boiling_frog", out)


def run(small: bool, out: Path) -> int:
    """Reproduce the boiling frog on synthetic weeks."""
    crossing = network().crossing
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DoubtfulFit)  # that a limit is in doubt under chaff is what is measured
        found = courses(crossing[60:61], 3, GROWTHS[-1:]) if small else courses(crossing[10::25], 8, GROWTHS)
    show(found)
    draw(found, out)
    marks = claims(found) + ([] if small else claims_by_growth(found))
    return conclude("The boiling frog, synthetic weeks after Abilene", marks)


if __name__ == "__main__":
    main(run)
