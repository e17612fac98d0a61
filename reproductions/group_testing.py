"""Group testing (Dorfman 1943): how many tests find the few bad ones among many, by his two stages and by halving.

Populations of 2,000 in which each member is bad with some chance; a test of a group says whether one of them is. Dorfman
tests groups of the size that costs least, and then each member of those that have one; `culprits`, which finds rows and
sources that do harm, halves them. No method can do with fewer tests than it takes bits to say who is bad (Hwang 1972).
Twenty populations for each chance (--small: three).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from _claims import Claim, conclude, main, save
from numpy.typing import NDArray
from scipy.special import gammaln

from amlsec.impact.bisection import culprits
from amlsec.impact.units import Units

NEEDS: tuple[str, ...] = ()
MEMBERS = 2000
TABLE = {0.01: (11, 0.20), 0.02: (8, 0.27), 0.05: (5, 0.43), 0.10: (4, 0.59)}
"""By the chance that a member is bad: Dorfman's best size of a group, and tests as a share of one for each member."""
WIDER = (0.005, 0.01, 0.02, 0.03, 0.05, 0.07, 0.10, 0.15)


@dataclass(frozen=True)
class Counted:
    """One population: tests a member takes by either way, the bits a member, and whether halving found just the bad ones."""

    dorfman: float
    halving: float
    bits: float
    right: bool


def best_size(chance: float) -> int:
    """The size of a group at which Dorfman's two stages take the fewest tests."""
    return min(range(2, 101), key=lambda size: share(chance, size))


def share(chance: float, size: int) -> float:
    """Tests a member that his two stages take on average: one a group, and one for each member of a group with a bad one."""
    return 1 / size + 1 - (1 - chance) ** size


def two_stages(bad: NDArray[np.bool_], size: int) -> int:
    """Tests that Dorfman's two stages take."""
    groups = np.split(bad, range(size, len(bad), size))
    return len(groups) + sum(len(group) for group in groups if group.any())


def population(chance: float, seed: int) -> Counted:
    """Draw one, and search it both ways."""
    bad = np.random.default_rng(seed).random(MEMBERS) < chance

    def ask(units: Units) -> NDArray[np.bool_]:
        return units.sums(bad.astype(np.float64)) > 0

    found = culprits(ask, MEMBERS, groups=max(1, round(chance * MEMBERS)))
    many = int(bad.sum())
    bits = (gammaln(MEMBERS + 1) - gammaln(many + 1) - gammaln(MEMBERS - many + 1)) / np.log(2)
    right = np.array_equal(found.alone, np.flatnonzero(bad)) and not found.together
    tests = two_stages(bad, best_size(chance)), found.questions
    return Counted(tests[0] / MEMBERS, tests[1] / MEMBERS, float(bits) / MEMBERS, right)


def claims(drawn: dict[float, list[Counted]]) -> list[Claim]:
    found = []
    for chance, (size, paper) in TABLE.items():
        each, name = drawn[chance], f"{chance:.0%} bad"
        found += [
            Claim(f"{name}: best size of a group", [best_size(chance)], size, size, str(size), ""),
            Claim(
                f"{name}: tests a member, two stages",
                [one.dorfman for one in each],
                paper - 0.02,
                paper + 0.02,
                f"{paper:.0%}",
            ),
            Claim(f"{name}: tests a member, halving", [one.halving for one in each], 0, paper if chance < 0.1 else 0.75),
            Claim(
                f"{name}: halving over the fewest possible", [one.halving / one.bits for one in each], 1, 1.5, unit="times"
            ),
            Claim(f"{name}: halving finds just the bad ones", [float(one.right) for one in each], 1, 1),
        ]
    return found


def draw(drawn: dict[float, list[Counted]], out: Path) -> None:
    """Tests a member against the chance that one is bad."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    for name in ("dorfman", "halving", "bits"):
        told = {"dorfman": "two stages (Dorfman)", "halving": "halving (culprits)", "bits": "fewest possible"}[name]
        means, sds = _spread([[100 * getattr(one, name) for one in each] for each in drawn.values()])
        axes.errorbar([100 * chance for chance in drawn], means, sds, marker="o", ms=3, capsize=2, label=told)
    axes.set(xlabel="members that are bad, %", ylabel="tests, % of one for each member", ylim=(0, None))
    axes.legend()
    save(figure, "group_testing", out)


def _spread(values: Sequence[Sequence[float]]) -> tuple[list[float], list[float]]:
    return [float(np.mean(each)) for each in values], [float(np.std(each, ddof=1)) for each in values]


def run(small: bool, out: Path) -> int:
    """Reproduce Dorfman's table, and set halving beside it."""
    chances = TABLE if small else sorted({*TABLE, *WIDER})
    drawn = {chance: [population(chance, seed) for seed in range(3 if small else 20)] for chance in chances}
    draw(drawn, out)
    return conclude("Group testing: two stages and halving", claims(drawn))


if __name__ == "__main__":
    main(run)
