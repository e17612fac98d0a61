"""Learners against evasion, each attacked by who knows it: what an evasion costs then, and what it costs the defender.

Android apps (Drebin-215), 2,000 to train on, three folds (--small: 400, one fold, fewer queries), whose attacker adds
features to 60 apps that are stopped: the search led by scores with 400 queries, of every model for itself, from 1 to any
number of features. A linear machine and one of bounded weights, boosted trees and monotone ones, the same trees retrained on
evasions of themselves and boosted against them. Mails (Enron-Spam), 1,000 to train on, whose attacker writes up to 30 words
with look-alikes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from _claims import Claim, conclude, main, note, save
from _enron import CORPUS, draw, load
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from amlsec.budget import EvasionBudget
from amlsec.catalogue import named
from amlsec.data import BENIGN, MALICIOUS, Batch
from amlsec.datasets import drebin
from amlsec.defenses.learners.adversarial_boosting import AdversarialBoosting
from amlsec.defenses.learners.adversarial_retraining import AdversarialRetraining
from amlsec.defenses.learners.equivalence_classes import EquivalenceClasses
from amlsec.defenses.learners.even_weights import EvenWeights
from amlsec.defenses.learners.monotone import Monotone
from amlsec.frame import evade
from amlsec.oracle import Classifier
from amlsec.space.contract import Space
from amlsec.space.settings import corrected
from amlsec.space.tabular import infer
from amlsec.space.text import TextSpace
from amlsec.usual import usual

NEEDS = (CORPUS, drebin.FILE)
REACH, SWAPS = 5, 30.0
FEATURES = np.arange(1, 21)
Floats = NDArray[np.float64]
MACHINE, EVEN, TREES, MONOTONE, RETRAINED, BOOSTED = (
    "linear machine",
    "even weights",
    "boosted trees",
    "monotone trees",
    "retrained trees",
    "adversarial boosting",
)


def trees(seed: int) -> Any:
    return HistGradientBoostingClassifier(max_iter=60, early_stopping=False, random_state=seed)


@dataclass(frozen=True)
class Size:
    """How many rows are trained on and attacked, queries for each, mails trained on, and of which folds."""

    rows: int
    attacked: int
    queries: int
    mails: int
    folds: tuple[int, ...]


FULL, SMALL = Size(2000, 60, 400, 1000, (0, 1, 2)), Size(400, 12, 100, 200, (0,))
LEARNERS: dict[str, Callable[[Space, int], Any]] = {
    MACHINE: lambda _space, _seed: EvenWeights(share=1.0),
    EVEN: lambda _space, _seed: EvenWeights(share=0.25),
    TREES: lambda _space, seed: trees(seed),
    MONOTONE: lambda space, seed: Monotone(space=space, random_state=seed),
    RETRAINED: lambda space, seed: AdversarialRetraining(
        estimator=trees(seed), space=space, cost=REACH, queries=200, rows=300, rounds=8, random_state=seed
    ),
    BOOSTED: lambda space, seed: AdversarialBoosting(space=space, random_state=seed),
}


@dataclass(frozen=True)
class Measured:
    """One learner on one fold.

    Attributes
    ----------
    cost : of each attacked row's cheapest evasion found; infinite where none was
    passed, stopped : shares of malicious test rows that pass unattacked, and of benign ones that are stopped
    """

    cost: Floats
    passed: float
    stopped: float

    def evaded(self, reach: float) -> float:
        """The share of the attacked rows that pass with a change of at most this cost."""
        return float((np.isfinite(self.cost) & (self.cost <= reach)).mean())


def measured(model: Any, test: Batch, space: Space, attack: str, cost: float, size: Size, seed: int) -> Measured:
    judge = Classifier(model)
    passed, stopped = (float((judge.labels(test.labelled(label).X) != label).mean()) for label in (MALICIOUS, BENIGN))
    malicious = test.labelled(MALICIOUS).X
    X = malicious[judge.labels(malicious) == MALICIOUS][: size.attacked]
    budget, rng = EvasionBudget(cost, size.queries), np.random.default_rng(seed)
    found = evade(named(attack), judge, X, space=space, budget=budget, rng=rng)
    return Measured(np.where(found.verdicts == BENIGN, found.cost, np.inf), passed, stopped)


def apps(size: Size, seed: int) -> dict[str, Measured]:
    """Every learner against additions of features; a feature costs 1."""
    demo = drebin.load(seed)
    space = corrected(infer(demo.batch.X, demo.columns), demo.space)
    train, test = demo.batch.rows(slice(0, size.rows)), demo.batch.rows(slice(3000, 5000))
    results = {}
    for name, make in LEARNERS.items():
        model = make(space, seed).fit(train.X, train.y)
        results[name] = measured(model, test, space, "score-search", np.inf, size, seed)
        note(f"fold {seed}, {name}: {results[name].evaded(REACH):.1%} pass with {REACH} features more")
    return results


def mails(size: Size, seed: int) -> tuple[Measured, Measured]:
    """The usual classifier, and the same on classes of spellings, against look-alikes of at most 10 words."""
    corpus = load().batch
    parts = draw(corpus.y, np.random.default_rng(seed), size.mails // 2, 150)
    train, test = (Batch(corpus.X[at], corpus.y[at]) for at in parts)
    space = TextSpace([], lookalikes=True)
    models = (usual(train), EquivalenceClasses(space=space))
    plain, classes = (
        measured(model.fit(train.X, train.y), test, space, "word-swaps", SWAPS, size, seed) for model in models
    )
    note(f"fold {seed}, mails: {plain.evaded(SWAPS):.1%} pass with look-alikes, {classes.evaded(SWAPS):.1%} of classes")
    return plain, classes


def claims(folds: Sequence[dict[str, Measured]], written: Sequence[tuple[Measured, Measured]], slack: float) -> list[Claim]:
    def evaded(name: str, reach: float) -> list[float]:
        return [fold[name].evaded(reach) for fold in folds]

    def price(name: str, plain: str) -> list[float]:
        """The larger of the two rates of error that it adds."""
        pairs = [(fold[name], fold[plain]) for fold in folds]
        return [max(new.passed - old.passed, new.stopped - old.stopped) for new, old in pairs]

    def ratio(name: str, plain: str) -> list[float]:
        return [float(np.median(fold[name].cost) / np.median(fold[plain].cost)) for fold in folds]

    return [
        Claim(f"{REACH} features more: boosted trees", evaded(TREES, REACH), 0.3, 1),
        Claim("any features more: monotone trees", evaded(MONOTONE, np.inf), 0, 0),
        Claim("median features, even weights over linear machine", ratio(EVEN, MACHINE), 1.2, 100, unit="times"),
        Claim("what even weights cost", price(EVEN, MACHINE), -1, 0.1 + slack),
        Claim("saved at this reach: retrained trees", np.subtract(evaded(TREES, REACH), evaded(RETRAINED, REACH)), 0.1, 1),
        Claim("what retraining costs", price(RETRAINED, TREES), -1, 0.1 + slack),
        Claim("look-alikes: plain", [plain.evaded(SWAPS) for plain, _ in written], 0.3 - slack, 1),
        Claim("look-alikes: classes", [classes.evaded(SWAPS) for _, classes in written], 0, 0),
        Claim("what classes cost", [max(c.passed - p.passed, c.stopped - p.stopped) for p, c in written], -1, 0.1 + slack),
    ]


def told(folds: Sequence[dict[str, Measured]]) -> None:
    """Every learner: what passes at 1, 5 and any number of features, and its errors unattacked."""
    for name in LEARNERS:
        of = [fold[name] for fold in folds]
        shares = (np.mean([one.evaded(reach) for one in of]) for reach in (1, REACH, np.inf))
        errors = np.mean([[one.passed, one.stopped] for one in of], axis=0)
        note(f"| {name} | {' | '.join(f'{share:.1%}' for share in shares)} | {errors[0]:.1%} | {errors[1]:.1%} |")


def draw_curves(folds: Sequence[dict[str, Measured]], out: Path) -> None:
    """The share of the attacked apps that pass, against features added, mean over folds."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes = figure.subplots()
    for name, marker in zip(LEARNERS, "osv^Dx", strict=True):
        shares = [100 * np.mean([fold[name].evaded(reach) for fold in folds]) for reach in FEATURES]
        axes.plot(FEATURES, shares, marker=marker, markersize=4, label=name)
    axes.set_xlabel("features added to an app")
    axes.set_ylabel("malicious apps that pass, %")
    axes.set_xticks(FEATURES[::2] - 1)
    axes.set_ylim(-3, 103)
    axes.grid(alpha=0.3)
    axes.legend(title="learner, attacked for itself", loc="center left", bbox_to_anchor=(1.0, 0.5))
    save(figure, "hardened_learners", out)


def run(small: bool, out: Path) -> int:
    """Measure, draw, print the claims; 0 where all hold."""
    size = SMALL if small else FULL
    folds, written = ([measure(size, seed) for seed in size.folds] for measure in (apps, mails))
    told(folds)
    draw_curves(folds, out)
    return conclude("Learners against evasion", claims(folds, written, 0.2 if small else 0.0))


if __name__ == "__main__":
    main(run)
