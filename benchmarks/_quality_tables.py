"""Outcomes as markdown: a table for each data set and unit, methods down and attacks across."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from _quality_harm import Left
from _quality_rates import Held
from _quality_recall import Outcome

from amlsec.evidence import Interval, rate

Cell = Callable[[list[Outcome]], str]
TITLES = {"focused_plain": "focused, plain", "focused_padded": "focused, padded", "cluster": "tight cluster"}
TITLES |= {"drift": "slow drift", "flips": "random flips"}


def recall(some: list[Outcome]) -> Interval:
    """The share of the poison that is caught, over draws."""
    return rate(sum(one.caught for one in some), sum(one.trials for one in some))


def lost(some: list[Outcome]) -> Interval:
    """The share of good rows caught: the threshold's rate is 1 %, this is what became of it on other rows."""
    return rate(sum(one.lost for one in some), sum(one.good for one in some))


def caught(some: list[Outcome]) -> str:
    """Recall in percent, with its interval."""
    found = recall(some)
    return f"{100 * found.value:.0f} ({100 * found.low:.0f}-{100 * found.high:.0f})"


def area(some: list[Outcome]) -> str:
    """The mean AUC over draws."""
    return f"{np.mean([one.auc for one in some]):.3f}"


def table(outcomes: Sequence[Outcome], cell: Cell = caught) -> str:
    """Of one data set, unit and share. The last column is which share of good ones is lost, over all attacks."""
    attacks = names(one.attack for one in outcomes)
    lines = [row(["method", *(TITLES.get(name, name) for name in attacks), "good lost, %"])]
    lines.append("|---" * (len(attacks) + 2) + "|")
    for method in names(one.method for one in outcomes):
        own = [one for one in outcomes if one.method == method]
        cells = [[one for one in own if one.attack == attack] for attack in attacks]
        lines.append(row([method, *(cell(some) if some else "-" for some in cells), f"{100 * lost(own).value:.1f}"]))
    return "\n".join(lines)


def held_table(found: Iterable[Held]) -> str:
    lines = ["| batches | what | stated, at most | found (95 % interval) | holds |", "|---|---|---|---|---|"]
    for one in found:
        stated = "-" if one.stated is None else f"{one.stated:.0%}"
        holds = "-" if one.stated is None else "NO" if one.broken else "yes"
        lines.append(row([one.data, one.what, stated, str(one.found), holds]))
    return "\n".join(lines)


def left_table(left: Sequence[Left]) -> str:
    """Of one data set: test rows and targets that a model gets right, by the rows it is trained on; means over draws."""
    attacks = names(one.attack for one in left)
    lines = [row(["trained on", *(TITLES.get(name, name) for name in attacks)]), "|---" * (len(attacks) + 1) + "|"]
    for kept in names(one.kept for one in left):
        cells = [[one for one in left if (one.attack, one.kept) == (attack, kept)] for attack in attacks]
        shown = (f"{mean(one.right for one in some):.1f}, {mean(one.targets for one in some):.0f}" for some in cells)
        lines.append(row([f"{kept} rows", *shown]))
    return "\n".join(lines)


def mean(shares: Iterable[float]) -> float:
    """In percent."""
    return 100 * float(np.mean(list(shares)))


def names(values: Iterable[str]) -> list[str]:
    """Each once, in the order of their first appearance."""
    return list(dict.fromkeys(values))


def row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
