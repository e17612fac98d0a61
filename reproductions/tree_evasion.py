"""Evasion of tree ensembles, exactly and fast, and adversarial boosting against it (Kantchelian, Tygar and Joseph 2016).

Gradient boosting and a random forest on Windows programs (ClaMP), connections (NSL-KDD) and Android apps (Drebin-215), half
of the rows to train on; of the other half some malicious rows that are stopped are attacked from inside, exactly and by the
fast search. Costs are a weighted L1 distance in standard deviations; the apps' columns are flags of price 1, so that their
cost counts changed features. Three folds (--small: apps alone, fewer rows, one fold).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from _claims import Claim, conclude, main, note, save
from numpy.typing import NDArray
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier

from amlsec.attacks.evasion.exact_trees import exact_trees
from amlsec.attacks.evasion.leaf_regions import leaf_regions
from amlsec.budget import EvasionBudget
from amlsec.data import Batch
from amlsec.datasets import clamp, drebin, nsl_kdd
from amlsec.defenses.learners.adversarial_boosting import AdversarialBoosting
from amlsec.oracle import Classifier, Oracle
from amlsec.space.tabular import TabularSpace, infer
from amlsec.threat import Access

NEEDS: tuple[str, ...] = (clamp.FILE, nsl_kdd.FILE, drebin.FILE)
DATA = {"programs": clamp, "connections": nsl_kdd, "apps": drebin}
MODELS: dict[str, Callable[[int], Any]] = {
    "boosting": lambda seed: GradientBoostingClassifier(n_estimators=100, max_depth=3, random_state=seed),
    "forest": lambda seed: RandomForestClassifier(50, max_depth=8, random_state=seed),
}
REACH = 2.0
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Fold:
    """Rows to train and to attack, and the space they lie in."""

    train: Batch
    test: Batch
    space: TabularSpace


@lru_cache(1)
def fold(name: str, seed: int, rows: int) -> Fold:
    demo = DATA[name].load(seed)
    half = min(len(demo.batch) // 2, rows)
    space = infer(demo.batch.X, demo.columns, demo.categories or None)
    return Fold(demo.batch.rows(slice(0, half)), demo.batch.rows(slice(half, None)), space)


def attacked(model: Any, of: Fold, attack: Any, many: int) -> tuple[Floats, float]:
    """What each attacked row's evasion costs, infinite where there is none, and the seconds a row takes."""
    judge = Classifier(model)
    malicious = of.test.labelled(1).X
    X = malicious[judge.labels(malicious) == 1][:many]
    oracle = Oracle(judge, access=Access.PARAMETERS, rows=len(X), queries=0)
    start = time.perf_counter()
    changed = attack(oracle, X, space=of.space, budget=EvasionBudget(np.inf, 0), rng=np.random.default_rng(0))
    seconds = (time.perf_counter() - start) / len(X)
    return np.where(judge.labels(changed) == 0, of.space.cost(X, changed), np.inf), seconds


def errors(model: Any, of: Fold) -> tuple[float, float]:
    """The shares of malicious rows that pass and of benign rows that are stopped."""
    wrong = model.predict(of.test.X) != of.test.y
    return float(wrong[of.test.y == 1].mean()), float(wrong[of.test.y == 0].mean())


def compared(of: Fold, model: Any, many: int) -> list[tuple[Floats, float]]:
    """Costs, and seconds for each row, of the exact and the fast attack on the same rows."""
    return [attacked(model, of, attack, many) for attack in (exact_trees, leaf_regions)]


def hardened(of: Fold, seed: int, many: int, trees: int) -> dict[str, Any]:
    """Plain and adversarial boosting of the same trees, attacked exactly."""
    found = {}
    for name, cost in (("plain", 0.0), ("adversarial", REACH)):
        model = AdversarialBoosting(space=of.space, cost=cost, trees=trees, random_state=seed).fit(of.train.X, of.train.y)
        found[name] = {"cost": attacked(model, of, exact_trees, many)[0], "errors": errors(model, of)}
    return found


def claims(folds: list[dict[str, tuple[Floats, Floats]]], hard: list[dict[str, Any]]) -> list[Claim]:
    def changed(name: str) -> list[float]:
        return [float(np.median(found[f"apps, {name}"][0])) for found in folds]

    def erring(name: str, which: int) -> list[float]:
        return [each[name]["errors"][which] for each in hard]

    ratios = [np.concatenate([fast / exact for exact, fast in found.values()]) for found in folds]
    plain, strong = ([float(np.median(each[name]["cost"])) for each in hard] for name in ("plain", "adversarial"))
    return [
        Claim("fast over exact cost, median", [float(np.median(each)) for each in ratios], 1 - 1e-6, 1.01, unit="x"),
        Claim("same, nine of ten", [float(np.quantile(each, 0.9)) for each in ratios], 1 - 1e-6, 1.05, unit="x"),
        Claim("features to change of 215, boosting", changed("boosting"), 1, 5, "few", "features"),
        Claim("same, forest", changed("forest"), 1, 5, "few", "features"),
        Claim("same, adversarial over plain boosting", list(np.divide(strong, plain)), 1.25, 10, "hardens", "x"),
        Claim("malicious apps that pass unchanged, adversarial", erring("adversarial", 0), 0, 0.15),
        Claim("benign apps stopped, adversarial", erring("adversarial", 1), 0, 0.10),
        Claim("benign apps stopped, plain", erring("plain", 1), 0, 0.05),
    ]


def draw(folds: list[dict[str, tuple[Floats, Floats]]], hard: list[dict[str, Any]], out: Path) -> None:
    """Fast against exact costs, and how many features it takes to get apps through."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    for name in folds[0]:
        exact, fast = (np.concatenate([found[name][k] for found in folds]) for k in (0, 1))
        left.loglog(exact, fast, "o", ms=4, alpha=0.6, label=name)
    left.plot(left.get_xlim(), left.get_xlim(), "k-", lw=0.8, label="equal")
    left.set(xlabel="exact least cost, scale units", ylabel="cost found by the fast search, scale units")
    apps = {name: np.concatenate([found[f"apps, {name}"][0] for found in folds]) for name in MODELS}
    apps |= {f"{name} boosting (ours)": np.concatenate([each[name]["cost"] for each in hard]) for name in hard[0]}
    changed = np.arange(1 + int(max(costs[np.isfinite(costs)].max() for costs in apps.values())))
    for name, costs in apps.items():
        right.step(changed, [100 * (costs <= k + 1e-9).mean() for k in changed], where="post", label=name)
    right.set(xlabel="features changed, of 215", ylabel="malicious apps that can pass, %", ylim=(0, 101))
    for axes in (left, right):
        axes.legend(fontsize=7)
    save(figure, "tree_evasion", out)


def played(small: bool, seed: int, many: int, rows: int) -> dict[str, tuple[Floats, Floats]]:
    """For each data set and model of a fold the exact and the fast costs."""
    found = {}
    for data in ("apps",) if small else DATA:
        of = fold(data, seed, rows)
        for name, made in MODELS.items():
            (exact, slow), (fast, quick) = compared(of, made(seed).fit(of.train.X, of.train.y), many)
            told = f"median {np.median(exact):.3f}, ratio up to {(fast / exact).max():.3f}; {slow:.2f} s, {quick:.2f} s"
            note(f"fold {seed}, {data}, {name}: {told}")
            found[f"{data}, {name}"] = exact, fast
    return found


def run(small: bool, out: Path) -> int:
    """Reproduce the evasion of tree ensembles, and the hardening by adversarial boosting."""
    many, more, trees, rows, seeds = (3, 10, 15, 1000, 1) if small else (8, 8, 60, 3000, 3)
    folds, hard = [], []
    for seed in range(seeds):
        folds.append(played(small, seed, many, rows))
        hard.append(hardened(fold("apps", seed, rows), seed, more, trees))
        note(f"fold {seed}, hardened: {[(k, np.median(v['cost']), v['errors']) for k, v in hard[-1].items()]}")
    draw(folds, hard, out)
    return conclude("Evasion of tree ensembles", claims(folds, hard))


if __name__ == "__main__":
    main(run)
