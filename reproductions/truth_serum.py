"""Truth serum (Tramèr et al. 2022): how many more members are found where a few copies of a row, or many rows, lie.

SMS texts and Adult, classical models, 2,400 and 2,000 training rows. A training has half of 60 targets, and half of all
other rows; LiRA reads each of 334 trainings by means of all others, so 0.1 % false positives are ten. Two folds (--small:
one).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from _claims import Claim, conclude, main, note, save
from _leaking import NEEDS as NEEDS
from _leaking import (
    Guesses,
    Setting,
    bayes_on_texts,
    copied,
    forest_on_tables,
    logistic_on_texts,
    mislabelled,
    usual_on_texts,
)

from amlsec.evaluation.membership import threshold

LOOSE, USUAL, BAYES, FOREST = "logistic regression, C = 100", "logistic regression, C = 1", "naive Bayes", "random forest"
MODELS: dict[str, Callable[[], Setting]] = {
    LOOSE: logistic_on_texts,
    USUAL: usual_on_texts,
    BAYES: bayes_on_texts,
    FOREST: forest_on_tables,
}
SIZE = {LOOSE: 2400, USUAL: 2400, BAYES: 2400, FOREST: 2000}
COPIES, NEAR = (0, 1, 2, 4), 1.0
"""Of each target; and how many words near copies of a text have more."""
SHARES = (0.0, 0.1, 0.25, 0.5)


@dataclass(frozen=True)
class Sizes:
    """How much is played: which models, how many targets and trainings, and the false positive rate that these allow."""

    models: tuple[str, ...]
    copies: tuple[int, ...]
    shares: tuple[float, ...]
    targets: int
    trainings: int
    of_all: int
    rate: float


FULL = Sizes(tuple(MODELS), COPIES, SHARES, 60, 334, 16, 0.001)
SMALL = Sizes((LOOSE,), (0, 1), (0.0, 0.5), 60, 16, 4, 0.01)


@dataclass(frozen=True, eq=False)
class Fold:
    """What LiRA guesses by model, and by the copies of each target or by the share that lies; near copies of texts apart."""

    targeted: dict[tuple[str, int], Guesses]
    near: Guesses
    untargeted: dict[tuple[str, float], Guesses]


def fold(sizes: Sizes, seed: int) -> Fold:
    """One draw of rows and targets for each model."""
    settings = {name: MODELS[name]() for name in sizes.models}
    targeted = {}
    for name, of in settings.items():
        for copies in sizes.copies:
            targeted[name, copies] = copied(of, SIZE[name], sizes.targets, copies, sizes.trainings, seed)
        note(f"fold {seed}, {name}: copies done")
    most = max(sizes.copies)
    near = copied(settings[LOOSE], SIZE[LOOSE], sizes.targets, most, sizes.trainings, seed, NEAR)
    lying = {
        (name, share): mislabelled(of, SIZE[name], share, sizes.of_all, seed)
        for name, of in settings.items()
        for share in sizes.shares
    }
    return Fold(targeted, near, lying)


def found(guesses: Guesses, rate: float, by: str = "lira") -> float:
    """The share of members found at this false positive rate, all trainings pooled."""
    scores = getattr(guesses, by)
    return float((scores[guesses.inside] > threshold(scores[~guesses.inside], rate)).mean())


def claims(folds: Sequence[Fold], sizes: Sizes) -> list[Claim]:
    """The paper's figures are of nets on images; what its abstract says of factors is held against ours."""
    at = f"{sizes.rate:.1%} false positives"
    clean, one = ([found(each.targeted[LOOSE, copies], sizes.rate) for each in folds] for copies in (0, 1))
    right = [[each.targeted[LOOSE, copies].right for each in folds] for copies in (0, 1)]
    near = [found(each.near, sizes.rate) for each in folds]
    rows = [
        Claim(f"{LOOSE}: members found at {at}, no poison", clean, 0, 0.25, "5.4 % (CIFAR-10)"),
        Claim("the same, 1 mislabelled copy of each", one, 0.5, 1, "49.5 % (CIFAR-10, 8 copies)"),
        Claim(f"the same, {max(sizes.copies)} near copies of each", near, 0.5, 1),
        Claim("verdicts right, no poison", right[0], 0.9, 1),
        Claim("the same, 1 copy of each of 60 targets", right[1], 0.9, 1),
    ]
    return rows if sizes is SMALL else [*rows, *factor_claims(folds, sizes)]


def factor_claims(folds: Sequence[Fold], sizes: Sizes) -> list[Claim]:
    """How many times as many members are found, by model."""
    rows = []
    for name in sizes.models:
        most = max(sizes.copies)
        times = [ratio(each.targeted[name, most], each.targeted[name, 0], sizes.rate) for each in folds]
        rows.append(Claim(f"{name}: times as many, {most} copies", times, 10, 100, "1 to 2 orders of magnitude", "x"))
    for name in sizes.models:
        times = [ratio(each.untargeted[name, 0.5], each.untargeted[name, 0.0], sizes.rate) for each in folds]
        rows.append(Claim(f"{name}: times as many, half of all rows lie", times, 8, np.inf, "8x", "x"))
    return rows


def ratio(poisoned: Guesses, clean: Guesses, rate: float) -> float:
    """How many times as many members are found; of a clean model that shows none one false positive's worth is assumed."""
    return found(poisoned, rate) / max(found(clean, rate), rate)


def draw_curves(folds: Sequence[Fold], sizes: Sizes, out: Path) -> None:
    """The ROC by copies, and members found by copies and by the share that lies; means over folds."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 3.8))
    roc, copies, shares = figure.subplots(1, 3)
    rates = np.geomspace(sizes.rate / 3, 0.99, 50)
    for many in sizes.copies:
        curve = [np.mean([found(each.targeted[LOOSE, many], rate) for each in folds]) for rate in rates]
        roc.plot(100 * rates, 100 * np.array(curve), label=f"{many} copies")
    roc.plot(100 * rates, 100 * rates, "k:", label="chance")
    roc.set(xscale="log", yscale="log", xlabel="others taken for members, %", ylabel="members found, %", title=LOOSE)
    _by_dose(copies, [each.targeted for each in folds], sizes, sizes.copies)
    _by_dose(shares, [each.untargeted for each in folds], sizes, sizes.shares, 100)
    copies.set(xlabel="mislabelled copies of each target", ylabel=f"members found at {sizes.rate:.1%}, %")
    shares.set(xlabel="training rows that lie, %", ylabel=f"members found at {sizes.rate:.1%}, %")
    for axes in (roc, copies):
        axes.legend(fontsize="small")
    figure.tight_layout()
    save(figure, "truth_serum", out)


def _by_dose(axes: Any, folds: Sequence[Any], sizes: Sizes, doses: Sequence[float], unit: float = 1) -> None:
    for name in sizes.models:
        shown = [np.mean([found(each[name, dose], sizes.rate) for each in folds]) for dose in doses]
        axes.plot(unit * np.array(doses), 100 * np.maximum(shown, sizes.rate / 10), "o-", label=name)
    axes.set(yscale="log", ylim=(10 * sizes.rate, 130))


def run(small: bool, out: Path) -> int:
    """Members found with and without mislabelled copies of them, and where many rows lie."""
    sizes = SMALL if small else FULL
    folds = [fold(sizes, seed) for seed in range(1 if small else 2)]
    draw_curves(folds, sizes, out)
    return conclude("Truth serum, SMS texts and Adult", claims(folds, sizes))


if __name__ == "__main__":
    main(run)
