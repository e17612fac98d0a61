"""Label flips against a support vector machine, and two learners that expect them, on phishing pages.

UCI phishing websites, distinct rows: 300 to train on, 500 to test, three folds (--small: one, 200 to test). Labels are
flipped at random, nearest and furthest from the machine's boundary (Biggio, Nelson and Laskov 2011), and by ALFA (Xiao,
Xiao and Eckert 2012), always as chosen on the support vector machine with C = 10; ALFA also on each defended learner
itself, as an attacker who knows of it would. All attackers know all training rows.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from _claims import Claim, conclude, main, note, save
from _data import data_path
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.linear_model import RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from amlsec.attacks.loss_gap import alfa_flips, with_flips
from amlsec.data import Batch
from amlsec.defenses.learners.label_flip_smoothing import LabelFlipSmoothing
from amlsec.defenses.learners.label_noise_svm import LabelNoiseSVM

NEEDS = ("uci_phishing/uci_phishing_websites.csv.gz",)
SHARES = (0.0, 0.05, 0.10, 0.20, 0.30)
LEARNERS: dict[str, Any] = {
    "SVM, C = 10": make_pipeline(StandardScaler(), SVC(gamma=1 / 30, C=10)),
    "SVM, C = 1": make_pipeline(StandardScaler(), SVC(gamma=1 / 30, C=1)),
    "LN-SVM, C = 10": LabelNoiseSVM(noise=0.2, C=10),
    "smoothing": LabelFlipSmoothing(noise=0.2),
}
RIVALS = {**LEARNERS, "smoothing": make_pipeline(StandardScaler(), RidgeClassifier())}
"""What ALFA trains: for smoothing the ridge regression whose labels are smoothed."""
Flips = NDArray[np.intp]
Errors = dict[tuple[str, str], list[float]]


def pages() -> Batch:
    """The distinct rows; 1 is phishing."""
    with gzip.open(data_path(NEEDS[0]), "rt", encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file)
    table = np.unique(np.array(rows, dtype=np.float64), axis=0)
    return Batch(table[:, :-1], (table[:, -1] < 0).astype(np.int64))


def at_random(rows: Batch, room: int, rng: np.random.Generator) -> Flips:
    return rng.permutation(len(rows))[:room]


def nearest(rows: Batch, room: int, _: np.random.Generator) -> Flips:
    return _by_distance(rows)[:room]


def furthest(rows: Batch, room: int, _: np.random.Generator) -> Flips:
    return _by_distance(rows)[::-1][:room]


def _by_distance(rows: Batch) -> Flips:
    """Rows from the nearest to the boundary to the furthest, of those on their side of it, and then the others."""
    right = (2 * rows.y - 1) * clone(LEARNERS["SVM, C = 10"]).fit(rows.X, rows.y).decision_function(rows.X)
    order: Flips = np.argsort(np.where(right > 0, right, -np.inf), kind="stable")
    return order


def alfa(rows: Batch, room: int, _: Any = None, learner: str = "SVM, C = 10") -> Flips:
    return alfa_flips(RIVALS[learner], rows, np.arange(len(rows)), room)


ATTACKS: dict[str, Callable[[Batch, int, np.random.Generator], Flips]] = {
    "random": at_random,
    "nearest": nearest,
    "furthest": furthest,
    "ALFA": alfa,
}


def fold(rows: Batch, tested: int, seed: int) -> tuple[Errors, dict[str, float]]:
    """Test errors by learner and attack at each share, and what smoothing proves."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(rows))
    train, test = rows.rows(order[:300]), rows.rows(order[300 : 300 + tested])
    errors: Errors = {(learner, attack): [] for learner in LEARNERS for attack in (*ATTACKS, "ALFA on itself")}
    for share in SHARES:
        room = round(share * len(train))
        for attack, choose in ATTACKS.items():
            flips = choose(train, room, rng)
            for learner in LEARNERS:
                errors[learner, attack].append(error(learner, train, flips, test))
        for learner in LEARNERS:
            flips = alfa(train, room, learner=learner)
            errors[learner, "ALFA on itself"].append(error(learner, train, flips, test))
    return errors, proved(train, test)


def error(learner: str, train: Batch, flips: Flips, test: Batch) -> float:
    model = clone(LEARNERS[learner]).fit(train.X, with_flips(train.y, flips))
    return float((model.predict(test.X) != test.y).mean())


def proved(train: Batch, test: Batch) -> dict[str, float]:
    """The median number of flips smoothing bears on test rows, exactly and by its share of votes; wrong rows bear none."""
    model = clone(LEARNERS["smoothing"]).fit(train.X, train.y)
    right = model.predict(test.X) == test.y
    return {
        "exact": float(np.median(np.where(right, model.certify_flips(test.X), 0))),
        "by votes": float(np.median(np.where(right, model.certify_votes(test.X), 0))),
    }


def claims(folds: Sequence[tuple[Errors, dict[str, float]]]) -> list[Claim]:
    def errors(learner: str, attack: str, share: float) -> NDArray[np.float64]:
        return np.array([found[learner, attack][SHARES.index(share)] for found, _ in folds])

    def claim(what: str, values: NDArray[np.float64], low: float, high: float) -> Claim:
        return Claim(what, values.tolist(), low, high)

    svm, mild, noisy, smooth = LEARNERS
    clean, itself = errors(svm, "random", 0), "ALFA on itself"
    flipped = {attack: errors(svm, attack, 0.1) for attack in ATTACKS}
    borne = [
        Claim(f"smoothing: flips the median test row bears, {how}", [p[how] for _, p in folds], low, 150, unit="flips")
        for how, low in (("exact", 3), ("by votes", 0))
    ]
    return [
        claim(f"{svm}: test error, no flips", clean, 0.05, 0.14),
        *[claim(f"{svm}: 10 % {attack} flips", values, 0.08, 0.30) for attack, values in flipped.items()],
        claim(f"{svm}: 10 % ALFA less 10 % nearest", flipped["ALFA"] - flipped["nearest"], 0.01, 1),
        claim(f"{mild}: price without flips", errors(mild, "random", 0) - clean, -0.05, 0.02),
        claim(f"{mild}: 10 % {itself}", errors(mild, itself, 0.1), 0.08, 0.25),
        claim(f"{noisy}: price without flips", errors(noisy, "random", 0) - clean, -0.05, 0.02),
        claim(f"{noisy}: 10 % random flips, less {svm}", errors(noisy, "random", 0.1) - flipped["random"], -1, 0),
        claim(f"{noisy}: 10 % ALFA, as chosen on {svm}", errors(noisy, "ALFA", 0.1), 0.08, 0.20),
        claim(f"{noisy}: 10 % {itself}", errors(noisy, itself, 0.1), 0.08, 0.25),
        claim(f"{noisy}: 30 % {itself}", errors(noisy, itself, 0.3), 0.35, 0.65),
        claim("smoothing: price without flips", errors(smooth, "random", 0) - clean, -0.03, 0.06),
        claim(f"smoothing: 10 % {itself}", errors(smooth, itself, 0.1), 0.12, 0.35),
        *borne,
    ]


def draw_curves(folds: Sequence[Errors], out: Path) -> None:
    """Test error against the share of flips, one panel a learner, mean over folds."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 3.4), layout="constrained")
    for axes, learner in zip(figure.subplots(1, len(LEARNERS), sharey=True), LEARNERS, strict=True):
        for attack in (*ATTACKS, "ALFA on itself"):
            means = np.mean([errors[learner, attack] for errors in folds], axis=0)
            style = "k--" if attack == "ALFA on itself" else "-"
            axes.plot(100 * np.array(SHARES), 100 * means, style, marker=".", label=attack)
        axes.set(title=learner, xlabel="labels flipped, %", ylim=(0, 60))
    figure.axes[0].set_ylabel("test error, %")
    figure.axes[0].legend(fontsize="small")
    save(figure, "label_flips", out)


def run(small: bool, out: Path) -> int:
    """Flip labels of phishing pages against machines that expect it and one that does not."""
    rows, folds = pages(), []
    for seed in range(1 if small else 3):
        folds.append(fold(rows, 200 if small else 500, seed))
        note(f"fold {seed} done")
    draw_curves([errors for errors, _ in folds], out)
    return conclude("Label flips, UCI phishing websites", claims(folds))


if __name__ == "__main__":
    main(run)
