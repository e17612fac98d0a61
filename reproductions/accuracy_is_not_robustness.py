"""Are better classifiers better at thwarting evasion? Twelve usual ones, in the order of their accuracy.

"Better algorithms will, by definition, be better at thwarting evasion attacks", says the page that this library grew
from. Android apps (Drebin-215; an attacker adds features, each costs 1) and PDF documents (Contagio in PDFrate's
features; counts can only grow, a column's deviation costs 1). Every classifier is scikit-learn's as it comes. The same
malicious rows, which all of them stop, are changed by the same two searches, one led by scores and one by verdicts; and
from inside, where there is a way: exactly in linear models, leaf by leaf in trees, along slopes in machines and nets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from _claims import Claim, conclude, main, note, save
from numpy.typing import NDArray
from scipy.stats import spearmanr
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import BernoulliNB, GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

from amlsec.budget import EvasionBudget
from amlsec.catalogue import named
from amlsec.data import BENIGN, MALICIOUS, Batch
from amlsec.datasets import drebin, pdf_malware
from amlsec.datasets.demo import Demo
from amlsec.errors import NotApplicable
from amlsec.frame import evade
from amlsec.oracle import Classifier
from amlsec.space.settings import corrected
from amlsec.space.tabular import TabularSpace, infer

NEEDS = (drebin.FILE, "pdf_mimicus/contagio-ben.parquet", "pdf_mimicus/contagio-mal.parquet")
Floats = NDArray[np.float64]
DATA: dict[str, Callable[[int], Demo]] = {"apps": drebin.load, "documents": pdf_malware.load}
TICKS = (1, 2, 5, 10, 20, 50)
REACH = {"apps": 5.0, "documents": 2.0}
OUTSIDE = ("score-search", "label-search")
SEEN = {"searched": "by searches", "cheapest": "by all attacks"}
INSIDE = ("linear-exact", "leaf-regions", "standard-ensemble")


def scaled(model: Any) -> Any:
    return make_pipeline(StandardScaler(), model)


LEARNERS: dict[str, Callable[[int], Any]] = {
    "naive Bayes, normal": lambda _: GaussianNB(),
    "naive Bayes, binary": lambda _: BernoulliNB(),
    "linear discriminant": lambda _: scaled(LinearDiscriminantAnalysis()),
    "logistic regression": lambda _: scaled(LogisticRegression(max_iter=2000)),
    "linear machine": lambda seed: scaled(LinearSVC(max_iter=100_000, random_state=seed)),
    "radial machine": lambda _: scaled(SVC()),
    "5 neighbours": lambda _: scaled(KNeighborsClassifier()),
    "perceptron": lambda seed: scaled(MLPClassifier(max_iter=1000, random_state=seed)),
    "tree": lambda seed: DecisionTreeClassifier(random_state=seed),
    "random forest": lambda seed: RandomForestClassifier(random_state=seed),
    "extra trees": lambda seed: ExtraTreesClassifier(random_state=seed),
    "boosted trees": lambda seed: HistGradientBoostingClassifier(random_state=seed),
}


@dataclass(frozen=True)
class Size:
    """How many rows train and are attacked, queries for each, of which folds and learners."""

    rows: int
    attacked: int
    queries: int
    folds: tuple[int, ...]
    learners: tuple[str, ...]


FULL = Size(1000, 20, 300, (0, 1, 2), tuple(LEARNERS))
SMALL = Size(500, 5, 60, (0,), ("naive Bayes, binary", "logistic regression", "5 neighbours", "tree", "boosted trees"))


@dataclass(frozen=True)
class Measured:
    """One learner on one fold.

    Attributes
    ----------
    right : share of test rows judged rightly, unattacked
    searched : of each attacked row's cheapest evasion found by searches; infinite where none was
    cheapest : the same by whatever attack, those from inside too
    """

    right: float
    searched: Floats
    cheapest: Floats


def costs(attack: str, model: Classifier, X: Floats, space: TabularSpace, size: Size, seed: int) -> Floats:
    """Of each row, what its cheapest evasion costs; infinite where none is found, or the attack does not apply."""
    budget, rng = EvasionBudget(np.inf, size.queries), np.random.default_rng(seed)
    try:
        found = evade(named(attack), model, X, space=space, budget=budget, rng=rng)
    except NotApplicable:
        return np.full(len(X), np.inf)
    return np.where(found.verdicts == BENIGN, found.cost, np.inf)


def fold(data: str, size: Size, seed: int) -> dict[str, Measured]:
    """Every learner on one draw of one table, attacked on the malicious rows that all stop."""
    demo = DATA[data](seed)
    space = corrected(infer(demo.batch.X, demo.columns), demo.space)
    train, test = demo.batch.rows(slice(0, size.rows)), demo.batch.rows(slice(3000, 5000))
    models = {name: Classifier(LEARNERS[name](seed).fit(train.X, train.y)) for name in size.learners}
    X = _stopped_by_all(models, test)[: size.attacked]
    found = {}
    for name, model in models.items():
        searched, inside = (
            np.min([costs(attack, model, X, space, size, seed) for attack in attacks], axis=0)
            for attacks in (OUTSIDE, INSIDE)
        )
        right = float((model.labels(test.X) == test.y).mean())
        found[name] = Measured(right, searched, np.minimum(searched, inside))
        note(f"fold {seed}, {data}, {name}: {right:.1%} right, median {np.median(searched):.3g}, {np.median(inside):.3g}")
    return found


def _stopped_by_all(models: dict[str, Classifier], test: Batch) -> Floats:
    malicious = test.labelled(MALICIOUS).X
    return np.asarray(malicious[np.all([model.labels(malicious) == MALICIOUS for model in models.values()], axis=0)])


def order(one: dict[str, Measured], seen: str) -> float:
    """Rank correlation over learners of accuracy and the median cost of an evasion; 1 is the page's sentence."""
    return float(spearmanr([m.right for m in one.values()], [np.median(getattr(m, seen)) for m in one.values()]).statistic)


def likely(found: float, learners: int) -> tuple[float, float]:
    """The 95 % interval of a rank correlation over so many learners (Bonett and Wright 2000)."""
    width = 1.96 * np.sqrt((1 + found**2 / 2) / (learners - 3))
    return float(np.tanh(np.arctanh(found) - width)), float(np.tanh(np.arctanh(found) + width))


def inverted(one: dict[str, Measured], seen: str) -> float:
    """Of the pairs of learners that differ in both, the share in which the more accurate one is evaded more cheaply."""
    pairs = [
        (a.right - b.right) * (np.median(getattr(a, seen)) - np.median(getattr(b, seen)))
        for a, b in combinations(one.values(), 2)
        if a.right != b.right and np.median(getattr(a, seen)) != np.median(getattr(b, seen))
    ]
    return float(np.mean(np.array(pairs) < 0))


def evaded(found: Measured, reach: float, seen: str = "searched") -> float:
    return float((getattr(found, seen) <= reach).mean())


def best(one: dict[str, Measured], reach: float) -> tuple[float, float]:
    """The share evaded of the most accurate learner, and of the learner that is evaded least."""
    return evaded(max(one.values(), key=lambda m: m.right), reach), min(evaded(m, reach) for m in one.values())


def claims(data: str, folds: Sequence[dict[str, Measured]], slack: float) -> list[Claim]:
    most, least = zip(*(best(one, REACH[data]) for one in folds), strict=True)
    spread = [max(m.right for m in one.values()) - min(m.right for m in one.values()) for one in folds]
    found = [Claim(f"{data}: the best learner is right more often than the worst by", spread, 0.02, 1)]
    for seen, said in SEEN.items():
        orders, against = ([value(one, seen) for one in folds] for value in (order, inverted))
        found += [
            Claim(f"{data}: rank correlation of accuracy and cost, {said}", orders, -1, 0.5 + slack, "1", ""),
            Claim(f"{data}: pairs whose better one is cheaper to evade, {said}", against, 0.25 - slack, 1, "0 %"),
        ]
    more = list(np.subtract(most, least))
    return [
        *found,
        Claim(f"{data}: rows evaded of the most accurate learner", most, 0.3 - slack, 1),
        Claim(f"{data}: the same, less those of the learner evaded least", more, 0.1 - slack, 1, "below 0"),
    ]


def told(data: str, folds: Sequence[dict[str, Measured]]) -> None:
    """Every learner: accuracy, what passes within the reach and the median costs, by searches and by all attacks."""
    reach = REACH[data]
    columns = ("right", f"evaded within {reach:g}", "by all attacks", "median cost", "by all attacks")
    note(f"\n| {data}: learner | {' | '.join(columns)} |\n{'|---' * 6}|")
    for name in sorted(folds[0], key=lambda name: -np.mean([one[name].right for one in folds])):
        of = [one[name] for one in folds]
        medians = (np.median(np.concatenate([getattr(m, seen) for m in of])) for seen in SEEN)
        shares = (np.mean([m.right for m in of]), *(np.mean([evaded(m, reach, seen) for m in of]) for seen in SEEN))
        note(f"| {name} | {' | '.join(f'{x:.1%}' for x in shares)} | {' | '.join(f'{x:.2f}' for x in medians)} |")
    for seen, said in SEEN.items():
        mean = float(np.mean([order(one, seen) for one in folds]))
        low, high = likely(mean, len(folds[0]))
        note(f"{data}: rank correlation {said} {mean:.2f} ({low:.2f} to {high:.2f} over learners)")


def draw(found: dict[str, list[dict[str, Measured]]], out: Path) -> None:
    """Each learner's accuracy and the share of rows that get past it within the reach."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.6), layout="constrained")
    for axes, (data, folds) in zip(figure.subplots(1, len(found)), found.items(), strict=True):
        for place, name in enumerate(folds[0]):
            wrong, passed = (
                100 * np.mean([value(one[name]) for one in folds])
                for value in (lambda m: 1 - m.right, lambda m, reach=REACH[data]: evaded(m, reach))
            )
            axes.plot(wrong, passed, "osv^Dx"[place % 6], color=f"C{place % 10}", markersize=8, label=name)
        axes.set(xlabel="test rows judged wrongly, % (the better, the further right)", xscale="log", ylim=(-3, 103))
        axes.set_xticks(TICKS, map(str, TICKS), minor=False)
        axes.minorticks_off()
        axes.invert_xaxis()
        axes.set(title=f"{data}: evaded at a cost of at most {REACH[data]:g}", ylabel="malicious rows that pass, %")
        axes.grid(alpha=0.3)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    save(figure, "accuracy_is_not_robustness", out)


def run(small: bool, out: Path) -> int:
    """Train, attack, rank, draw, print the claims; 0 where all hold."""
    size = SMALL if small else FULL
    found = {data: [fold(data, size, seed) for seed in size.folds] for data in DATA}
    for data, folds in found.items():
        told(data, folds)
    draw(found, out)
    slack = 0.15 if small else 0.0
    return conclude("Accuracy against evasion", [one for data, folds in found.items() for one in claims(data, folds, slack)])


if __name__ == "__main__":
    main(run)
