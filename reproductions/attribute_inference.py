"""Attribute inference against imputation (Jayaraman and Evans 2022) on Adult: what a model gives away of people.

Three columns are hidden, one at a time, of 1,000 people whom the model was trained on and 1,000 whom it was not. The
attacker knows all else of them, their income class among it, and has 800 rows of strangers; so has the imputer, who
asks no model. Four models, three attacks, three folds (--small: some of them, one fold).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from _adult import NEEDS as NEEDS
from _adult import coded
from _claims import Claim, conclude, main, note, save
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from amlsec.budget import QueryBudget
from amlsec.catalogue import named
from amlsec.evaluation.ground import Ground
from amlsec.evaluation.inference_game import inference_game
from amlsec.evaluation.play import Outcome, Play
from amlsec.space.tabular import infer

SIZES = {"train": 4000, "trusted": 1000, "shadow": 800, "outsiders": 3000}
COLUMNS = ("sex", "race", "occupation")
ATTACKS = ("weighted-inference", "attribute-inference", "label-only-inference")
WELL_FITTED, OVER_FITTED = ("logistic regression", "boosted trees"), ("one tree", "forest")
OTHERS = ", of others"
Key = tuple[str, str, str]
Found = dict[Key, Outcome]


def models(categories: Sequence[Sequence[str]]) -> dict[str, Any]:
    """The classifiers by name, as scikit-learn has them; trees are grown until every leaf is pure."""
    named_columns = [j for j, names in enumerate(categories) if names]
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    encoder = ColumnTransformer([("names", one_hot, named_columns)], remainder=StandardScaler())
    learners = (
        LogisticRegression(max_iter=1000),
        HistGradientBoostingClassifier(),
        DecisionTreeClassifier(),
        RandomForestClassifier(),
    )
    return {name: make_pipeline(encoder, model) for name, model in zip(WELL_FITTED + OVER_FITTED, learners, strict=True)}


def fold(seed: int, games: Iterable[Key]) -> Found:
    """The outcome of each game, a model, a hidden column and an attack; a model is trained once."""
    batch, names, categories = coded()
    order, ends = np.random.default_rng(seed).permutation(len(batch)), np.cumsum([0, *SIZES.values()])
    parts = {name: batch.rows(order[a:b]) for name, a, b in zip(SIZES, ends[:-1], ends[1:], strict=True)}
    space = infer(batch.X, names, categories)
    grounds = {
        model: Ground(**parts, test=parts["outsiders"], space=space, offers={"estimator": made, "random_state": seed})
        for model, made in models(categories).items()
    }
    return {key: play(grounds[key[0]], names.index(key[1]), key[2], seed) for key in games}


def play(ground: Ground, hidden: int, attack: str, seed: int) -> Outcome:
    asked = Play(replace(ground, sensitive=(hidden,)), named(attack), None, QueryBudget(100), np.random.default_rng(seed))
    return inference_game(asked)


def gains(folds: Sequence[Found], wanted: Sequence[Key], who: str = "") -> list[float]:
    """For each fold the mean gain over imputation of these games: on training rows, or on others."""
    return [float(np.mean([gain(found[key], f"{key[1]}: gain{who}") for key in wanted if key in found])) for found in folds]


def gain(outcome: Outcome, figure: str) -> float:
    return float(outcome.measured[figure].split("%")[0]) / 100


def claims(folds: Sequence[Found]) -> list[Claim]:
    weighed = "weighted-inference"
    fair = [key for key in folds[0] if key[0] in WELL_FITTED and key[2] == weighed]
    traits = [key for key in folds[0] if key[0] in OVER_FITTED and key[1] != "occupation" and key[2] == weighed]
    work = [key for key in folds[0] if key[0] in OVER_FITTED and key[1] == "occupation" and key[2] == weighed]
    frequent, labels = ([key for key in folds[0] if key[2] == attack] for attack in ATTACKS[1:])
    return [
        Claim("gain over imputation, well-fitted models", gains(folds, fair), -0.03, 0.02, "rarely any"),
        Claim("same, sex and race, pure trees", gains(folds, traits), -0.03, 0.02, "rarely any"),
        Claim("same, occupation, pure trees", gains(folds, work), 0.02, 1),
        Claim("same, of people they were not trained on", gains(folds, work, OTHERS), -0.2, 0.01),
        Claim("gain by frequency and score alone, one tree", gains(folds, frequent), -1, 0, "none"),
        Claim("gain by verdicts alone, one tree", gains(folds, labels), -1, 0, "none"),
    ]


def draw(folds: Sequence[Found], out: Path) -> None:
    """The gain of the weighted attack for each model and column, on training rows and on others."""
    from matplotlib.figure import Figure

    shown = [key for key in folds[0] if key[2] == "weighted-inference"]
    figure = Figure(figsize=(7, 4))
    axes, at = figure.subplots(), np.arange(len(shown))
    for who, shift, label in (("", -0.15, "trained on"), (OTHERS, 0.15, "not trained on")):
        values = 100 * np.array([gains(folds, [key], who) for key in shown])
        spread = values.std(axis=1, ddof=1) if len(folds) > 1 else None
        axes.errorbar(at + shift, values.mean(axis=1), spread, fmt="o", capsize=3, label=label)
    axes.axhline(0, color="0.6", linewidth=1)
    axes.set_xticks(at, [f"{column},\n{model}" for model, column, _ in shown], rotation=60, ha="right", fontsize=8)
    axes.set(xlabel="hidden column, model", ylabel="right guesses beyond imputation, points")
    axes.legend(title="of people the model was")
    save(figure, "attribute_inference", out)


def games(small: bool) -> list[Key]:
    """All models and columns by the strongest attack; the others where they do best, on a tree that recalls its rows."""
    if small:
        some = ("logistic regression", "occupation"), ("one tree", "sex"), ("one tree", "occupation")
        return [*((*pair, ATTACKS[0]) for pair in some), *_by_a_tree(("sex",))]
    return [*product(WELL_FITTED + OVER_FITTED, COLUMNS, ATTACKS[:1]), *_by_a_tree(COLUMNS)]


def _by_a_tree(columns: Sequence[str]) -> list[Key]:
    return list(product(("one tree",), columns, ATTACKS[1:]))


def run(small: bool, out: Path) -> int:
    """Reproduce that attribute inference is mostly imputation, and show where it is more."""
    folds = []
    for seed in range(1 if small else 3):
        folds.append(fold(seed, games(small)))
        note(f"fold {seed} done")
    draw(folds, out)
    return conclude("Attribute inference against imputation, Adult", claims(folds))


if __name__ == "__main__":
    main(run)
