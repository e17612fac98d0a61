"""The focused attack of Nelson et al. (2008) on SpamBayes: how often 300 mails among 5,300 keep an awaited mail out.

2,500 ham and 2,500 spam of Enron-Spam to train on, cutoffs 0.15 and 0.9; of each of 20 targets the attacker guesses every
word with the same probability; 5 repetitions with new mails (--small: one). An attack mail is the subject of a random spam
and the guess. The paper used TREC 2005, where a header is more than a subject.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from _claims import Claim, conclude, main, note, save
from _enron import CORPUS, Mails, draw, load, tokenize
from numpy.typing import NDArray

from amlsec.attacks.poisoning.focused import focused
from amlsec.budget import PoisonBudget
from amlsec.data import BENIGN, MALICIOUS, Batch, texts
from amlsec.defenses.learners.spambayes import HAM, SPAM, SpamBayes
from amlsec.defenses.learners.spambayes_tokens import presence
from amlsec.scene import Scene
from amlsec.space.text import TextSpace

NEEDS = (CORPUS,)
GUESSED = (0.1, 0.3, 0.5, 0.9)
INBOX, ATTACK, TARGETS, OTHERS = 5000, 300, 20, 200


@dataclass(frozen=True, eq=False)
class Fold:
    """Verdicts (1 + k, t) on targets, and other ham lost (1 + k,) as a share: without attack, then for each of k guesses."""

    verdicts: NDArray[np.int64]
    others_lost: NDArray[np.float64]


def headers(spam: Batch) -> Batch:
    """The first lines of mails, which in this corpus are all there is of a header."""
    return Batch(texts([f"{mail.partition(chr(10))[0]}\n" for mail in spam.X]), spam.y)


def attack_mails(mails: Mails, target: int, covers: Batch, guessed: float, rng: np.random.Generator) -> Any:
    """The tokens (300, tokens) of the attack on one ham."""
    scene = Scene(covers, INBOX + ATTACK, TextSpace([]), target=mails.batch.rows([target]))
    budget = PoisonBudget(ATTACK / (INBOX + ATTACK))
    return presence(focused(scene, budget=budget, rng=rng, guessed=guessed).added.X, tokenize, mails.vocabulary)[0]


def fold(mails: Mails, seed: int) -> Fold:
    """One inbox, attacked for each target and each share of guessed words."""
    rng = np.random.default_rng(seed)
    y = mails.batch.y
    train, tested = draw(y, rng, INBOX // 2, TARGETS + OTHERS)
    ham = tested[y[tested] == BENIGN]
    clean = SpamBayes(ham_cutoff=0.15, spam_cutoff=0.9).fit(mails.tokens[train], y[train])
    covers = headers(mails.batch.rows(train).labelled(MALICIOUS))
    targets, others = ham[:TARGETS], mails.tokens[ham[TARGETS:]]

    def attacked(target: int, guessed: float) -> SpamBayes:
        poison = attack_mails(mails, target, covers, guessed, rng)
        return deepcopy(clean).partial_fit(poison, np.full(ATTACK, MALICIOUS))

    filters = [[clean] * TARGETS, *([attacked(target, guessed) for target in targets] for guessed in GUESSED)]
    verdicts = [
        [model.verdicts(mails.tokens[[target]])[0] for model, target in zip(row, targets, strict=True)] for row in filters
    ]
    lost = [np.mean([(model.verdicts(others) != HAM).mean() for model in row[:3]]) for row in filters]
    return Fold(np.array(verdicts), np.array(lost))


def claims(folds: Sequence[Fold], small: bool) -> list[Claim]:
    def not_ham(k: int) -> list[float]:
        return [float((fold.verdicts[k] != HAM).mean()) for fold in folds]

    def others(k: int) -> list[float]:
        return [float(fold.others_lost[k] - fold.others_lost[0]) for fold in folds]

    wider = 0.2 if small else 0.0
    growth = [float(np.diff((fold.verdicts != HAM).mean(axis=1)).min()) for fold in folds]
    return [
        Claim("target not called ham, no attack", not_ham(0), 0, 0.08 + wider),
        Claim("same, each word guessed with 0.1", not_ham(1), 0.08 - wider, 0.30 + wider),
        Claim("same, 0.3", not_ham(2), 0.60 - wider, 0.85 + wider, "60 %"),
        Claim("same, 0.5", not_ham(3), 0.75 - wider, 1),
        Claim("same, 0.9", not_ham(4), 0.90 - wider, 1),
        Claim("least growth from one probability to the next", growth, 0, 1),
        Claim("other ham lost to the attack, each word guessed with 0.9", others(4), 0, 0.05),
    ]


def draw_bars(folds: Sequence[Fold], out: Path) -> None:
    """Verdicts on the targets against the share of words guessed."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4))
    axes = figure.subplots()
    places = [f"{share:g}" for share in (0.0, *GUESSED)]
    verdicts = np.concatenate([fold.verdicts for fold in folds], axis=1)
    below = np.zeros(len(places))
    for verdict, name, color in (
        (SPAM, "called spam", "tab:red"),
        (1, "unsure", "tab:orange"),
        (HAM, "called ham", "tab:green"),
    ):
        share = 100 * (verdicts == verdict).mean(axis=1)
        axes.bar(places, share, bottom=below, label=name, color=color)
        below += share
    lost = 100 * np.mean([fold.others_lost for fold in folds], axis=0)
    axes.plot(places, lost, "k.:", label="other ham not called ham")
    axes.plot(places[2], 60, "k*", markersize=11, label="Nelson et al. 2008: targets lost")
    axes.set(xlabel="probability that the attacker guesses a word (0: no attack)", ylabel="share of mails, %", ylim=(0, 101))
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    save(figure, "focused_attack", out)


def run(small: bool, out: Path) -> int:
    """Reproduce the focused attack on SpamBayes."""
    mails = load()
    folds = []
    for seed in range(1 if small else 5):
        folds.append(fold(mails, seed))
        note(f"repetition {seed} done")
    draw_bars(folds, out)
    return conclude("Focused attack on SpamBayes, Enron-Spam", claims(folds, small))


if __name__ == "__main__":
    main(run)
