"""Mimicry of Šrndić and Laskov (2014) against a random forest on PDFrate's features of the Contagio documents.

Malicious documents that the forest stops take over the features of 50 benign ones that the attacker holds, as far as a
document can: counts only grow, metadata are set at will and keep their sums, what follows from the rest stays. The paper
attacked the deployed PDFrate, a random forest too, with real files; here the forest is trained on half of 6,000 documents,
and what is changed are features.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from _claims import Claim, conclude, main, note, save
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier

from amlsec.budget import EvasionBudget
from amlsec.catalogue import named
from amlsec.data import BENIGN, MALICIOUS, Batch, split
from amlsec.datasets.pdf_malware import FILES, load
from amlsec.frame import evade
from amlsec.oracle import Classifier
from amlsec.space.joint import suggested
from amlsec.space.settings import corrected
from amlsec.space.tabular import TabularSpace

NEEDS: tuple[str, ...] = FILES
QUERIES = 500
MODEST = 5.0
"""A cost of five standard deviations in all, over 92 features that may change."""
ATTACKS = ("mimicry", "label-search", "random-noise")
Floats = NDArray[np.float64]
Fold = dict[str, Any]


def fold(attacks: Sequence[str], rows: int, trees: int, seed: int) -> Fold:
    """The forest's accuracy on new documents, and what each attack paid for each document (infinite: not evaded)."""
    rng = np.random.default_rng(seed)
    demo = load(seed)
    train, shadow, test = split(demo.batch, (0.5, 0.1, 0.4), rng)
    found = suggested(train.X, demo.columns, benign=shadow.labelled(BENIGN).X)
    space = corrected(found, demo.space)
    forest = RandomForestClassifier(trees, random_state=seed).fit(train.X, train.y)
    model, X = Classifier(forest), stopped(Classifier(forest), test, rows)
    whole = disguises(model, X, space)
    paid = {}
    for name in attacks:
        result = evade(named(name), model, X, space=space, budget=EvasionBudget(np.inf, QUERIES), rng=rng)
        won = model.labels(result.X) == BENIGN
        paid[name] = np.where(won, result.cost, np.inf)
        note(f"fold {seed}, {name}: {won.mean():.0%} of {len(X)}, {result.queries.mean():.0f} queries each")
    return {"accuracy": float((model.labels(test.X) == test.y).mean()), "whole": whole, "paid": paid}


def stopped(model: Classifier, test: Batch, rows: int) -> Floats:
    """The first malicious documents that the model stops."""
    theirs = test.labelled(MALICIOUS).X
    return np.asarray(theirs[model.labels(theirs) == MALICIOUS][:rows])


def disguises(model: Classifier, X: Floats, space: TabularSpace) -> tuple[float, float]:
    """The share of documents that pass in the features of the benign one nearest to them, and of any of the 50."""
    passed = []
    for x in X:
        same = np.repeat(x[None], len(space.examples), axis=0)
        worn = space.project(same, space.examples, np.inf)
        passed.append(model.labels(worn[np.argsort(space.cost(same, worn), kind="stable")]) == BENIGN)
    return float(np.mean([each[0] for each in passed])), float(np.mean([each.any() for each in passed]))


def within(paid: Floats, cost: float) -> float:
    return float((paid <= cost).mean())


def claims(folds: list[Fold]) -> list[Claim]:
    def evaded(name: str, cost: float = np.finfo(np.float64).max) -> list[float]:
        return [within(each["paid"][name], cost) for each in folds]

    gap = [a - 2 * b for a, b in zip(evaded("mimicry", MODEST), evaded("random-noise", MODEST), strict=True)]
    return [
        Claim("the forest is right on new documents", [each["accuracy"] for each in folds], 0.98, 1),
        Claim("evade in the features of one of 50 benign documents", [each["whole"][1] for each in folds], 0.9, 1),
        Claim("mimicry, 500 verdicts each: evade at any cost", evaded("mimicry"), 0.9, 1),
        Claim(f"mimicry at a cost of {MODEST:.0f}", evaded("mimicry", MODEST), 0.5, 1),
        Claim("the same less twice what random changes reach", gap, 0, 1),
    ]


def draw(folds: list[Fold], out: Path) -> None:
    """The share evaded against the cost, for each attack, all folds together."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4))
    axes = figure.subplots()
    costs = np.geomspace(0.05, 200, 200)
    for name in folds[0]["paid"]:
        paid = np.concatenate([each["paid"][name] for each in folds])
        axes.plot(costs, [100 * within(paid, cost) for cost in costs], label=name.replace("-", " "))
    axes.set(
        xlabel="cost, sum of changes in standard deviations", ylabel="documents that evade at this cost, %", ylim=(-2, 102)
    )
    axes.set_xscale("log")
    axes.legend()
    save(figure, "pdf_mimicry", out)


def run(small: bool, out: Path) -> int:
    """Reproduce mimicry on PDF documents."""
    folds = [fold(("mimicry", "random-noise"), 6, 20, 0)] if small else [fold(ATTACKS, 30, 100, seed) for seed in range(3)]
    note(f"in the nearest one's features, nothing asked: {np.mean([each['whole'][0] for each in folds]):.0%}")
    for name in folds[0]["paid"]:
        paid = np.concatenate([each["paid"][name] for each in folds])
        note(f"{name}: median cost of an evasion {np.median(paid[np.isfinite(paid)]):.2f}")
    draw(folds, out)
    return conclude("Mimicry of benign PDF documents, Contagio", claims(folds))


if __name__ == "__main__":
    main(run)
