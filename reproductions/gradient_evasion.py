"""Evasion along gradients as in Biggio et al. (2013), and the diagnostics of Athalye et al. (2018), in tables.

A malicious row is moved down the margin, alone and with a density of benign rows that the attacker knows; how many rows pass
is drawn against what their change may cost. Digits 3 against 7 (8 x 8 pixels; a 3 is to pass for a 7), PDF documents
(Contagio in PDFrate's features, counts can only grow) and breast tumours, each against a linear machine, a radial machine
and a network. The diagnostics are asked of the digits' radial machine and network.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from _claims import Claim, conclude, main, note, save
from _digits import small_digits, two_classes
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from amlsec.attacks.gradient_steps import Wins, reach
from amlsec.budget import EvasionBudget
from amlsec.catalogue import named
from amlsec.data import BENIGN, MALICIOUS, Batch, split
from amlsec.datasets import pdf_malware
from amlsec.oracle import Classifier, Model, Oracle
from amlsec.space.column import Column, Kind
from amlsec.space.settings import corrected
from amlsec.space.tabular import TabularSpace, infer
from amlsec.threat import Access
from amlsec.whitebox.descent import Descent, automatic_steps, towards

NEEDS = ("pdf_mimicus/contagio-ben.parquet", "pdf_mimicus/contagio-mal.parquet")
COSTS = {
    "digits": (1.0, 2.0, 3.0, 4.0, 6.0, 10.0),
    "PDF": (0.5, 1.0, 1.5, 2.0, 3.0, 6.0),
    "tumours": (2.0, 5.0, 10.0, 20.0, 40.0, 80.0),
}
TRAIN, KNOWN, ROWS = 200, 60, 30
WEIGHTS = {"margin alone": 0.0, "with density": 3.0}
MODELS: dict[str, Callable[[], Any]] = {
    "linear machine": lambda: SVC(kernel="linear"),
    "radial machine": lambda: SVC(C=10.0),
    "network": lambda: MLPClassifier((32,), max_iter=400, tol=1e-3, random_state=0),
}
Curves = dict[tuple[str, str, str], list[float]]
"""By data, model and attack: the share of rows that pass at each cost, the last of them without a bound."""


@dataclass(frozen=True)
class Target:
    """A model, the rows it stops, and the space they move in."""

    model: Model
    space: TabularSpace
    rows: NDArray[np.float64]

    def reached(self, descent: Descent, cost: float) -> float:
        """Of the rows, how many pass after a descent."""
        found = Wins(self.model, BENIGN, self.rows, self.space, cost)
        reach(found, descent, np.random.default_rng(0))
        return float(np.isfinite(found.price).mean())

    def share(self, attack: str, cost: float, queries: int = 0) -> float:
        """Of the rows, how many pass after an attack of the catalogue."""
        oracle = Oracle(self.model, access=Access.PARAMETERS, rows=len(self.rows), queries=queries)
        budget, rng = EvasionBudget(cost, queries), np.random.default_rng(0)
        changed = named(attack).run(oracle, self.rows, space=self.space, budget=budget, rng=rng)
        return float((self.model.labels(changed) == BENIGN).mean())


def digits(rng: np.random.Generator) -> tuple[Batch, TabularSpace]:
    """3 against 7; a pixel's whole range costs 1."""
    return two_classes(small_digits(), 3, 7, rng), TabularSpace([Column(f"p{j}", Kind.NUMERIC, 0, 1) for j in range(64)])


@cache
def _documents() -> tuple[Batch, TabularSpace]:
    demo = pdf_malware.load()
    return demo.batch, corrected(infer(demo.batch.X, demo.columns), demo.space)


def documents(rng: np.random.Generator) -> tuple[Batch, TabularSpace]:
    """PDF documents in random order; a deviation of a column costs 1."""
    batch, space = _documents()
    return batch.rows(rng.permutation(len(batch))[:4000]), space


def tumours(rng: np.random.Generator) -> tuple[Batch, TabularSpace]:
    """Breast tumours (UCI 17, packaged in scikit-learn), a malignant one to pass for benign; a deviation costs 1."""
    X, benign = load_breast_cancer(return_X_y=True)
    rows = rng.permutation(len(X))
    return Batch(X[rows], 1 - benign[rows].astype(np.int64)), infer(X, [f"c{j}" for j in range(X.shape[1])])


DATA: dict[str, Callable[[np.random.Generator], tuple[Batch, TabularSpace]]] = {
    "digits": digits,
    "PDF": documents,
    "tumours": tumours,
}


def targets(data: str, seed: int, rows: int, models: Sequence[str]) -> dict[str, Target]:
    """The models, fitted to 200 rows, and malicious test rows; the attacker knows 60 benign rows of neither."""
    rng = np.random.default_rng(seed)
    batch, space = DATA[data](rng)
    train, known, test = _drawn(batch, rng)
    space = TabularSpace(space.columns, examples=known.labelled(BENIGN).X[:KNOWN])
    found = {}
    for name in models:
        model = Classifier(make_pipeline(StandardScaler(), MODELS[name]()).fit(train.X, train.y))
        theirs = test.labelled(MALICIOUS).X
        found[name] = Target(model, space, theirs[model.labels(theirs) == MALICIOUS][:rows])
    return found


def _drawn(batch: Batch, rng: np.random.Generator) -> list[Batch]:
    """Rows to train on, rows the attacker may know and rows to attack: disjoint, by distinct content."""
    share = TRAIN / len(batch)
    return split(batch, (share, share * 0.65, 1 - 1.65 * share), rng)


def curves(seed: int, rows: int, models: Sequence[str], every: int) -> Curves:
    """Every model of every data set, with and without the density, at every so many of the costs."""
    found: Curves = {}
    for data, costs in COSTS.items():
        for model, target in targets(data, seed, rows, models).items():
            for attack, weight in WEIGHTS.items():
                descent = towards(target.space.examples, weight)
                found[data, model, attack] = [target.reached(descent, cost) for cost in (*costs[::every], np.inf)]
            note(f"fold {seed}: {data}, {model}: {[found[data, model, attack] for attack in WEIGHTS]}")
    return found


def diagnostics(seed: int, rows: int, models: Sequence[str], queries: int) -> dict[str, float]:
    """Least margins by which the four signs of sound gradients hold, over the digits' models."""
    found = [_signs(target, queries) for target in targets("digits", seed, rows, models).values()]
    note(f"fold {seed}: {found}")
    return {name: min(each[name] for each in found) for name in found[0]}


def _signs(target: Target, queries: int) -> dict[str, float]:
    few = replace(target, rows=target.rows[: max(1, len(target.rows) // 2)])
    steps = [target.reached(partial(automatic_steps, steps=n), 3.0) for n in (3, 10, 30, 100)]
    return {
        "unbounded": target.share("standard-ensemble", np.inf),
        "more steps": float(np.diff(steps).min()),
        "many over one": target.share("apgd", 3.0) - target.share("fgsm", 3.0),
        "sight over none": few.share("standard-ensemble", 3.0) - few.share("score-search", 3.0, queries),
    }


def claims(folds: Sequence[Curves], signs: Sequence[dict[str, float]]) -> list[Claim]:
    def ends(data: str, model: str, attack: str) -> list[float]:
        return [fold[data, model, attack][-1] for fold in folds]

    growth = [min(float(np.diff(curve).min()) for curve in fold.values()) for fold in folds]
    radial = [(data, "radial machine") for data in COSTS]
    return [
        *(
            Claim(f"{data}, {model}: pass without a bound, with density", ends(data, model, "with density"), 0.95, 1)
            for data, model in radial
        ),
        *(
            Claim(
                f"{data}, {model}: density over margin alone, without a bound",
                list(np.subtract(ends(data, model, "with density"), ends(data, model, "margin alone"))),
                0,
                1,
                "helps",
            )
            for data, model in radial
        ),
        Claim("least growth of a curve from one cost to the next", growth, -0.05, 1, "monotone"),
        Claim("standard ensemble without a bound", [sign["unbounded"] for sign in signs], 1, 1, "100 %"),
        Claim(
            "least growth from 3 to 10, 30 and 100 steps of APGD", [sign["more steps"] for sign in signs], -0.02, 1, "helps"
        ),
        Claim("APGD over FGSM at equal cost", [sign["many over one"] for sign in signs], 0, 1, "not below"),
        Claim(
            "ensemble over a search by scores, at equal cost", [sign["sight over none"] for sign in signs], 0, 1, "not below"
        ),
    ]


def draw_curves(folds: Sequence[Curves], every: int, out: Path) -> None:
    """The share that passes against the cost, a panel for each data set; the last point is without a bound."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(14, 4.2))
    for axes, (data, costs) in zip(figure.subplots(1, 3), COSTS.items(), strict=True):
        ticks = [*(f"{cost:g}" for cost in costs[::every]), "none"]
        for color, model in enumerate(sorted({model for kind, model, _ in folds[0] if kind == data})):
            for style, attack in zip(("--", "-"), WEIGHTS, strict=True):
                shares = 100 * np.mean([fold[data, model, attack] for fold in folds], axis=0)
                axes.plot(range(len(shares)), shares, style, marker="o", color=f"C{color}", label=f"{model}, {attack}", ms=4)
        axes.set_xticks(range(len(ticks)), ticks)
        unit = "pixel ranges" if data == "digits" else "column deviations"
        axes.set(xlabel=f"most cost of a change, {unit}", ylabel="rows that pass, %", title=data, ylim=(-2, 102))
        axes.legend(fontsize=7)
    figure.tight_layout()
    save(figure, "gradient_evasion", out)


def run(small: bool, out: Path) -> int:
    """Reproduce evasion along gradients, with and without a density of benign rows."""
    seeds, rows, every = (range(1), 6, 3) if small else (range(3), ROWS, 1)
    models = ("radial machine",) if small else tuple(MODELS)
    folds = [curves(seed, rows, models, every) for seed in seeds]
    signs = [diagnostics(seed, rows, models[-2:], 100 if small else 1000) for seed in seeds]
    draw_curves(folds, every, out)
    return conclude("Evasion along gradients: digits, PDF documents, tumours", claims(folds, signs))


if __name__ == "__main__":
    main(run)
