"""LiRA (Carlini et al. 2022) against the loss on over-fitted classical models, and its price where little is trained.

Adult: extremely randomized trees of 10,000 rows, 5 nearest neighbors of 4,000, ridge classification of 300. Enron-Spam:
naive Bayes on the words of 10,000 mails. Each model is asked once about its rows and 10,000 others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from _adult import NEEDS as ADULT
from _adult import standardised
from _claims import Claim, conclude, main, note, save
from _enron import CORPUS, corpus
from _membership import Fold, Guess, draw, fold, found, guess, interval, parts
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import RidgeClassifier
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from amlsec.attacks.membership.calibrated_loss import calibrated_loss
from amlsec.attacks.membership.lira import lira
from amlsec.attacks.membership.lira_online import lira_online
from amlsec.attacks.membership.membership_by_loss import membership_by_loss
from amlsec.data import Batch
from amlsec.impact.refit import seeded
from amlsec.oracle import fitted

NEEDS = (*ADULT, CORPUS)
OTHERS, MANY = 10_000, 16
LOSS, CALIBRATED, OFFLINE, ONLINE = "the loss", "calibrated loss", "LiRA offline", "LiRA online"
WON = ("trees", "naive Bayes")
"""Where LiRA is held to find 5 times what the loss does, end of interval against end."""

TOLD, TRAINED = "few models that tell of each row with it", f"{MANY} models that do not"


@dataclass(frozen=True, eq=False)
class Case:
    """One kind of model.

    Attributes
    ----------
    learner : unfitted
    rows : where the model's and the others' come from
    members, own : how many rows it learns, and the attacker has of his own
    attacks : by name
    folds : how many models
    """

    learner: Any
    rows: Callable[[], Batch]
    members: int
    own: int
    attacks: dict[str, Guess]
    folds: int

    def fold(self, seed: int) -> Fold:
        """All attacks on one model."""
        drawn = parts(self.rows(), (self.members, OTHERS, self.own), np.random.default_rng(seed))
        return fold(fitted(seeded(self.learner, seed).fit(drawn[0].X, drawn[0].y)), drawn, self.attacks, seed)


def trees(members: int, folds: int) -> Case:
    """Without bags they learn all their rows by heart."""
    learner = ExtraTreesClassifier(20)
    attacks = {CALIBRATED: calibrated_loss, OFFLINE: lira, ONLINE: lira_online}
    guesses: dict[str, Guess] = {name: partial(guess, attack, like=learner) for name, attack in attacks.items()}
    return Case(learner, standardised, members, 2000, {LOSS: partial(guess, membership_by_loss)} | guesses, folds)


def told(
    learner: Any, other: Any, attack: Any, few: int, rows: Callable[[], Batch], members: int, own: int, folds: int
) -> Case:
    """LiRA by few models of a family known to the library, and by many of the same under another type, which it trains."""
    attacks: dict[str, Guess] = {
        LOSS: partial(guess, membership_by_loss),
        TOLD: partial(guess, attack, like=learner, models=few),
        TRAINED: partial(guess, attack, like=other, models=MANY),
    }
    return Case(learner, rows, members, own, attacks, folds)


def unknown(learner: Any) -> Any:
    """The same learner as a type of its own, of which the library cannot say what one more row does."""
    kind = type(learner)
    return type(f"Other{kind.__name__}", (kind,), {})(**learner.get_params())


def cases(small: bool) -> dict[str, Case]:
    """By what the table calls them."""
    ridge, near, bayes = RidgeClassifier(), KNeighborsClassifier(5), MultinomialNB()
    some = {"trees": trees(1000 if small else 10_000, 1 if small else 3)}
    some["ridge"] = told(ridge, unknown(ridge), lira, 2, standardised, 300, 600, 4 if small else 20)
    if not small:
        some["neighbors"] = told(near, unknown(near), lira_online, 4, standardised, 4000, 0, 2)
        known, other = (make_pipeline(CountVectorizer(), last) for last in (bayes, unknown(bayes)))
        some["naive Bayes"] = told(known, other, lira_online, 4, corpus, 10_000, 0, 1)
    return some


def claims(name: str, folds: Sequence[Fold]) -> list[Claim]:
    """Of one kind of model: what every attack finds, by how much more than the loss, and at what price."""
    attacks = [attack for attack in folds[0].members if attack != LOSS]
    rows = [Claim(f"{name}, right on others", [each.right[1] for each in folds], 0.75, 1)]
    for rate, most in ((0.001, 0.002), (0.01, 0.02)):
        rows.append(Claim(f"{name}, found by the loss at {rate:.1%}", [found(each, LOSS, rate) for each in folds], 0, most))
        rows += [Claim(f"the same by {attack}", [found(each, attack, rate) for each in folds], 0, 1) for attack in attacks]
    return [*rows, *(priced(folds) if TOLD in attacks else []), *(won(folds, attacks[-1]) if name in WON else [])]


def won(folds: Sequence[Fold], attack: str) -> list[Claim]:
    """The attack's lower end against the upper end of the loss, each of the 95 % interval of one model's rows."""
    ends = [(interval(each, attack, 0.001).low, interval(each, LOSS, 0.001).high) for each in folds]
    return [
        Claim(f"lower end of the 95 % interval of {attack}, at 0.1%", [low for low, _ in ends], 0, 1),
        Claim("upper end of the loss", [high for _, high in ends], 0, 1),
        Claim("that lower end less 5 times this upper end", [low - 5 * high for low, high in ends], 0, 1),
    ]


def priced(folds: Sequence[Fold]) -> list[Claim]:
    """What few models that tell of each row with it find more than many that do not, and the processor time of both."""
    more = [found(each, TOLD, 0.01) - found(each, TRAINED, 0.01) for each in folds]
    ratio = [each.seconds[TRAINED] / each.seconds[TOLD] for each in folds]
    return [
        Claim("what the few find less what the many do, at 1.0%", more, -0.01, 1),
        Claim("processor time of the many over that of the few", ratio, 1, np.inf, unit="x"),
    ]


def draw_all(told: dict[str, list[Fold]], out: Path) -> None:
    """A panel a kind of model."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.8, 4.4 * (len(told) + 1) // 2))
    for k, (name, folds) in enumerate(told.items()):
        axes = figure.add_subplot((len(told) + 1) // 2, 2, k + 1)
        draw(axes, folds)
        axes.set_title(name)
        axes.legend(fontsize="x-small", loc="lower right")
    figure.tight_layout()
    save(figure, "lira_classical", out)


def run(small: bool, out: Path) -> int:
    """LiRA against the loss on over-fitted classical models, and its price."""
    told: dict[str, list[Fold]] = {}
    for name, case in cases(small).items():
        for seed in range(case.folds):
            told.setdefault(name, []).append(case.fold(seed))
            note(f"{name}, fold {seed} done")
    draw_all(told, out)
    rows = [claim for name, folds in told.items() for claim in claims(name, folds)]
    return conclude("LiRA on classical models, Adult and Enron-Spam", rows)


if __name__ == "__main__":
    main(run)
