"""TRIM, Sever and the median of means against poison, on the word counts of Enron-Spam (Diakonikolas et al. 2019 for Sever).

600 ham and 600 spam to train on, 300 and 300 to test, the 500 most frequent words, three folds (--small: one of 300
and 300, 200 words). The attacker knows the mails and a logistic regression, none of the defenses; his rows take the place of
others. The learners are told his share. The paper has 1 % of poison, made against a support vector machine of all words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from _claims import Claim, conclude, main, note, save
from _enron import CORPUS, draw, load
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from amlsec.attacks.poisoning.adversarial_flips import adversarial_flips
from amlsec.attacks.poisoning.hostile_source import hostile_source
from amlsec.attacks.poisoning.min_max import min_max
from amlsec.budget import PoisonBudget
from amlsec.data import Batch
from amlsec.defenses.learners.median_of_means import MedianOfMeans
from amlsec.defenses.learners.sever import Sever
from amlsec.defenses.learners.trim import Trim
from amlsec.scene import Scene, contaminate
from amlsec.space.tabular import Column, Kind, TabularSpace

NEEDS = (CORPUS,)
C = {"logistic": 0.1, "hinge": 0.01}
ATTACKS: dict[str, tuple[Callable[..., Any] | None, float]] = {
    "no attack, 3 % feared": (None, 0.03),
    "min-max, 1 %": (min_max, 0.01),
    "min-max, 3 %": (min_max, 0.03),
    "flips, 3 %": (adversarial_flips, 0.03),
    "hostile source, 3 %": (hostile_source, 0.03),
}
LEARNERS: dict[str, Callable[[float], Any]] = {
    "logistic regression": lambda _: Sever(C=C["logistic"], rounds=0),
    "Sever, logistic": lambda share: Sever(C=C["logistic"], contamination=share),
    "support vector machine": lambda _: Sever(loss="hinge", C=C["hinge"], rounds=0),
    "Sever, hinge": lambda share: Sever(loss="hinge", C=C["hinge"], contamination=share),
    "ridge regression": lambda _: Trim(contamination=0.0),
    "TRIM": lambda share: Trim(contamination=share),
    "median of means, 15 parts": lambda _: MedianOfMeans(C=C["logistic"]),
}
Errors = dict[str, dict[str, float]]


def drawn(half: int, words: int, seed: int) -> tuple[Batch, Batch, TabularSpace]:
    """Word counts of training and test mails, and the space of such counts."""
    mails = load().batch
    parts = draw(mails.y, np.random.default_rng(seed), half, half // 2)
    counter = CountVectorizer(max_features=words, token_pattern="[a-zA-Z]{2,}").fit(mails.X[parts[0]])
    train, test = (Batch(counter.transform(mails.X[at]).toarray().astype(np.float64), mails.y[at]) for at in parts)
    tops = train.X.max(axis=0).tolist()
    return train, test, TabularSpace([Column(f"word {i}", Kind.INTEGER, 0, top) for i, top in enumerate(tops)])


def poisoned(train: Batch, space: TabularSpace, attack: Callable[..., Any] | None, share: float, seed: int) -> Batch:
    """The training mails once the attacker has his share of them."""
    if attack is None:
        return train
    rng = np.random.default_rng(seed)
    own = rng.permutation(len(train))[: int(share * len(train))]
    learner = LogisticRegression(C=C["logistic"], max_iter=2000)
    scene = Scene(train.rows(own), len(train), space, train.drop(own), learner)
    return contaminate(train, own, attack(scene, budget=PoisonBudget(share), rng=rng))


def fold(half: int, words: int, seed: int) -> Errors:
    """The share of test mails each learner judges wrongly, after each attack."""
    train, test, space = drawn(half, words, seed)
    errors: Errors = {}
    for name, (attack, share) in ATTACKS.items():
        rows = poisoned(train, space, attack, share, seed)
        fitted = {learner: make(share).fit(csr_matrix(rows.X), rows.y) for learner, make in LEARNERS.items()}
        asked = csr_matrix(test.X)
        errors[name] = {learner: float((model.predict(asked) != test.y).mean()) for learner, model in fitted.items()}
        note(f"fold {seed}, {name}: " + ", ".join(f"{learner} {error:.1%}" for learner, error in errors[name].items()))
    return errors


def claims(folds: Sequence[Errors], slack: float) -> list[Claim]:
    clean, little, more = list(ATTACKS)[:3]

    def error(attack: str, learner: str) -> list[float]:
        return [errors[attack][learner] for errors in folds]

    def saved(attack: str, plain: str, robust: str) -> list[float]:
        return np.subtract(error(attack, plain), error(attack, robust)).tolist()

    machine = "support vector machine"
    return [
        Claim("wrong, no attack: support vector machine", error(clean, machine), 0, 0.10 + slack, "3 %"),
        Claim("wrong, min-max 1 %: support vector machine", error(little, machine), 0.08, 0.5),
        Claim("wrong, min-max 1 %: Sever, hinge", error(little, "Sever, hinge"), 0, 0.10 + slack, "7.4 %"),
        Claim("min-max 1 %: what Sever saves, hinge", saved(little, machine, "Sever, hinge"), 0.005, 0.5),
        Claim("min-max 3 %: what Sever saves, hinge", saved(more, machine, "Sever, hinge"), 0.005, 0.5),
        Claim("min-max 3 %: what Sever saves, logistic", saved(more, "logistic regression", "Sever, logistic"), 0.005, 0.5),
        Claim("min-max 3 %: what TRIM saves", saved(more, "ridge regression", "TRIM"), 0.0, 0.5),
    ]


def told(folds: Sequence[Errors]) -> None:
    """Every mean error, the price of every defense on clean mails among them."""
    for learner in LEARNERS:
        means = (f"{np.mean([errors[attack][learner] for errors in folds]):.1%}" for attack in ATTACKS)
        note(f"| {learner} | {' | '.join(means)} |")


def draw_bars(folds: Sequence[Errors], out: Path) -> None:
    """Test errors by attack and learner, mean and standard deviation over folds."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4), layout="constrained")
    axes = figure.subplots()
    for shift, learner in enumerate(LEARNERS):
        values = 100 * np.array([[errors[attack][learner] for attack in ATTACKS] for errors in folds])
        spread = values.std(axis=0, ddof=1) if len(folds) > 1 else None
        axes.bar(np.arange(len(ATTACKS)) + 0.12 * (shift - 3), values.mean(axis=0), 0.11, yerr=spread, label=learner)
    axes.set_xticks(np.arange(len(ATTACKS)), list(ATTACKS))
    axes.set(ylabel="test mails judged wrongly, %")
    axes.legend(fontsize="small", ncols=2)
    save(figure, "robust_learners", out)


def run(small: bool, out: Path) -> int:
    """Measure what robust linear models save of an attack, and what they cost without one."""
    half, words, seeds = (300, 200, 1) if small else (600, 500, 3)
    folds = [fold(half, words, seed) for seed in range(seeds)]
    draw_bars(folds, out)
    told(folds)
    return conclude("Robust linear models, word counts of Enron-Spam", claims(folds, 0.03 if small else 0.0))


if __name__ == "__main__":
    main(run)
