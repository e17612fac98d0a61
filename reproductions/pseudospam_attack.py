"""The pseudospam attack of Nelson et al. (2009) on SpamBayes: how many mails taken for ham open the filter to one campaign.

2,500 ham and 2,500 spam of Enron-Spam to train on, 20 mails of a real campaign among them, cutoffs 0.15 and 0.9. A campaign
is what shares at least 0.4 of its tokens (Jaccard) with one spam; three are found, of at least 60 mails each. The
attacker has 20 mails of his campaign and 200 ham; the others of the campaign are tested, with 200 other spam and
200 ham. Each campaign in 5 repetitions (--small: one). We know no figures of the paper; the tolerances are ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from _claims import Claim, conclude, main, note, save
from _enron import CORPUS, Mails, draw, load, tokenize
from numpy.typing import NDArray

from amlsec.attacks.poisoning.pseudospam import pseudospam
from amlsec.budget import PoisonBudget
from amlsec.data import BENIGN, MALICIOUS
from amlsec.defenses.learners.spambayes import HAM, SPAM, SpamBayes
from amlsec.defenses.learners.spambayes_tokens import presence
from amlsec.scene import Scene
from amlsec.space.text import TextSpace

NEEDS = (CORPUS,)
SHARES = (0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05)
INBOX, HIS, LEARNED, TESTED = 5000, 20, 20, 200
WATCHED = {"the campaign": MALICIOUS, "other spam": MALICIOUS, "ham": BENIGN}


@dataclass(frozen=True, eq=False)
class Fold:
    """For each share of attack mails (k,): of each kind of test mails, the share called ham and the share called spam."""

    ham: dict[str, list[float]]
    spam: dict[str, list[float]]


def campaigns(mails: Mails, rng: np.random.Generator) -> Iterator[NDArray[np.intp]]:
    """Positions of spam that are near copies of one, at least 60 of them and none in two campaigns."""
    free = np.flatnonzero(mails.batch.y == MALICIOUS)
    free = free[np.diff(mails.tokens.indptr)[free] >= 20]
    while True:
        tokens = mails.tokens[free]
        sizes, one = np.diff(tokens.indptr), rng.integers(len(free))
        shared = (tokens @ tokens[[one]].T).toarray().ravel()
        near = shared / (sizes + sizes[one] - shared) >= 0.4
        if near.sum() >= 60:
            yield free[near]
            free = free[~near]


def fold(mails: Mails, campaign: NDArray[np.intp], seed: int) -> Fold:
    """One inbox that knows the campaign, attacked with ever more mails."""
    rng = np.random.default_rng(seed)
    learned, his, coming = np.split(rng.permutation(campaign), [LEARNED, LEARNED + HIS])
    others = np.setdiff1d(np.arange(len(mails.batch)), campaign)
    train, tested = (others[part] for part in draw(mails.batch.y[others], rng, INBOX // 2, 2 * TESTED))
    train = np.concatenate([train[: INBOX - LEARNED], learned])
    ham, spam = (tested[mails.batch.y[tested] == label] for label in (BENIGN, MALICIOUS))
    clean = SpamBayes(ham_cutoff=0.15, spam_cutoff=0.9).fit(mails.tokens[train], mails.batch.y[train])
    own = mails.batch.rows(np.concatenate([ham[TESTED:], his]))
    watched = dict(zip(WATCHED, (coming, spam[:TESTED], ham[:TESTED]), strict=True))
    called: tuple[dict[str, list[float]], ...] = ({name: [] for name in WATCHED}, {name: [] for name in WATCHED})
    for share in SHARES:
        total = round(INBOX / (1 - share))
        poison = pseudospam(Scene(own, total, TextSpace([])), budget=PoisonBudget(share), rng=rng).added
        model = deepcopy(clean).partial_fit(presence(poison.X, tokenize, mails.vocabulary)[0], poison.y)
        for name, rows in watched.items():
            verdicts = model.verdicts(mails.tokens[rows])
            for counts, verdict in zip(called, (HAM, SPAM), strict=True):
                counts[name].append(float((verdicts == verdict).mean()))
    return Fold(*called)


def claims(folds: Sequence[Fold]) -> list[Claim]:
    def spam(name: str, share: float) -> list[float]:
        return [fold.spam[name][SHARES.index(share)] for fold in folds]

    def ham(name: str, share: float) -> list[float]:
        return [fold.ham[name][SHARES.index(share)] for fold in folds]

    return [
        Claim("campaign called spam, no attack", spam("the campaign", 0.0), 0.95, 1),
        Claim("same, 1 % attack", spam("the campaign", 0.01), 0, 0.60),
        Claim("same, 2 % attack", spam("the campaign", 0.02), 0, 0.10),
        Claim("campaign called ham, no attack", ham("the campaign", 0.0), 0, 0.01),
        Claim("same, 2 % attack", ham("the campaign", 0.02), 0.10, 1),
        Claim("same, 5 % attack", ham("the campaign", 0.05), 0.90, 1),
        Claim("other spam called ham, no attack", ham("other spam", 0.0), 0, 0.02),
        Claim("same, 5 % attack", ham("other spam", 0.05), 0, 0.05),
        Claim("ham called ham, no attack", ham("ham", 0.0), 0.94, 1),
        Claim("same, 5 % attack", ham("ham", 0.05), 0.94, 1),
    ]


def draw_curves(folds: Sequence[Fold], out: Path) -> None:
    """What is called ham against the share of attack mails, mean and standard deviation over folds."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4))
    axes = figure.subplots()
    for name in WATCHED:
        called = 100 * np.array([fold.ham[name] for fold in folds])
        axes.errorbar(100 * np.array(SHARES), called.mean(axis=0), called.std(axis=0, ddof=1), label=f"{name} called ham")
    blocked = 100 * np.mean([fold.spam["the campaign"] for fold in folds], axis=0)
    axes.plot(100 * np.array(SHARES), blocked, "k:", label="the campaign called spam")
    axes.set(xlabel="attack mails, % of the training set", ylabel="share of test mails, %", ylim=(-1, 101))
    axes.legend()
    save(figure, "pseudospam_attack", out)


def run(small: bool, out: Path) -> int:
    """Measure the pseudospam attack on SpamBayes."""
    mails = load()
    folds = []
    for k, campaign in enumerate(islice(campaigns(mails, np.random.default_rng(0)), 3)):
        folds += [fold(mails, campaign, seed) for seed in range(1 if small else 5)]
        note(f"campaign {k} of {len(campaign)} mails done")
    draw_curves(folds, out)
    return conclude("Pseudospam attack on SpamBayes, Enron-Spam", claims(folds))


if __name__ == "__main__":
    main(run)
