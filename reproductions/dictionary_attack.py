"""The dictionary attack of Nelson et al. (2008) on SpamBayes: how much ham 1 % of attack mails costs.

5,000 ham and 5,000 spam of Enron-Spam to train on, 500 and 500 to test, cutoffs 0.15 and 0.9, three folds (--small: one).
The paper used TREC 2005; its share of the attacker counts him in, so 101 mails are 1 % of 10,101.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
from _claims import Claim, conclude, main, note, save
from _enron import NEEDS as NEEDS
from _enron import Mails, american, aspell_like, attack_mail, draw, learn_copies, load, usenet_like
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from amlsec.data import BENIGN
from amlsec.defenses.learners.spambayes import HAM, SPAM, SpamBayes

SHARES = (0.0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.10)
Curve = list[tuple[float, float]]


def fold(mails: Mails, attacks: dict[str, Any], half: int, seed: int) -> dict[str, Curve]:
    """For each attack and share: the shares of test ham not called ham, and called spam."""
    y = mails.batch.y
    train, test = draw(y, np.random.default_rng(seed), half, half // 10)
    clean = SpamBayes(ham_cutoff=0.15, spam_cutoff=0.9).fit(mails.tokens[train], y[train])
    ham = mails.tokens[test[y[test] == BENIGN]]
    return {name: curve(clean, mail, ham, len(train)) for name, mail in attacks.items()}


def curve(clean: SpamBayes, mail: Any, ham: Any, trained: int) -> Curve:
    """The losses at each share of attack mails, which are learned on top of one another."""
    model, learned, losses = deepcopy(clean), 0, []
    for share in SHARES:
        wanted = round(share / (1 - share) * trained)
        learn_copies(model, mail, wanted - learned)
        learned = wanted
        losses.append(lost(model.verdicts(ham)))
    return losses


def lost(verdicts: NDArray[np.int64]) -> tuple[float, float]:
    return float((verdicts != HAM).mean()), float((verdicts == SPAM).mean())


def claims(curves: Sequence[dict[str, Curve]]) -> list[Claim]:
    at = SHARES.index(0.01)

    def ham_lost(name: str, index: int = at) -> list[float]:
        return [losses[name][index][0] for losses in curves]

    growth = [min(float(np.diff(ham_lost_by(losses)).min()) for losses in each.values()) for each in curves]
    return [
        Claim("ham not called ham, no attack", ham_lost("Aspell-like", 0), 0, 0.06),
        Claim("same, 1 % Aspell-like (dictionary headwords)", ham_lost("Aspell-like"), 0.28, 0.46, "36 %"),
        Claim("same, 1 % spelling list (inflected forms, names)", ham_lost("spelling list"), 0.28, 1),
        Claim("same, 1 % Usenet-like (90,000 frequent words)", ham_lost("Usenet-like"), 0.60, 1),
        Claim("same, 1 % optimal (all tokens)", ham_lost("optimal"), 0.90, 1, "useless filter"),
        Claim("least growth from one share to the next", growth, 0, 1, "monotone"),
    ]


def ham_lost_by(losses: Curve) -> list[float]:
    return [ham for ham, _ in losses]


def draw_curves(curves: Sequence[dict[str, Curve]], out: Path) -> None:
    """Ham lost against the attacker's share, mean and standard deviation over folds."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4))
    axes = figure.subplots()
    for name in curves[0]:
        losses = np.array([ham_lost_by(each[name]) for each in curves])
        spread = losses.std(axis=0, ddof=1) if len(curves) > 1 else None
        axes.errorbar(
            100 * np.array(SHARES), 100 * losses.mean(axis=0), None if spread is None else 100 * spread, label=name
        )
    axes.plot(1, 36, "k*", label="Nelson et al. 2008, 1 %")
    axes.set(xlabel="attack mails, % of the training set", ylabel="ham not called ham, %", ylim=(0, 101))
    axes.legend()
    save(figure, "dictionary_attack", out)


def run(small: bool, out: Path) -> int:
    """Reproduce the dictionary attack on SpamBayes."""
    mails = load()
    lists = {"Aspell-like": aspell_like(), "spelling list": american(), "Usenet-like": usenet_like()}
    attacks = {name: attack_mail(mails, words) for name, words in lists.items()}
    attacks["optimal"] = csr_matrix(np.ones((1, len(mails.vocabulary))))
    curves = []
    for seed in range(1 if small else 3):
        curves.append(fold(mails, attacks, 5000, seed))
        note(f"fold {seed} done")
    draw_curves(curves, out)
    return conclude("Dictionary attack on SpamBayes, Enron-Spam", claims(curves))


if __name__ == "__main__":
    main(run)
