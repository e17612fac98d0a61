"""OARS of Feng et al. (CCS 2023): a guard that remembers queries stops a search, and not one that spaces its queries.

PDF malware of the Contagio collection in 135 features, logistic regression, 1,000 questions a document from one account,
budgets from 5 to 20 standard deviations in all columns together; three folds of 24 documents (--small: one of 10, one
budget, and no marks for single attacks, which so few documents cannot bear). The paper attacked image classifiers.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from _claims import Claim, conclude, main, note, save
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from amlsec.budget import EvasionBudget
from amlsec.catalogue import named
from amlsec.data import BENIGN, MALICIOUS, Batch, split
from amlsec.datasets.pdf_malware import FILES, load
from amlsec.defenses.guards.stateful_queries import StatefulQueries
from amlsec.evaluation.guarded import GuardedModel
from amlsec.frame import evade
from amlsec.oracle import Classifier, Model
from amlsec.space.tabular import TabularSpace, infer

NEEDS = FILES
MARK = 15.0
COSTS = {True: (MARK,), False: (5.0, 10.0, MARK, 20.0)}
QUERIES = 1000
PLAYED = {
    "label search, no guard": ("label-search", False),
    "label search": ("label-search", True),
    "random changes": ("random-noise", True),
    "OARS": ("oars", True),
}
Won = dict[str, list[float]]
"""For each attack, the share of documents that pass in the end, at each budget."""


def fold(rows: Batch, names: Sequence[str], many: int, small: bool, seed: int) -> tuple[Won, dict[str, float]]:
    """What attackers win, and what good clients lose: shares of test documents stopped without and with the guard."""
    train, test = split(rows, (0.5, 0.5), np.random.default_rng(seed))
    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    guard = StatefulQueries(estimator=classifier, random_state=seed).fit(train.X, train.y)
    models = {False: Classifier(guard.estimator_), True: GuardedModel(guard)}
    theirs = test.labelled(MALICIOUS).X
    X = theirs[models[False].labels(theirs) == MALICIOUS][:many]
    space = infer(train.X, names)
    won = {
        name: [passed(attack, models[guarded], X, space, cost, seed) for cost in COSTS[small]]
        for name, (attack, guarded) in PLAYED.items()
    }
    good = test.labelled(BENIGN).X
    return won, {"alone": float(models[False].labels(good).mean()), "guarded": float(models[True].labels(good).mean())}


def passed(attack: str, model: Model, X: Any, space: TabularSpace, cost: float, seed: int) -> float:
    """The share of the changed documents that the deployed system lets pass in the end, in the state it was left in."""
    budget = EvasionBudget(cost, QUERIES)
    result = evade(named(attack), model, X, space=space, budget=budget, rng=np.random.default_rng(seed))
    return float((result.verdicts == BENIGN).mean())


def claims(folds: Sequence[tuple[Won, dict[str, float]]], small: bool) -> list[Claim]:
    at = COSTS[small].index(MARK)

    def won(name: str) -> list[float]:
        return [each[name][at] for each, _ in folds]

    denied = [good["guarded"] - good["alone"] for _, good in folds]
    common = [
        Claim("label search passes, no guard", won("label search, no guard"), 0.9, 1),
        Claim(
            "what OARS passes more than label search behind the guard", np.subtract(won("OARS"), won("label search")), 0.3, 1
        ),
        Claim("good documents denied by the guard, all from one client", denied, 0, 0.02),
    ]
    if small:
        return common
    return [
        *common,
        Claim("label search passes behind the guard", won("label search"), 0, 0.1, "near 0"),
        Claim("OARS passes behind the guard", won("OARS"), 0.9, 1, "near 100 %"),
    ]


def draw(folds: Sequence[tuple[Won, dict[str, float]]], small: bool, out: Path) -> None:
    """Shares that pass against the budget, mean and standard deviation over folds."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4))
    axes = figure.subplots()
    for name, (_, guarded) in PLAYED.items():
        shares = 100 * np.array([won[name] for won, _ in folds])
        spread = shares.std(axis=0, ddof=1) if len(folds) > 1 else None
        label = f"{name}, behind the guard" if guarded else name
        axes.errorbar(COSTS[small], shares.mean(axis=0), spread, label=label, linestyle="-" if guarded else ":", capsize=2)
    axes.set(xlabel="budget, standard deviations in all columns together", ylabel="documents that pass, %", ylim=(-2, 102))
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    save(figure, "stateful_guard", out)


def run(small: bool, out: Path) -> int:
    """Reproduce OARS against a stateful guard."""
    demo = load()
    folds = []
    for seed in range(1 if small else 3):
        folds.append(fold(demo.batch, demo.columns, 10 if small else 24, small, seed))
        note(f"fold {seed}: {folds[-1]}")
    draw(folds, small, out)
    return conclude("OARS against stateful queries, PDF malware", claims(folds, small))


if __name__ == "__main__":
    main(run)
