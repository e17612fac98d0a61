"""LiRA with many shadow models (Carlini et al. 2022) against the loss threshold, on over-fitted nets.

Adult: nets of two hidden layers, each trained on a random half of the same rows; some are attacked by means of all others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from _adult import NEEDS as NEEDS
from _adult import standardised
from _claims import Claim, conclude, main, note, save
from _many_nets import Recipe, halves, log_odds
from numpy.typing import NDArray
from scipy.stats import norm

from amlsec.attacks.halves import Told
from amlsec.attacks.likelihood_ratio import above, likelier
from amlsec.data import Batch
from amlsec.evaluation.membership import measure, threshold
from amlsec.evidence import Interval

Scores = NDArray[np.float64]
Mask = NDArray[np.bool_]
LOSS, OFFLINE, PAPER, OURS = "the loss", "LiRA, offline", "LiRA, online, as in the paper", "LiRA, online"
MANY = 64
"""From so many shadow models on each row has its own variance in the paper; with fewer all rows share one."""


@dataclass(frozen=True)
class Size:
    """How many rows, half of them trained on; nets attacked, shadow models, how each is trained; false positive rates."""

    rows: int
    attacked: int
    shadows: tuple[int, ...]
    recipe: Recipe
    rates: tuple[float, ...]


FULL = Size(20_000, 4, (16, 64, 256), Recipe(hidden=256, epochs=100), (0.001, 0.01))
SMALL = Size(4_000, 4, (16,), Recipe(hidden=32, epochs=20, rate=0.01), (0.01,))


@dataclass(frozen=True, eq=False)
class Attacked:
    """Guesses (n,) by attack on one net, where rows were trained on (n,), and the shares on which it is right."""

    guesses: dict[str, Scores]
    members: Mask
    right: tuple[float, float]

    def found(self, attack: str, rate: float) -> Interval:
        """The share of members found at this rate of false positives."""
        each = self.guesses[attack]
        share = measure(each[self.members], each[~self.members], (rate,)).at[0].found
        assert share is not None
        return share


def attacked(own: Scores, inside: Mask, target: int, first: int, counts: Sequence[int]) -> Attacked:
    """What the loss and LiRA say of one net, from log-odds (models, n); shadow models begin at `first`."""
    members, guesses = inside[target], {LOSS: own[target]}
    for count in counts:
        some = slice(first, first + count)
        told = Told(np.where(inside[some], own[some], np.nan), np.where(inside[some], np.nan, own[some]))
        guesses[named(OFFLINE, count)] = above(own[target], told.outside)
        guesses[named(PAPER, count)] = as_in_the_paper(own[target], told)
        guesses[named(OURS, count)] = likelier(own[target], told)
    right = [float((own[target][part] > 0).mean()) for part in (members, ~members)]
    return Attacked(guesses, members, (right[0], right[1]))


def as_in_the_paper(seen: Scores, told: Told) -> Scores:
    """Algorithm 1: log-likelihoods (n,) by normal laws that fit, less one another."""
    one, two = (_fit(seen, draws) for draws in told)
    return one - two


def _fit(seen: Scores, draws: Scores) -> Scores:
    variance = np.nanvar(draws, axis=0) if len(draws) >= MANY else np.full(len(seen), np.nanmean(np.nanvar(draws, axis=0)))
    return np.asarray(norm.logpdf(seen, np.nanmean(draws, axis=0), np.sqrt(variance + 1e-30)))


def named(attack: str, shadows: int) -> str:
    return f"{attack}, {shadows} shadow models"


def played(rows: Batch, size: Size, seed: int) -> list[Attacked]:
    """Train all nets at once, attack the first few."""
    inside = halves(size.attacked + max(size.shadows), len(rows), seed)
    own = log_odds(rows.X, rows.y, inside, size.recipe, seed)
    note(f"{len(own)} nets trained")
    return [attacked(own, inside, target, size.attacked, size.shadows) for target in range(size.attacked)]


def claims(nets: Sequence[Attacked], size: Size) -> list[Claim]:
    """Of LiRA with most shadow models, each net's lower end against five times the upper end of the loss."""
    rows = [
        Claim("nets right on the rows they were trained on", [net.right[0] for net in nets], 0.8, 1),
        Claim("nets right on others", [net.right[1] for net in nets], 0.75, 0.9),
    ]
    best = named(OURS, max(size.shadows))
    for rate in size.rates:
        by_loss, by_lira = _shares(nets, LOSS, rate), _shares(nets, best, rate)
        gain = [one - other for one, other in zip(by_lira, by_loss, strict=True)]
        rows += [
            Claim(f"found by the loss at {rate:.1%} false positives", by_loss, 0, 2 * rate),
            Claim(f"found by {best}, at {rate:.1%}, less that", gain, 0.005, 1),
        ]
    if size is FULL:
        margin = [net.found(best, 0.001).low - 5 * net.found(LOSS, 0.001).high for net in nets]
        rows.append(Claim("lower end of LiRA at 0.1 % less 5 times the upper end of the loss", margin, 0, 1))
        gain = [a - b for a, b in zip(_shares(nets, named(OURS, 16)), _shares(nets, named(PAPER, 16)), strict=True)]
        rows.append(Claim("LiRA with 16 models at 0.1 %, less the same with the paper's variances", gain, 0, 1))
    return rows


def _shares(nets: Sequence[Attacked], attack: str, rate: float = 0.001) -> list[float]:
    return [net.found(attack, rate).value for net in nets]


def tell(nets: Sequence[Attacked], size: Size) -> None:
    """What each attack finds, mean over nets."""
    print("\n| attack |" + "".join(f" at {rate:.1%} |" for rate in size.rates))
    for name in nets[0].guesses:
        print(f"| {name} |" + "".join(f" {np.mean(_shares(nets, name, rate)):.2%} |" for rate in size.rates))


def draw(nets: Sequence[Attacked], size: Size, out: Path) -> None:
    """Members found against false positives, both logarithmic, mean over nets."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.6, 4.2))
    others = min(int((~net.members).sum()) for net in nets)
    axes, rates = figure.subplots(), np.geomspace(1 / others, 1 - 1 / others, 60)
    for name, (color, line) in _styles(size).items():
        shares = np.mean([_curve(net, name, rates) for net in nets], axis=0)
        axes.plot(100 * rates, 100 * shares, line, color=color, label=name)
    axes.plot(100 * rates, 100 * rates, ":", color="0.5", label="chance")
    axes.axvline(0.1, color="0.8", linewidth=0.8)
    axes.set(xscale="log", yscale="log", ylim=(0.01, 120))
    axes.set(xlabel="others taken for members, %", ylabel="members found, %")
    axes.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False)
    save(figure, "lira_nets", out)


def _styles(size: Size) -> dict[str, tuple[str, str]]:
    """A color for each number of shadow models, the darker the more; a line for each attack."""
    lines, colors = {OURS: "-", PAPER: "--", OFFLINE: "-."}, ("#9ecae1", "#4292c6", "#08306b")
    styles = {
        named(attack, count): (colors[k], line) for attack, line in lines.items() for k, count in enumerate(size.shadows)
    }
    return {**styles, LOSS: ("#d94801", "-")}


def _curve(net: Attacked, attack: str, rates: Scores) -> list[float]:
    each = net.guesses[attack]
    limits = [threshold(each[~net.members], rate) for rate in rates]
    return [float((each[net.members] > limit).mean()) for limit in limits]


def run(small: bool, out: Path) -> int:
    """LiRA with many shadow models against the loss, on over-fitted nets."""
    size, rows = SMALL if small else FULL, standardised()
    rows = rows.rows(np.random.default_rng(0).permutation(len(rows))[: size.rows])
    nets = played(rows, size, seed=0)
    draw(nets, size, out)
    tell(nets, size)
    return conclude("LiRA with many shadow models, Adult", claims(nets, size))


if __name__ == "__main__":
    main(run)
