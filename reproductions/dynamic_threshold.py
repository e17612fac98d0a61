"""The dynamic threshold defense of Nelson et al. (2008) against the dictionary attack: what it saves, and what it costs.

5,000 ham and 5,000 spam of Enron-Spam to train on, 500 and 500 to test, Usenet-like attack mails. Fixed: a SpamBayes
filter of all training mails, cutoffs 0.15 and 0.9. Dynamic: a filter of one half of the training mails, attack mails
included, and thresholds from its scores of the other half. 10 folds (--small: one).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from _claims import Claim, conclude, main, note, save
from _enron import CORPUS, Mails, attack_mail, draw, learn_copies, load, usenet_like
from numpy.typing import NDArray

from amlsec.data import BENIGN, MALICIOUS
from amlsec.defenses.guards.dynamic_threshold import ALLOW, DENY, ESCALATE, decisions, thresholds
from amlsec.defenses.learners.spambayes import HAM, SPAM, UNSURE, SpamBayes

NEEDS = (CORPUS,)
HALF = 5000
ATTACKS = {"no attack": 0, "1 % attack": 101, "5 % attack": 526}
RULES = ("fixed", "dynamic 0.05", "dynamic 0.10")
CALLED = {"ham": (HAM, ALLOW), "unsure": (UNSURE, ESCALATE), "spam": (SPAM, DENY)}
Shares = dict[str, float]
"""For each label and verdict, as "ham called spam": its share of the test mails with this label."""


def fold(mails: Mails, mail: Any, seed: int) -> dict[str, dict[str, Shares]]:
    """For each attack and rule, what becomes of the test mails."""
    rng = np.random.default_rng(seed)
    y = mails.batch.y
    train, test = draw(y, rng, HALF, HALF // 10)
    halves = [train[part] for part in draw(y[train], rng, HALF // 2, HALF // 2)]
    return {name: attacked(mails, mail, count, train, halves, test) for name, count in ATTACKS.items()}


def attacked(
    mails: Mails, mail: Any, count: int, train: NDArray[np.intp], halves: Sequence[NDArray[np.intp]], test: NDArray[np.intp]
) -> dict[str, Shares]:
    """The same for one number of attack mails, half of which fall into either half."""
    y, tested = mails.batch.y, mails.tokens[test]
    verdicts = learned(mails, mail, count, train).verdicts(tested)
    shares = {"fixed": divided(verdicts, y[test], 0)}
    model, (_, held) = learned(mails, mail, count // 2, halves[0]), halves
    spare = count - count // 2
    scores = np.concatenate([model.score_texts(mails.tokens[held]), np.repeat(model.score_texts(mail), spare)])
    labels = np.concatenate([y[held], np.full(spare, MALICIOUS)])
    for rule, utility in zip(RULES[1:], (0.05, 0.10), strict=True):
        decided = decisions(model.score_texts(tested), thresholds(scores, labels, utility))
        shares[rule] = divided(decided, y[test], 1)
    return shares


def learned(mails: Mails, mail: Any, count: int, rows: NDArray[np.intp]) -> SpamBayes:
    clean = SpamBayes(ham_cutoff=0.15, spam_cutoff=0.9).fit(mails.tokens[rows], mails.batch.y[rows])
    return learn_copies(clean, mail, count)


def divided(said: NDArray[Any], y: NDArray[np.int64], code: int) -> Shares:
    labels = {"ham": BENIGN, "spam": MALICIOUS}
    return {
        f"{name} called {verdict}": float((said[y == label] == codes[code]).mean())
        for name, label in labels.items()
        for verdict, codes in CALLED.items()
    }


def claims(folds: Sequence[dict[str, dict[str, Shares]]]) -> list[Claim]:
    def claim(attack: str, rule: str, what: str, low: float, high: float, paper: str = "") -> Claim:
        return Claim(f"{attack}, {rule}: {what}", [each[attack][rule][what] for each in folds], low, high, paper)

    one, dynamic, laxer = "1 % attack", "dynamic 0.05", "dynamic 0.10"
    return [
        claim("no attack", "fixed", "ham called ham", 0.94, 1),
        claim("no attack", dynamic, "ham called ham", 0.90, 1),
        claim("no attack", dynamic, "spam called spam", 0.85, 1),
        claim(one, "fixed", "ham called spam", 0.25, 0.45),
        claim(one, dynamic, "ham called spam", 0, 0.02, "almost never"),
        claim(one, laxer, "ham called spam", 0, 0.10),
        claim(one, "fixed", "ham called ham", 0.20, 0.40),
        claim(one, dynamic, "ham called ham", 0.57, 0.80),
        claim(one, dynamic, "spam called ham", 0, 0.05),
        claim(one, "fixed", "spam called spam", 0.95, 1),
        claim(one, dynamic, "spam called spam", 0, 0.50),
        claim(one, dynamic, "spam called unsure", 0.50, 1, "much"),
        claim(one, laxer, "spam called unsure", 0.20, 1, "much"),
        claim("5 % attack", dynamic, "spam called unsure", 0.50, 1, "much"),
    ]


def draw_shares(folds: Sequence[dict[str, dict[str, Shares]]], out: Path) -> None:
    """What becomes of ham and of spam under each attack and rule."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4.4))
    panels = figure.subplots(1, 2, sharey=True)
    cases = [(attack, rule) for attack in ATTACKS for rule in RULES][::-1]
    for axes, label in zip(panels, ("ham", "spam"), strict=True):
        left = np.zeros(len(cases))
        for verdict, color in zip(CALLED, ("tab:green", "tab:orange", "tab:red"), strict=True):
            share = [100 * np.mean([each[a][r][f"{label} called {verdict}"] for each in folds]) for a, r in cases]
            axes.barh(
                [f"{attack}, {rule}" for attack, rule in cases], share, left=left, label=f"called {verdict}", color=color
            )
            left += share
        axes.set(title=f"what becomes of {label}", xlabel=f"share of test {label}, %", xlim=(0, 100))
    figure.legend(*panels[0].get_legend_handles_labels(), loc="lower center", ncols=3, bbox_to_anchor=(0.55, -0.06))
    figure.tight_layout()
    save(figure, "dynamic_threshold", out)


def run(small: bool, out: Path) -> int:
    """Reproduce the dynamic threshold defense on SpamBayes."""
    mails = load()
    mail = attack_mail(mails, usenet_like())
    folds = []
    for seed in range(1 if small else 10):
        folds.append(fold(mails, mail, seed))
        note(f"fold {seed} done")
    draw_shares(folds, out)
    return conclude("Dynamic thresholds against the dictionary attack, Enron-Spam", claims(folds))


if __name__ == "__main__":
    main(run)
