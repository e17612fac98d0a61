"""The focused attack in three dresses, against a model of trusted rows: what a filter loses, and what such a model sees.

Each attack mail holds half of a ham's words and is labelled spam. Dressed in a spam's subject, as in Nelson et al. (2008),
in one whole spam (`focused`), or in enough spam (`padded_focused`). The score of label consistency is what a SpamBayes
filter of 2,000 trusted mails says of an offered spam: how well it tells attack mails from real spam is the area under the
ROC curve. 120 attack mails are then learned on top of the 2,000. 5 repetitions of 10 targets (--small: one). No paper
measures this.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from _claims import Claim, conclude, main, note, save
from _enron import CORPUS, Mails, draw, load, tokenize
from focused_attack import headers
from numpy.typing import NDArray

from amlsec.attacks.poisoning.focused import focused
from amlsec.attacks.poisoning.padded_focused import padded_focused
from amlsec.budget import PoisonBudget
from amlsec.data import BENIGN, MALICIOUS, Batch
from amlsec.defenses.learners.spambayes import HAM, SpamBayes
from amlsec.defenses.learners.spambayes_tokens import presence
from amlsec.scene import Scene
from amlsec.space.text import TextSpace

NEEDS = (CORPUS,)
TRUSTED, ATTACK, OWN, TARGETS, REAL = 2000, 120, 200, 10, 200
Attack = Callable[..., Any]
DRESSES: dict[str, tuple[Attack, Callable[[Batch], Batch]]] = {
    "a spam's subject": (focused, headers),
    "one whole spam": (focused, lambda spam: spam),
    "enough spam": (padded_focused, lambda spam: spam),
}


class Seen(NamedTuple):
    """Of the attacks on each target: ROC area against real spam, scores and tokens of the mails, and whether it was lost."""

    area: list[float]
    scores: NDArray[np.float64]
    tokens: float
    lost: list[bool]


def fold(mails: Mails, seed: int) -> dict[str, Seen]:
    """Every dress on every target of one draw of mails; "real spam" has scores only."""
    rng = np.random.default_rng(seed)
    y = mails.batch.y
    trusted, own, offered = draw(y, rng, TRUSTED // 2, OWN, REAL)
    model = SpamBayes(ham_cutoff=0.15, spam_cutoff=0.9).fit(mails.tokens[trusted], y[trusted])
    real_rows = mails.tokens[offered[y[offered] == MALICIOUS]]
    real = model.score_texts(real_rows)
    targets = offered[y[offered] == BENIGN][:TARGETS]
    spam = mails.batch.rows(own).labelled(MALICIOUS)
    seen = {"real spam": Seen([], real, real_rows.nnz / REAL, [])}
    for dress, (attack, covers) in DRESSES.items():
        poisons = [poison(mails, attack, covers(spam), target, rng) for target in targets]
        scores = [model.score_texts(rows) for rows in poisons]
        lost = [is_lost(model, rows, mails.tokens[[target]]) for rows, target in zip(poisons, targets, strict=True)]
        tokens = sum(rows.nnz for rows in poisons) / (TARGETS * ATTACK)
        seen[dress] = Seen([area(real, each) for each in scores], np.concatenate(scores), tokens, lost)
    return seen


def poison(mails: Mails, attack: Attack, covers: Batch, target: int, rng: np.random.Generator) -> Any:
    """The tokens (120, tokens) of the attack on one ham."""
    scene = Scene(covers, TRUSTED + ATTACK, TextSpace([]), target=mails.batch.rows([target]))
    added = attack(scene, budget=PoisonBudget(ATTACK / (TRUSTED + ATTACK)), rng=rng, guessed=0.5).added
    return presence(added.X, tokenize, mails.vocabulary)[0]


def area(real: NDArray[np.float64], attack: NDArray[np.float64]) -> float:
    """How often an attack mail looks less like spam than a real one does, ties counted half."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(np.repeat([0, 1], [len(real), len(attack)]), -np.concatenate([real, attack])))


def is_lost(clean: SpamBayes, poison: Any, target: Any) -> bool:
    """Whether the target is no longer called ham once the poison is learned."""
    learned = deepcopy(clean).partial_fit(poison, np.full(poison.shape[0], MALICIOUS))
    return bool(learned.verdicts(target)[0] != HAM)


def claims(folds: Sequence[dict[str, Seen]], small: bool) -> list[Claim]:
    wider = 0.1 if small else 0.0
    ends = {"a spam's subject": (0.95, 1.0), "one whole spam": (0.70, 0.85), "enough spam": (0.35, 0.65)}

    def areas(dress: str) -> list[float]:
        return [float(np.mean(fold[dress].area)) for fold in folds]

    def lost(dress: str) -> list[float]:
        return [float(np.mean(fold[dress].lost)) for fold in folds]

    told = [
        Claim(f"attack told from real spam, ROC area, in {dress}", areas(dress), low - wider, high + wider, unit="")
        for dress, (low, high) in ends.items()
    ]
    success = [Claim(f"target not called ham, attack in {dress}", lost(dress), 0.75 - wider, 1) for dress in DRESSES]
    size = [fold["enough spam"].tokens / fold["real spam"].tokens for fold in folds]
    return [*told, *success, Claim("tokens of an attack mail in enough spam, for one of real spam", size, 1, 4, unit="")]


def draw_scores(folds: Sequence[dict[str, Seen]], out: Path) -> None:
    """How spam-like a filter of trusted mails finds real spam and each dress of the attack."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4))
    axes = figure.subplots()
    for kind in folds[0]:
        scores = np.sort(np.concatenate([fold[kind].scores for fold in folds]))
        axes.plot(
            scores, 100 * np.arange(1, len(scores) + 1) / len(scores), label=kind, ls="--" if kind == "real spam" else "-"
        )
    axes.set(
        xlabel="spam score by a filter of trusted mails, 0 to 1", ylabel="mails at or below the score, %", ylim=(0, 101)
    )
    axes.legend(title="offered as spam:\nreal, or attack in", loc="center left", bbox_to_anchor=(1, 0.5))
    save(figure, "padded_focused_attack", out)


def run(small: bool, out: Path) -> int:
    """Measure the focused attack in three dresses."""
    mails = load()
    folds = []
    for seed in range(1 if small else 5):
        folds.append(fold(mails, seed))
        note(f"repetition {seed} done")
    draw_scores(folds, out)
    return conclude("The focused attack in three dresses, Enron-Spam", claims(folds, small))


if __name__ == "__main__":
    main(run)
