"""Model extraction of Tramèr et al. (2016): what it costs to copy a linear model, a tree, and any other by substitutes.

Models of German Credit, digits, phishing pages and Adult, three splits (--small: one, of phishing alone). The paper copied
models of two services: logistic regressions of Amazon, on quantile bins, and trees of BigML.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from _claims import Claim, conclude, main, note, save
from _copied import DATA, Victim, victim
from _copied import NEEDS as NEEDS
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from amlsec.defenses.guards.labels_only import LabelsOnly
from amlsec.defenses.guards.rounded_scores import RoundedScores

LINEAR = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
TREE = DecisionTreeClassifier(max_leaf_nodes=26, min_samples_leaf=10, random_state=0)
OTHERS = {
    "random forest": RandomForestClassifier(50, min_samples_leaf=2, random_state=0),
    "gradient boosting": HistGradientBoostingClassifier(max_iter=50, random_state=0),
}
TREE_BUDGET = 40_000
BUDGETS = (0, 100, 300, 1000, 3000)
SHOWN: dict[str, tuple[str, Any]] = {
    "by verdicts": ("active-substitute", None),
    "by scores": ("score-substitute", None),
    "by scores of 2 digits": ("score-substitute", RoundedScores(digits=2)),
    "by verdicts for scores": ("score-substitute", LabelsOnly()),
}
"""The attack, and the guard that the model is behind."""
PAPER = {"linear": {"digits": "650 for ten", "Adult": "1,485"}, "tree": {"German Credit": "1,150"}}
"""Questions in the paper's table; its models are others."""
Curves = dict[str, list[list[float]]]


def of_linear(name: str, victims: Sequence[Victim]) -> list[Claim]:
    """What it costs to copy the linear model by scores, by rounded scores, and by verdicts."""
    needed = [1 + sum(column.low < column.high for column in each.space.columns) for each in victims]
    exact = [each.copied("equation-solving", n) for each, n in zip(victims, needed, strict=True)]
    off = [parameters_off(each, stolen.model) for each, stolen in zip(victims, exact, strict=True)]
    beyond = [stolen.asked - n for stolen, n in zip(exact, needed, strict=True)]
    guard = RoundedScores(digits=2)
    rounded = [each.copied("equation-solving", 50 * n, guard) for each, n in zip(victims, needed, strict=True)]
    verdicts = [each.copied("boundary-points", 50 * n + 200) for each, n in zip(victims, needed, strict=True)]
    what, paper = f"{name}, linear", PAPER["linear"].get(name, "")
    return [
        Claim(f"{what}: questions", [stolen.asked for stolen in exact], 1, 1e4, paper, ""),
        Claim(f"{what}: questions beyond d + 1", beyond, 0, 0, "0", ""),
        Claim(f"{what}: parameters off by, in 1e-9", [1e9 * each for each in off], 0, 1, "", ""),
        Claim(f"{what}: same verdict on test rows", [stolen.test for stolen in exact], 1, 1, "100 %"),
        Claim(f"{what}: same by scores of 2 digits", [stolen.test for stolen in rounded], 0, 1),
        Claim(f"{what}: same by verdicts", [stolen.test for stolen in verdicts], 0, 1),
    ]


def parameters_off(each: Victim, copy: Any) -> float:
    """The largest difference of the intercept and of the weights of columns that vary, on standardised columns."""
    scaler, last = each.model.estimator[0], each.model.estimator[-1]
    evidence = copy.evidence(scaler.mean_ + np.vstack([np.zeros(len(scaler.mean_)), np.diag(scaler.scale_)]))
    found = np.append(evidence[1:] - evidence[0], evidence[0])
    varies = np.append([column.low < column.high for column in each.space.columns], True)
    return float(np.abs(found - np.append(last.coef_[0], last.intercept_[0]))[varies].max())


def of_tree(name: str, victims: Sequence[Victim]) -> list[Claim]:
    """What it costs to copy the tree; but for digits, whose leaves share scores, it is to be the same function."""
    stolen = [each.copied("path-finding", TREE_BUDGET) for each in victims]
    fitted = [each.model.estimator.tree_ for each in victims]
    scores = [tree.value[tree.children_left < 0][:, 0, 1] for tree in fitted]
    what, most = f"{name}, tree", 1 if name == "digits" else 1e-9
    return [
        Claim(f"{what}: leaves", [len(each) for each in scores], 1, 26, "", ""),
        Claim(f"{what}: different scores among them", [len(np.unique(each)) for each in scores], 1, 26, "", ""),
        Claim(f"{what}: questions", [each.asked for each in stolen], 1, TREE_BUDGET, PAPER["tree"].get(name, ""), ""),
        Claim(f"{what}: same verdict on test rows", [each.test for each in stolen], 0.99, 1, "100 %"),
        Claim(f"{what}: same verdict anywhere", [each.anywhere for each in stolen], 0.99, 1, "100 %"),
        Claim(f"{what}: largest difference of scores", [each.off for each in stolen], 0, most, "0", ""),
    ]


def curves(victims: Sequence[Victim], budgets: Sequence[int]) -> Curves:
    """Agreement on test rows for each way to ask, split and budget."""
    return {
        what: [[each.copied(attack, queries, guard).test for queries in budgets] for each in victims]
        for what, (attack, guard) in SHOWN.items()
    }


def of_any(model: str, found: Curves, budgets: Sequence[int]) -> list[Claim]:
    """A copy by substitutes is to agree better than without a question."""
    claims = [Claim(f"{model}: same verdict, no question", [each[0] for each in found["by verdicts"]], 0, 1)]
    for what, shares in found.items():
        claims.append(Claim(f"{model}: same, {budgets[-1]:,} questions {what}", [each[-1] for each in shares], 0, 1))
    gained = [each[-1] - each[0] for each in found["by scores"]]
    return [*claims, Claim(f"{model}: gain by scores over no question", gained, 0, 1)]


def draw_curves(every: dict[str, Curves], budgets: Sequence[int], out: Path) -> None:
    """Agreement against questions, one panel a model, mean and standard deviation over splits."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.6, 3.8))
    for axes, (model, found) in zip(
        figure.subplots(1, len(every), sharey=True, squeeze=False)[0], every.items(), strict=True
    ):
        for what, shares in found.items():
            spread = 100 * np.std(shares, axis=0, ddof=1) if len(shares) > 1 else None
            axes.errorbar(np.maximum(budgets, 30), 100 * np.mean(shares, axis=0), spread, label=what, capsize=2)
        axes.set(xscale="log", xlabel="questions (leftmost: none)", title=model)
        axes.grid(alpha=0.3)
    figure.axes[0].set_ylabel("test rows with the model's verdict, %")
    figure.axes[0].legend(fontsize=8, loc="lower right")
    save(figure, "model_extraction", out)


def there() -> list[str]:
    """The data sets that can be read: one comes with a package that need not be installed."""
    if find_spec("dmba") is not None:
        return list(DATA)
    note("dmba is not installed: its German Credit data are left out")
    return [name for name in DATA if name != "German Credit"]


def run(small: bool, out: Path) -> int:
    """Reproduce what copies of models cost."""
    seeds, found = range(1 if small else 3), []
    for name in ["phishing"] if small else there():
        batch = DATA[name]()
        found += of_linear(name, [victim(batch, LINEAR, seed) for seed in seeds])
        found += of_tree(name, [victim(batch, TREE, seed) for seed in seeds])
        note(f"{name} done")
    batch, budgets = DATA["phishing"](), BUDGETS[:3:2] if small else BUDGETS
    every: dict[str, Curves] = {}
    for model, learner in [*OTHERS.items()][small:]:
        every[model] = curves([victim(batch, learner, seed) for seed in seeds], budgets)
        found += of_any(model, every[model], budgets)
        note(f"{model} done")
    draw_curves(every, budgets, out)
    return conclude("Model extraction", found)


if __name__ == "__main__":
    main(run)
